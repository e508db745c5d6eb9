/// A position in the write-ahead log, in bytes from its beginning (PostgreSQL's `pg_lsn`).
public struct LSN: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public var rawValue: UInt64

  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Parses PostgreSQL's text form (`16/B374D848`); nil when it is anything else.
  public init?(text: some StringProtocol) {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, (1...8).contains(halves[0].count), (1...8).contains(halves[1].count),
      let high = UInt64(halves[0], radix: 16), let low = UInt64(halves[1], radix: 16)
    else { return nil }
    rawValue = high << 32 | low
  }

  public static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }

  /// Bytes from `earlier` to here; 0 when `earlier` is not earlier.
  public func bytes(since earlier: LSN) -> Int64 {
    rawValue > earlier.rawValue ? Int64(rawValue - earlier.rawValue) : 0
  }

  public var description: String {
    String(rawValue >> 32, radix: 16, uppercase: true) + "/"
      + String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let lsn = LSN(text: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an LSN: \(text)")
    }
    self = lsn
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

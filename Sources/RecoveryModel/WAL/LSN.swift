/// A position in the write-ahead log, in bytes from its beginning (PostgreSQL's `pg_lsn`).
package struct LSN: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Parses PostgreSQL's text form (`16/B374D848`); nil when it is anything else.
  package init?(text: some StringProtocol) {
    var text = String(text)
    guard let found = text.withUTF8({ LSN(ascii: $0) }) else { return nil }
    self = found
  }

  /// The same of bytes, without a string of them: an hour of WAL tells millions.
  package init?(ascii bytes: UnsafeBufferPointer<UInt8>) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    var counts = (high: 0, low: 0)
    var isLow = false
    for byte in bytes {
      let digit: UInt8
      switch byte {
      case 47 where !isLow:
        isLow = true
        continue
      case 48...57: digit = byte - 48
      case 65...70: digit = byte - 55
      case 97...102: digit = byte - 87
      default: return nil
      }
      if isLow {
        low = low << 4 | UInt64(digit)
        counts.low += 1
      } else {
        high = high << 4 | UInt64(digit)
        counts.high += 1
      }
      guard counts.low <= 8, counts.high <= 8 else { return nil }
    }
    guard isLow, counts.low > 0, counts.high > 0 else { return nil }
    rawValue = high << 32 | low
  }

  package static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }

  /// Bytes from `earlier` to here; 0 when `earlier` is not earlier.
  package func bytes(since earlier: LSN) -> Int64 {
    rawValue > earlier.rawValue ? Int64(clamping: rawValue - earlier.rawValue) : 0
  }

  package var description: String {
    String(rawValue >> 32, radix: 16, uppercase: true) + "/"
      + String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let lsn = LSN(text: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an LSN: \(text)")
    }
    self = lsn
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

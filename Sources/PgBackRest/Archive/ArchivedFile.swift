import FoundationEssentials
import RecoveryModel

/// A file of the archive whose name is that of a segment: `24 digits-checksum[.suffix]`, as pgBackRest itself looks for
/// it. Numbers, not texts: a listing has hundreds of thousands.
package struct ArchivedFile: Sendable, Equatable {
  package var timeline: UInt32
  package var log: UInt32
  package var index: UInt32
  /// SHA-1, as the name has it.
  package var checksum: Checksum
  package var suffix: Suffix
  /// nil = the listing does not say.
  package var size: Int64?
  /// Seconds since 1970.
  package var time: Int64?

  package struct Checksum: Sendable, Equatable {
    package var first: UInt64
    package var second: UInt64
    var third: UInt32

    package init(first: UInt64, second: UInt64, third: UInt32) {
      self.first = first
      self.second = second
      self.third = third
    }
  }

  package enum Suffix: String, Sendable, CaseIterable {
    case plain = ""
    case gzip = ".gz"
    case lz4 = ".lz4"
    case zstandard = ".zst"
    case bzip2 = ".bz2"
  }

  /// A segment is stored whole or not at all, and no compression makes 1 MiB smaller: less is a file cut off, as a
  /// crash or a full disk leaves it.
  private static let leastBytes: Int64 = 32
  /// What encryption and a format's frame add at most.
  private static let overhead: Int64 = 4096

  package var key: (UInt32, UInt32, UInt32) { (timeline, log, index) }
  package var bytes: Int64 { size ?? 0 }
  package var at: Date? { time.map { Date(timeIntervalSince1970: Double($0)) } }
  /// Names the directory that it must lie in.
  package var directory: UInt64 { UInt64(timeline) << 32 | UInt64(log) }

  /// The segment's name.
  package var name: String { hex(timeline) + hex(log) + hex(index) }

  var fileName: String {
    let sum = hex(checksum.first) + hex(checksum.second) + hex(checksum.third)
    return "\(name)-\(sum.lowercased())\(suffix.rawValue)"
  }

  package func isSame(as other: ArchivedFile) -> Bool { key == other.key }

  /// Whether a segment can be so large as stored; nil sizes tell nothing.
  package func fits(segmentSize: Int) -> Bool {
    guard let size else { return true }
    let whole = Int64(segmentSize)
    return suffix == .plain
      ? (whole...whole + Self.overhead).contains(size)
      // What does not compress grows by less than an eighth.
      : (Self.leastBytes...whole + whole / 8 + Self.overhead).contains(size)
  }

  /// `name`: without its directory.
  init?(_ name: Substring.UTF8View, size: Int64?, time: Int64?) {
    var digits = HexReader(name)
    guard let timeline = digits.number(8, upper: true), let log = digits.number(8, upper: true),
      let index = digits.number(8, upper: true), digits.skip(UInt8(ascii: "-")),
      let first = digits.number(16, upper: false), let second = digits.number(16, upper: false),
      let third = digits.number(8, upper: false),
      let suffix = Suffix.allCases.first(where: { digits.rest.elementsEqual($0.rawValue.utf8) })
    else { return nil }
    self.timeline = UInt32(timeline)
    self.log = UInt32(log)
    self.index = UInt32(index)
    checksum = Checksum(first: first, second: second, third: UInt32(third))
    self.suffix = suffix
    self.size = size
    self.time = time
  }
}

/// A file of the archive that begins as a segment's does and is none.
package struct OddFile: Sendable, Equatable {
  /// 24 digits.
  package var segment: String
  package var file: String
  package var fault: SpoiledSegment.Fault
  package var at: Date?
}

/// Reads digits of a fixed count, of one case only: pgBackRest writes names in upper, checksums in lower case.
struct HexReader {
  private(set) var rest: Substring.UTF8View

  init(_ text: Substring.UTF8View) { rest = text }

  mutating func number(_ count: Int, upper: Bool) -> UInt64? {
    var value: UInt64 = 0
    for _ in 0..<count {
      guard let byte = rest.first else { return nil }
      switch byte {
      case 48...57: value = value << 4 | UInt64(byte - 48)
      case 65...70 where upper: value = value << 4 | UInt64(byte - 55)
      case 97...102 where !upper: value = value << 4 | UInt64(byte - 87)
      default: return nil
      }
      rest.removeFirst()
    }
    return value
  }

  mutating func skip(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest.removeFirst()
    return true
  }
}

private func hex(_ value: some FixedWidthInteger) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  let width = Int(type(of: value).bitWidth) / 4
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

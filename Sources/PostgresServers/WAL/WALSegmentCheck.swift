import RecoveryModel

/// What a segment has to be, by its name and by what its catalog knows.
package struct WALExpectation: Sendable, Equatable {
  package var segment: WALSegment
  /// Bytes.
  package var segmentSize: Int
  /// nil = not known.
  package var majorVersion: Int?
  /// Those that may have written it; empty = not known.
  package var systems: Set<String>
  /// Where its timeline left the one before; nil = not known.
  package var switchedAt: LSN?

  package init(
    segment: WALSegment, segmentSize: Int, majorVersion: Int? = nil, systems: Set<String> = [],
    switchedAt: LSN? = nil
  ) {
    self.segment = segment
    self.segmentSize = segmentSize
    self.majorVersion = majorVersion
    self.systems = systems
    self.switchedAt = switchedAt
  }
}

/// What the bytes of a segment turned out to be.
package enum WALSegmentState: Sendable, Equatable {
  /// `depth`: how far that was looked at; `major`: the PostgreSQL that wrote it, where its pages tell.
  case good(ScrubDepth, major: Int?)
  case faulty(String)
}

/// Reads a whole segment: its size, the header of every page, and every record that begins and ends in it.
///
/// The format is that of xlog_internal.h and xlogrecord.h since 9.5, on machines that are little-endian.
package struct WALSegmentCheck {
  private let expected: WALExpectation
  private let bytes: UnsafeRawBufferPointer
  private var pageSize = 8192
  private var magic: UInt16 = 0
  private var lastTimeline: UInt32 = 0
  private var walk: WALRecordWalk
  private var hasEnded = false

  /// Throws nothing and reads nothing beyond `bytes`.
  package static func state(
    of bytes: UnsafeRawBufferPointer, expected: WALExpectation
  ) -> WALSegmentState {
    var check = WALSegmentCheck(expected: expected, bytes: bytes)
    if let fault = check.fault() { return .faulty(fault) }
    let major = WALMagic.major(check.magic)
    return .good(major == nil ? .pages : .records, major: major)
  }

  private init(expected: WALExpectation, bytes: UnsafeRawBufferPointer) {
    self.expected = expected
    self.bytes = bytes
    walk = WALRecordWalk(bytes: bytes, start: expected.segment.start(segmentSize: bytes.count))
  }

  private mutating func fault() -> String? {
    guard bytes.count == expected.segmentSize else {
      return "it holds \(Format.bytes(Int64(bytes.count))), a segment has "
        + Format.bytes(Int64(expected.segmentSize))
    }
    if let fault = firstPage() { return fault }
    for offset in stride(from: 0, to: bytes.count, by: pageSize) {
      if let fault = page(at: offset) { return fault }
    }
    return nil
  }

  // MARK: Pages

  private enum Flag {
    static let continues: UInt16 = 1
    static let long: UInt16 = 2
    static let overwrites: UInt16 = 8
  }

  private mutating func firstPage() -> String? {
    magic = half(0)
    if let fault = WALMagic.fault(magic, expected: expected.majorVersion) { return fault }
    guard half(2) & Flag.long != 0 else { return "its first page has no long header" }
    let system = "\(quad(24))"
    if !expected.systems.isEmpty, !expected.systems.contains(system) {
      return "it is of another system: \(system), not "
        + expected.systems.sorted().joined(separator: " or ")
    }
    guard Int(word(32)) == bytes.count else {
      return "its header says that segments have \(Format.bytes(Int64(word(32))))"
    }
    let size = Int(word(36))
    guard (1024...65_536).contains(size), size & (size - 1) == 0 else {
      return "its header says that pages have \(size) bytes"
    }
    pageSize = size
    return nil
  }

  private mutating func page(at offset: Int) -> String? {
    let address = expected.segment.start(segmentSize: bytes.count).rawValue + UInt64(offset)
    let place = LSN(address)
    if hasEnded, isZero(offset..<offset + pageSize) { return nil }
    guard half(offset) == magic else {
      return isZero(offset..<offset + pageSize)
        ? "it ends at \(place): nothing but zeros from there, and no switch to the next segment"
        : "the page at \(place) has no header"
    }
    guard quad(offset + 8) == address else {
      return "the page at \(place) says that it is of \(LSN(quad(offset + 8)))"
    }
    if let fault = timeline(word(offset + 4), place) { return fault }
    guard !hasEnded, WALMagic.major(magic) != nil else { return nil }
    let flags = half(offset + 2)
    let header = flags & Flag.long != 0 ? 40 : 24
    let fault = walk.take(
      offset + header..<offset + pageSize,
      going: flags & Flag.continues != 0 ? Int(word(offset + 16)) : nil,
      overwrites: flags & Flag.overwrites != 0)
    hasEnded = walk.hasSwitched
    return fault
  }

  /// A segment in which a timeline begins holds what its parent wrote up to there.
  private mutating func timeline(_ told: UInt32, _ place: LSN) -> String? {
    defer { lastTimeline = told }
    let own = expected.segment.timeline
    guard told >= lastTimeline, told <= own, told > 0 else {
      return "the page at \(place) is of timeline \(told)"
    }
    if told < own, let switchedAt = expected.switchedAt, place > switchedAt {
      return "the page at \(place) is of timeline \(told)"
    }
    return nil
  }

  private func isZero(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 == 0 } }
  private func half(_ offset: Int) -> UInt16 {
    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }
  private func word(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
  private func quad(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

/// What the first two bytes of every page say (XLOG_PAGE_MAGIC).
enum WALMagic {
  private static let majors: [UInt16: Int] = [
    0xD097: 10, 0xD098: 11, 0xD101: 12, 0xD106: 13, 0xD10D: 14, 0xD110: 15, 0xD113: 16,
    0xD116: 17, 0xD118: 18,
  ]

  /// nil for one that is not known here, as of a newer version.
  static func major(_ magic: UInt16) -> Int? { majors[magic] }

  static func fault(_ magic: UInt16, expected: Int?) -> String? {
    guard let told = majors[magic] else {
      let isKnown = expected.map { majors.values.contains($0) } ?? false
      // Numbers only grow; a new one is of a version that came after this program.
      guard isKnown || magic < 0xD000 || magic == 0xFFFF else { return nil }
      return "it does not begin as WAL does"
    }
    guard let expected, expected != told else { return nil }
    return "it was written by PostgreSQL \(told), not \(expected)"
  }
}

import PostgresServers
import RecoveryModel
import TestSupport
import Testing

/// A segment's bytes, changed in one way.
@Suite struct WALSegmentCheckTests {
  private static let number: UInt64 = 0x43
  private static let writer = WALWriter()

  private static func state(
    _ bytes: [UInt8], timeline: UInt32 = 1, major: Int? = 15, system: String? = nil,
    switchedAt: LSN? = nil
  ) -> WALSegmentState {
    let expected = WALExpectation(
      segment: WALSegment(timeline: timeline, number: number), segmentSize: 1 << 20,
      majorVersion: major, systems: [system ?? "\(writer.system)"], switchedAt: switchedAt)
    return bytes.withUnsafeBytes { WALSegmentCheck.state(of: $0, expected: expected) }
  }

  private static func fault(_ state: WALSegmentState) -> String {
    if case .faulty(let what) = state { what } else { "none" }
  }

  @Test("a whole one is good, whatever comes before and after it", arguments: [0, 5, 900, 30_000])
  func whole(carried: Int) {
    var writer = Self.writer
    writer.carried = carried
    #expect(Self.state(writer.segment(Self.number)) == .good(.records, major: 15))
  }

  @Test("one that was closed early is good", arguments: [0, 1, 60])
  func switched(records: Int) {
    var writer = Self.writer
    writer.switchAfter = records
    #expect(Self.state(writer.segment(Self.number)) == .good(.records, major: 15))
  }

  @Test("a flipped bit is found wherever a record or a header is", arguments: 0..<24)
  func flipped(place: Int) {
    var bytes = Self.writer.segment(Self.number)
    // The zeros between two records mean nothing, to PostgreSQL too.
    let offset = bytes[(place * 40_001)...].firstIndex { $0 != 0 } ?? 0
    bytes[offset] ^= 0x10
    #expect(Self.state(bytes) != .good(.records, major: 15), "at \(offset)")
  }

  @Test func aFlippedBitIsNamedByItsRecord() {
    var bytes = Self.writer.segment(Self.number)
    bytes[100] ^= 1
    #expect(Self.fault(Self.state(bytes)).contains("0/43"))
    #expect(Self.fault(Self.state(bytes)).contains("checksum"))
  }

  @Test("what was cut off", arguments: [0, 1, 8192, 1 << 19])
  func short(bytes: Int) {
    let state = Self.state(Array(Self.writer.segment(Self.number).prefix(bytes)))
    #expect(Self.fault(state).contains("a segment has"))
  }

  @Test("zeros instead of its end, from a page on and from within one", arguments: [8192, 30_000])
  func zeros(from offset: Int) {
    var bytes = Self.writer.segment(Self.number)
    bytes.replaceSubrange(offset..., with: [UInt8](repeating: 0, count: bytes.count - offset))
    #expect(Self.state(bytes) != .good(.records, major: 15))
  }

  @Test func zerosAfterAWholeRecordAreNoEndWithoutASwitch() {
    var writer = Self.writer
    writer.switchAfter = 3
    var bytes = writer.segment(Self.number)
    // Three short records, and the switch taken out.
    let end = bytes.lastIndex { $0 != 0 }.map { $0 - $0 % 8 - 16 } ?? 0
    bytes.replaceSubrange(end..<end + 24, with: [UInt8](repeating: 0, count: 24))
    #expect(Self.fault(Self.state(bytes)).contains("no switch"))
  }

  @Test func anotherSystemsUnderTheRightName() {
    var writer = Self.writer
    writer.system = 42
    #expect(Self.fault(Self.state(writer.segment(Self.number))).contains("another system: 42"))
  }

  @Test func anotherSegmentUnderItsName() {
    let state = Self.state(Self.writer.segment(Self.number + 1))
    #expect(Self.fault(state) == "the page at 0/4300000 says that it is of 0/4400000")
  }

  @Test func anotherSegmentsSize() {
    var writer = Self.writer
    writer.segmentSize = 2 << 20
    let bytes = Array(writer.segment(Self.number / 2).prefix(1 << 20))
    #expect(Self.fault(Self.state(bytes)).contains("segments have 2 MiB"))
  }

  @Test("the version is that of the magic", arguments: [0xD10D as UInt16, 0, 0x1F8B, 0xFFFF])
  func otherVersion(magic: UInt16) {
    var writer = Self.writer
    writer.magic = magic
    #expect(Self.state(writer.segment(Self.number)) != .good(.records, major: 15))
    let isWAL = magic == 0xD10D
    #expect(
      Self.fault(Self.state(writer.segment(Self.number)))
        == (isWAL ? "it was written by PostgreSQL 14, not 15" : "it does not begin as WAL does"))
  }

  @Test func aVersionThatCameAfterUsIsReadByItsPages() {
    var writer = Self.writer
    writer.magic = 0xD140
    #expect(Self.state(writer.segment(Self.number), major: 25) == .good(.pages, major: nil))
  }

  @Test("pages of the parent up to where the timeline begins, and no further")
  func timelines() {
    var writer = Self.writer
    writer.timeline = 2
    writer.parentPages = 4
    let bytes = writer.segment(Self.number)
    let start = Self.number << 20
    let inFourth = LSN(start + 3 * 8192 + 100)
    #expect(Self.state(bytes, timeline: 2, switchedAt: inFourth) == .good(.records, major: 15))
    #expect(Self.state(bytes, timeline: 2) == .good(.records, major: 15))
    let before = LSN(start + 8192)
    #expect(Self.fault(Self.state(bytes, timeline: 2, switchedAt: before)).contains("timeline 1"))
    #expect(Self.fault(Self.state(bytes, timeline: 1)).contains("timeline 2"))
  }
}

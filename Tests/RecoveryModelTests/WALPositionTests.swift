import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct WALPositionTests {
  @Test(
    "positions read as PostgreSQL prints them",
    arguments: [
      ("0/0", 0), ("16/B374D848", 0x16_B374_D848), ("FFFFFFFF/FFFFFFFF", .max), ("", nil),
      ("16", nil), ("16/", nil), ("/1", nil), ("1/2/3", nil), ("G/0", nil), ("123456789/0", nil),
    ] as [(String, UInt64?)])
  func parse(text: String, value: UInt64?) {
    #expect(LSN(text: text)?.rawValue == value)
    if let value { #expect(LSN(value).description == text) }
  }

  @Test func distanceIsNeverNegative() {
    #expect(LSN(100).bytes(since: LSN(40)) == 60)
    #expect(LSN(40).bytes(since: LSN(100)) == 0)
    #expect(LSN(.max).bytes(since: LSN(0)) == .max)
  }

  @Test func theLastSegmentEndsWherePositionsDo() {
    let last = WALSegment(name: "00000001FFFFFFFF000000FF", segmentSize: 16 << 20)
    #expect(last?.end(segmentSize: 16 << 20) == LSN(.max))
  }

  @Test(
    "names depend on the segment size",
    arguments: [
      ("000000010000000100000091", 16 << 20, 1, 0x191),
      ("0000000200000001000000FF", 1 << 20, 2, 4351),
      ("00000001000000020000003F", 64 << 20, 1, 191), ("000000010000000A00000003", 1 << 30, 1, 43),
    ] as [(String, Int, UInt32, UInt64)])
  func names(name: String, size: Int, timeline: UInt32, number: UInt64) {
    let segment = WALSegment(name: name, segmentSize: size)
    #expect(segment == WALSegment(timeline: timeline, number: number))
    #expect(segment?.name(segmentSize: size) == name)
  }

  @Test(
    "what is no segment",
    arguments: [
      "", "00000002.history", "0000000100000001000000", "00000001000000010000FFFF",
      "00000001000000010000009g", "00000001000000010000009a",
    ])
  func noSegment(name: String) {
    #expect(WALSegment(name: name, segmentSize: 16 << 20) == nil)
    #expect(WALSegment(name: "000000010000000100000091", segmentSize: 0) == nil)
  }

  @Test func aSegmentKnowsItsBounds() {
    let segment = WALSegment(containing: LSN(0x1_9100_0028), timeline: 1, segmentSize: 16 << 20)
    #expect(segment == WALSegment(timeline: 1, number: 0x191))
    #expect(segment.start(segmentSize: 16 << 20) == LSN(0x1_9100_0000))
    #expect(segment.end(segmentSize: 16 << 20) == segment.next.start(segmentSize: 16 << 20))
  }

  @Test("the archive's growth", arguments: [120.0, 30.0])
  func rate(every: Double) throws {
    let archive = Fixture.walArchive(every: every)
    let rate = try #require(WALRate(archive: archive, now: Fixture.date))
    #expect(abs(rate.segments * every - 1) < 0.02)
    #expect(rate.load(over: 3600).segments == Int((rate.segments * 3600).rounded()))
  }

  @Test func tooLittleToTellARate() {
    let now = Fixture.date
    #expect(WALRate(archive: Fixture.walArchive(from: 400), now: now) == nil)
    #expect(WALRate(archive: Fixture.walArchive(end: Fixture.ago(200_000)), now: now) == nil)
    #expect(WALRate(archive: Fixture.walArchive(from: 398, every: 1, end: now), now: now) == nil)
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What lies on another line than production's, and who was seen to write it.
struct TwoLinesTests {
  private static let fork = LSN(398 << 24 | 0x28)

  /// Production writes timeline 1; standby-1 was promoted at segment 398 and archives timeline 2 into the same place.
  private static func two(_ clock: WALClock = WALClock()) -> ClusterSnapshot {
    let older = Fixture.walArchive(from: 100, through: 400)
    let newer = Fixture.walArchive(from: 398, through: 410, timeline: 2)
    let archive = WALArchive(
      segmentSize: Fixture.segmentSize, segments: older.segments + newer.segments,
      switches: [TimelineSwitch(timeline: 2, parent: 1, switchedAt: fork)])
    return RecoveryChartTests.cluster(archive, clock: clock) { report in
      var instances = Fixture.instances()
      (instances[1].role, instances[1].timeline) = (.primary, 2)
      report.instances = Fixture.observed(instances)
    }
  }

  /// Production was gone back with to segment 250: it writes timeline 2, and timeline 1 went on to segment 300.
  private static func back() -> ClusterSnapshot {
    let left = Fixture.backup("left", finished: Fixture.ago(12_000), from: 260, through: 261)
    return RecoveryChartTests.cluster(
      TimelineAuditTests.archive(parent: 100...300), [Fixture.backup(), left]
    ) { report in
      var instances = Fixture.instances()
      for index in instances.indices { instances[index].timeline = 2 }
      report.instances = Fixture.observed(instances)
      report.changeArchive { $0.timeline = 2 }
    }
  }

  @Test("the latest of another line says what is not in it, and its loss is production's own")
  func anothers() {
    let outlook = RecoveryChartTests.outlook(.latest, in: Self.two())
    #expect(
      outlook.standingWords.hasSuffix(
        "on timeline 2, which left production's, 1, at \(Self.fork): what production committed "
          + "since is not in it"))
    let lost = LSN(401 << 24 | 0x800).bytes(since: Self.fork)
    #expect(outlook.loss.bytes == lost...lost && outlook.tone == .warning)
  }

  @Test func theEndOfALineThatProductionLeftSaysSo() {
    let switches = [
      TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(390 << 24)),
      TimelineSwitch(timeline: 3, parent: 2, switchedAt: LSN(395 << 24)),
    ]
    let cluster = RecoveryChartTests.cluster(Fixture.walArchive(switches: switches)) { report in
      var instances = Fixture.instances()
      for index in instances.indices { instances[index].timeline = 3 }
      report.instances = Fixture.observed(instances)
      report.changeArchive { $0.timeline = 3 }
    }
    let outlook = RecoveryChartTests.outlook(.latest, in: cluster)
    #expect(
      outlook.standingWords.hasSuffix(
        "on timeline 1, which production left at 1/86000000: what production committed since is not "
          + "in it"))
    #expect(RecoveryChartTests.outlook(.position(LSN(389 << 24)), in: cluster).astray == nil)
    #expect(RecoveryChartTests.outlook(.latest, in: Self.back()).astray == nil)
    let before = RecoveryChartTests.outlook(.backup(Fixture.backup().id), in: Self.back())
    #expect(before.astray == nil)
  }

  @Test("of a time at which production wrote what it has left since, that is said")
  func leftSince() {
    var cluster = Self.back()
    var looks = WALLooks()
    let seen = { (ago: Double, segment: UInt64, timeline: UInt32) in
      WALSighting(
        at: Fixture.ago(ago), lsn: LSN(segment << 24), nextTransaction: 1, timeline: timeline)
    }
    looks.note(
      [seen(30_000, 200, 1), seen(20_000, 280, 1), seen(17_000, 251, 2)], of: nil, at: Fixture.date)
    cluster.looks = looks
    func words(_ ago: Double) -> String? {
      RecoveryChartTests.outlook(.time(Fixture.ago(ago)), in: cluster).astray
    }
    #expect(words(19_000)?.hasPrefix("but production was on timeline 1 then") == true)
    #expect(words(29_000) == nil && words(16_000) == nil)
  }

  @Test func whatTheOtherWasSeenToWriteIsNoLossOfProductions() {
    let end = LSN(401 << 24)
    func clock(withOther: Bool) -> WALClock {
      var clock = WALClock()
      clock.record(lsn: end, nextTransactionID: 8990, timeline: 1, at: Fixture.ago(58))
      if withOther {
        clock.record(
          lsn: LSN(401 << 24 | 0x400), nextTransactionID: 8995, timeline: 2, at: Fixture.ago(50))
      }
      clock.record(
        lsn: LSN(401 << 24 | 0x800), nextTransactionID: 9000, timeline: 1, at: Fixture.ago(2))
      return clock
    }
    let alone = Self.two(clock(withOther: false)).exposure
    #expect(alone?.isUpperBound == true && alone == Self.two(clock(withOther: true)).exposure)
  }
}

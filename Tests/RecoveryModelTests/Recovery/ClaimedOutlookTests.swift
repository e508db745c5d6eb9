import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// Where nobody listed the archive and the engine's word is all there is.
struct ClaimedOutlookTests {
  static func cluster(
    drills: [DrillRecord] = [], _ change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    var report = Fixture.cloudNativePGReport()
    change(&report)
    return ClusterAssessment.assess(
      declaration: Fixture.declaration(), engineTitle: "CloudNativePG", interval: 2,
      report: report, drills: drills, operation: nil, outcomes: [], clock: WALClock(),
      now: Fixture.date)
  }

  @Test func theWayIsNotKnownAndSaidToBeSo() {
    let outlook = RecoveryChartTests.outlook(
      .time(Fixture.ago(3_600)), in: Self.cluster())
    #expect(outlook.standing == .claimed && outlook.basis == .claimed)
    #expect(outlook.base?.finishedAt == Fixture.ago(Fixture.hours(9)))
    #expect(outlook.route == nil)
    #expect(outlook.remarks.contains { $0.contains("Nobody has listed the archive") })
    let lines = outlook.lines(zone: .utc, segmentSize: Fixture.segmentSize)
    #expect(lines.contains { $0.label == "WAL" && $0.tone == .unknown })
    #expect(!lines.contains { $0.label == "holes" })
  }

  @Test func theBaseIsChosenByItsEndAllTheSame() {
    let cluster = Self.cluster()
    let outlook = RecoveryChartTests.outlook(
      .time(Fixture.ago(Fixture.hours(9) + 5)), in: cluster)
    #expect(outlook.base?.finishedAt == Fixture.ago(Fixture.hours(33)))
    #expect(
      RecoveryChartTests.outlook(.time(Fixture.ago(Fixture.hours(80))), in: cluster).base == nil)
  }

  @Test("of a position the earliest that it may have been written is told: more is not lost")
  func aPositionIsNoLaterThanItsBound() throws {
    let cluster = Self.cluster { report in
      guard var catalog = report.backups.value else { return }
      for index in catalog.backups.indices {
        catalog.backups[index].stopLSN = LSN(UInt64(100 + 100 * index) << 24 | 0x100)
      }
      report.backups = Fixture.observed(catalog)
    }
    let newest = try #require(cluster.report.backups.value?.lastGood)
    let lsn = try #require(newest.stopLSN)
    let outlook = RecoveryChartTests.outlook(.position(LSN(lsn.rawValue + 0x1000)), in: cluster)
    #expect(outlook.at == newest.finishedAt)
    #expect(outlook.loss.isUpperBound)
    #expect(outlook.loss.seconds == newest.finishedAt.map(Fixture.date.timeIntervalSince))
  }

  @Test func howMuchWALItIsFollowsFromWhereItWasSeenToStand() throws {
    // Backups of which the catalog tells the positions; the server stands at 401.
    let cluster = Self.cluster { report in
      guard var catalog = report.backups.value else { return }
      for index in catalog.backups.indices {
        let number = UInt64(100 + 100 * index)
        catalog.backups[index].startSegment = Fixture.segment(number)
        catalog.backups[index].stopSegment = Fixture.segment(number)
        catalog.backups[index].startLSN = LSN(number << 24)
        catalog.backups[index].stopLSN = LSN(number << 24 | 0x100)
      }
      report.backups = Fixture.observed(catalog)
    }
    // Four and a half hours ago: half of the 101 segments since the newest backup.
    let outlook = RecoveryChartTests.outlook(
      .time(Fixture.ago(Fixture.hours(4.5))), in: cluster)
    let projection = try #require(outlook.projection)
    #expect((50...51).contains(projection.load.segments))
    let latest = try #require(RecoveryChartTests.outlook(.latest, in: cluster).projection)
    #expect(latest.load.segments == 102)
    // It may have been all of it, or none.
    #expect(projection.total.high >= latest.total.expected)
    #expect(outlook.loss.bytes.map { $0.upperBound - $0.lowerBound > 90 << 24 } == true)
  }

  @Test func withoutAnyPositionHowLongItTakesIsUnknown() {
    let cluster = Self.cluster { $0.archive = Fixture.unavailable("archive") }
    let outlook = RecoveryChartTests.outlook(.time(Fixture.ago(3_600 * 20)), in: cluster)
    #expect(outlook.standing == .claimed && outlook.projection == nil)
    #expect(outlook.loss.bytes == nil && outlook.loss.mayBeMore)
    #expect(outlook.remarks.contains { $0.contains("How long it takes cannot be told") })
  }

  @Test func laterThanTheServerArchivedIsTheLatest() {
    let outlook = RecoveryChartTests.outlook(.time(Fixture.ago(10)), in: Self.cluster())
    #expect(outlook.standing == .beyondEnd && outlook.effective == .latest)
  }

  // MARK: Choices

  @Test func withoutALookOrADrillNothingIsCertain() {
    let choices = RecoveryChart(Self.cluster(), now: Fixture.date).choices()
    #expect(choices.map(\.kind) == [.latest, .certain, .beforeAct])
    #expect(choices[0].outlook?.effective == .latest)
    #expect(choices[1].outlook == nil && choices[1].why.contains("no drill"))
    #expect(choices[2].outlook == nil && choices[2].why.contains("not looked for"))
  }

  @Test func aDrillMakesWhereItCameOutCertain() throws {
    let backup = try #require(Self.cluster().window?.restorable.last)
    let drill = Fixture.drill(backup: backup)
    let choices = RecoveryChart(Self.cluster(drills: [drill]), now: Fixture.date).choices()
    #expect(choices[1].outlook?.moment.target == drill.reachedLSN.map { .position($0) })
  }

  @Test func inAListedArchiveTheStartOfItsLastSegmentIsCertain() throws {
    let choices = RecoveryChart(RecoveryChartTests.cluster(), now: Fixture.date).choices()
    let certain = try #require(choices[1].outlook)
    #expect(certain.moment == RecoveryMoment(.position(LSN(400 << 24))))
    // 399 was archived three minutes ago, and may have been full since 398 was.
    #expect(certain.at == Fixture.ago(300) && certain.standing == .reachable)
  }

  @Test func beforeAnActThatSomebodyFound() throws {
    let act = DestructiveAct(
      at: Fixture.ago(2_000), transaction: nil, what: "DROP of keycloak.user_entity")
    let choices = RecoveryChart(RecoveryChartTests.cluster(), now: Fixture.date).choices(act: act)
    let before = try #require(choices[2].outlook)
    #expect(before.moment.isExclusive && before.standing == .reachable)
    #expect(choices[2].why.contains("keycloak.user_entity"))
  }
}

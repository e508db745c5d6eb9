import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// The running server has left a timeline whose WAL the archive ends with.
struct AbandonedLineTests {
  /// The archive ends with segment 400 of timeline 1; the primary writes timeline 2.
  private func cluster(
    switchedIn segment: UInt64? = 398, at lsn: LSN = LSN(398 << 24 | 0x900),
    isFailing: Bool = false, began: UInt64? = nil
  ) -> ClusterSnapshot {
    Assessed.cluster { report in
      let switches = segment.map {
        [TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN($0 << 24 | 0x28))]
      }
      report.setWAL(Fixture.walArchive(switches: switches ?? []))
      var instances = Fixture.instances()
      for index in instances.indices { instances[index].timeline = 2 }
      report.instances = Fixture.observed(instances)
      var status = Fixture.archiveStatus()
      (status.timeline, status.currentLSN, status.failing) = (2, lsn, isFailing)
      status.timelineBegan = began.map { WALSegment(timeline: 2, number: $0) }
      report.archive = Fixture.observed(status)
    }
  }

  private func finding(_ cluster: ClusterSnapshot) -> Finding? {
    cluster.findings.first { $0.id == "chain.abandoned-line" }
  }

  @Test func itsEndIsNoMomentOfTheServer() throws {
    let cluster = self.cluster()
    let told = try #require(self.finding(cluster))
    #expect(told.ceiling == .atRisk && told.headline.contains("left at 1/8E000028"))
    #expect(told.remedy.contains("pg_switch_wal()"))
    #expect(cluster.verdict == .atRisk && cluster.reach?.isCut == true)
    let chart = RecoveryChart(cluster, now: Fixture.date)
    let outlook = chart.outlook(of: .latest)
    #expect(outlook.isReachable)
    #expect(
      outlook.effective == RecoveryMoment(.position(LSN(398 << 24 | 0x28)), isExclusive: true))
    let later = chart.outlook(of: RecoveryMoment(.position(LSN(399 << 24))))
    #expect(later.standing == .beyondEnd && later.effective == outlook.effective)
    let earlier = chart.outlook(of: RecoveryMoment(.position(LSN(390 << 24))))
    #expect(earlier.effective == RecoveryMoment(.position(LSN(390 << 24))))
  }

  @Test("a drill proves nothing of the new timeline before a segment of it is archived")
  func drilled() throws {
    let told = try #require(self.cluster().findings.first { $0.id == "drill.changed" })
    #expect(
      told.remedy
        == "SELECT pg_switch_wal() on primary, and when WAL of timeline 2 is archived: Run a verify "
        + "drill: pgvigil drill auth-db")
  }

  /// A segment that is closed would wait with the others.
  @Test func archivingThatFailsIsMendedFirst() throws {
    let told = self.cluster(isFailing: true).findings
    #expect(told.contains { $0.remedy.contains("switch_wal() once archiving works again. Until") })
    #expect(told.contains { $0.remedy.contains("pg_switch_wal() on primary once archiving works") })
  }

  @Test func thePageOfAnIncidentTellsWhatAPromotionLeavesToBeDone() {
    var cluster = self.cluster()
    func step() -> String? { IncidentPage(cluster, acts: [], now: Fixture.date).steps.first }
    // All of them follow.
    #expect(
      step() == "After the promotion: take a base backup at once: pgvigil backup auth-db")
    var instances = cluster.report.instances.value ?? []
    instances[2].role = .unknown
    instances[2].state = .unreachable(reason: "Connection refused")
    cluster.report.instances = Fixture.observed(instances)
    #expect(
      step()
        == "After the promotion: keep standby-2 off until it is made anew, and have standbys follow the "
        + "new one, by the part \"To make ... follow\" of: pgvigil plan recovery auth-db --at latest; take "
        + "a base backup at once: pgvigil backup auth-db")
    cluster.declaration.place = ClusterPlace(context: "c", namespace: "n", name: "auth-db")
    #expect(step()?.hasPrefix("A promotion came after the last base backup: take a") == true)
  }

  @Test func whereItsHistoryIsNotArchivedTheEndCannotBeAskedFor() throws {
    let cluster = self.cluster(switchedIn: nil)
    #expect(try #require(finding(cluster)).headline.contains("nobody can tell where"))
    let outlook = RecoveryChart(cluster, now: Fixture.date).outlook(of: .latest)
    #expect(!outlook.isReachable)
    #expect(cluster.verdict == .atRisk && cluster.reach == nil)
  }

  /// None of it is archived, so that all of it is there still: it began where its first segment does, or just behind.
  @Test func itsOwnFirstSegmentTellsWhereItBegan() throws {
    let cluster = self.cluster(switchedIn: nil, began: 398)
    #expect(
      try #require(finding(cluster)).headline.contains(
        "left in the WAL segment that begins at 1/8E000000"))
    let outlook = RecoveryChart(cluster, now: Fixture.date).outlook(of: .latest)
    #expect(
      outlook.effective == RecoveryMoment(.position(LSN(398 << 24)), isExclusive: true))
    #expect(outlook.at == cluster.reach?.until && cluster.reach?.isCut == true)
    let certain = RecoveryChart(cluster, now: Fixture.date).choices().first { $0.kind == .certain }
    #expect(certain?.outlook?.moment.position == LSN(398 << 24))
    // The server has written on since: that says nothing of what it has left.
    #expect(
      finding(self.cluster(switchedIn: nil, at: LSN(420 << 24 | 0x900), began: 398)) != nil)
    #expect(finding(self.cluster(switchedIn: nil, at: LSN(420 << 24), began: 401)) == nil)
  }

  @Test(
    "a server that was put back on its own timeline",
    arguments: [(380, 0.0, true), (398, 0, false), (380, -2, false)])
  func putBack(segment: UInt64, askedAt: Double, isSaid: Bool) {
    let finding = Assessed.finding("identity.ahead") { report in
      var status = Fixture.archiveStatus()
      status.currentLSN = LSN(segment << 24 | 0x800)
      status.lastArchivedSegment = Fixture.segment(segment - 1)
      report.archive = .value(
        status, source: "pg_stat_archiver", at: Fixture.date.addingTimeInterval(askedAt))
      report.setWAL(Fixture.walArchive())
    }
    #expect((finding?.ceiling == .atRisk) == isSaid)
    if isSaid { #expect(finding?.headline.contains("20 segments ahead") == true) }
  }

  @Test func anArchiveThatEndsBeforeTheSwitchIsTheServersOwn() {
    #expect(finding(cluster(switchedIn: 401, at: LSN(401 << 24 | 0x900))) == nil)
    #expect(finding(cluster(switchedIn: nil, at: LSN(401 << 24 | 0x900))) == nil)
  }
}

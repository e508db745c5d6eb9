import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// The outlook of moments in the world of `Fixture`: a segment every two minutes, the last (400) a minute ago, a base
/// backup over 129 and 130 that ended nine hours ago.
struct RecoveryChartTests {
  static func cluster(
    _ archive: WALArchive = Fixture.walArchive(), _ backups: [Backup] = [Fixture.backup()],
    drills: [DrillRecord] = [], clock: WALClock = WALClock(),
    _ change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    var report = Fixture.report(backups: Fixture.catalog(backups), walArchive: archive)
    change(&report)
    return ClusterAssessment.assess(
      declaration: Fixture.declaration(), engineTitle: "pgBackRest", interval: 2, report: report,
      drills: drills, operation: nil, outcomes: [], clock: clock, now: Fixture.date)
  }

  static func outlook(
    _ target: RecoveryMoment.Target, in cluster: ClusterSnapshot = cluster()
  ) -> RecoveryOutlook {
    RecoveryChart(cluster, now: Fixture.date).outlook(of: RecoveryMoment(target))
  }

  /// Two of them: over 149 and 150, and over 349 and 350.
  static let two = [
    Fixture.backup("old", finished: Fixture.ago(30_000), from: 149, through: 150),
    Fixture.backup("new", finished: Fixture.ago(6_000), from: 349, through: 350),
  ]

  @Test func theLatestTakesTheNewestBackupAndAllThatFollows() throws {
    let outlook = Self.outlook(.latest, in: Self.cluster(Fixture.walArchive(), Self.two))
    #expect(outlook.standing == .reachable && outlook.effective == .latest)
    #expect(outlook.base?.id == "new")
    let route = try #require(outlook.route)
    #expect(route.legs.map(\.segments) == [52] && route.beyond == 0)
    #expect(route.load == ReplayLoad(segments: 52, walBytes: 52 << 24, storedBytes: 52 * 3 << 20))
    #expect(outlook.at == Fixture.ago(60))
    // The fixture's server stands 2 KiB behind segment 400.
    #expect(outlook.loss.bytes == 2048...2048 && outlook.loss.seconds == 60)
    #expect(outlook.projection?.load.segments == 52 && outlook.projection?.basis == .assumed)
  }

  @Test func theLatestTakesAsLongAsThePanelSays() {
    for cluster in [
      Self.cluster(), Self.cluster(Fixture.walArchive(), Self.two, drills: [Fixture.drill()]),
    ] {
      #expect(Self.outlook(.latest, in: cluster).projection?.total == cluster.projection?.total)
    }
  }

  @Test("the base backup is chosen by its end, never by its start")
  func baseByEnd() {
    let cluster = Self.cluster(Fixture.walArchive(), Self.two)
    // "new" began at -6010 and ended at -6000.
    for (ago, base) in [(6_005.0, "old"), (6_000, "old"), (5_999, "new"), (29_000, "old")] {
      #expect(Self.outlook(.time(Fixture.ago(ago)), in: cluster).base?.id == base)
    }
    #expect(Self.outlook(.position(LSN(350 << 24 | 0xFF)), in: cluster).base?.id == "old")
    #expect(Self.outlook(.position(LSN(350 << 24 | 0x100)), in: cluster).base?.id == "new")
  }

  @Test("no base backup before it is said, and the newest is not taken in silence")
  func tooEarly() {
    let cluster = Self.cluster(Fixture.walArchive(), Self.two)
    for target in [RecoveryMoment.Target.time(Fixture.ago(30_001)), .position(LSN(140 << 24))] {
      let outlook = Self.outlook(target, in: cluster)
      #expect(outlook.standing == .beforeFirstBackup(Fixture.ago(30_000)))
      #expect(outlook.base == nil && outlook.effective == nil && outlook.projection == nil)
      #expect(outlook.loss == .unknown)
      #expect(outlook.alternatives.map(\.kind) == [.firstBackup])
      #expect(outlook.alternatives.first?.moment == RecoveryMoment(.backup("old")))
    }
  }

  @Test func aTimeNeedsTheSegmentThatWasArchivedAfterIt() throws {
    // Segment n was archived (400 - n) * 120 + 60 seconds ago; 380 at -2460, 381 at -2340.
    let outlook = Self.outlook(.time(Fixture.ago(2_400)))
    let route = try #require(outlook.route)
    #expect(route.end.segment.number == 381 && route.beyond == 19)
    #expect(route.legs.map(\.first.number) == [129])
    #expect(outlook.laterCommit == .likely && outlook.effective == outlook.moment)
    #expect(outlook.loss.seconds == 2_400)
    // From within that segment to where the server stands.
    let behind: ClosedRange<Int64> = 318_769_152...335_546_368
    #expect(outlook.loss.bytes == behind)
    #expect(outlook.alternatives.isEmpty)
  }

  @Test func theNextBaseBackupIsNearerAndFaster() throws {
    let cluster = Self.cluster(Fixture.walArchive(), Self.two)
    let outlook = Self.outlook(.time(Fixture.ago(7_000)), in: cluster)
    let other = try #require(outlook.alternatives.first)
    #expect(other.kind == .nextBackup && other.moment == RecoveryMoment(.backup("new")))
    #expect(other.loss.seconds == 6_000)
    let mine = try #require(outlook.projection?.total.expected)
    #expect(other.rto.map { $0.expected < mine / 2 } == true)
  }

  @Test func laterThanAllThatIsArchivedIsTheLatest() {
    for target in [
      RecoveryMoment.Target.time(Fixture.ago(30)), .time(Fixture.date.addingTimeInterval(600)),
      .position(LSN(402 << 24)),
    ] {
      let outlook = Self.outlook(target)
      #expect(outlook.standing == .beyondEnd && outlook.effective == .latest)
      #expect(outlook.at == Fixture.ago(60))
      #expect(outlook.route?.end.segment.number == 400)
    }
  }

  @Test func inTheLastSegmentNobodyKnowsWhetherACommitFollows() {
    let outlook = Self.outlook(.time(Fixture.ago(90)))
    #expect(outlook.laterCommit == .unknown && outlook.effective == outlook.moment)
    #expect(outlook.remarks.contains { $0.contains("recovery ended before configured") })
  }

  // MARK: Holes

  @Test func aHoleCutsWhatFollowsItUpToTheNextBackup() throws {
    let cluster = Self.cluster(Fixture.walArchive(missing: [250, 251]), Self.two)
    // Before it: untouched.
    let before = Self.outlook(.time(Fixture.ago(18_200)), in: cluster)
    #expect(before.standing == .reachable && before.route?.holes.isEmpty == true)
    // Behind it, and still from the older backup.
    let cut = Self.outlook(.time(Fixture.ago(10_000)), in: cluster)
    guard case .cut(let hole) = cut.standing else {
      Issue.record("\(cut.standing)")
      return
    }
    #expect(hole.first.number == 250 && hole.missing == 2)
    #expect(cut.effective == nil && cut.projection == nil && cut.loss == .unknown)
    #expect(cut.route?.end.segment.number == 249)
    #expect(cut.alternatives.map(\.kind) == [.beforeHole, .behindHole])
    #expect(cut.alternatives.first?.moment == RecoveryMoment(.position(LSN(249 << 24))))
    // Segment 248 was archived 18 300 seconds ago; what 249 begins with was written after that.
    #expect(cut.alternatives.first?.at == Fixture.ago(18_420))
    #expect(cut.alternatives.last?.moment == RecoveryMoment(.backup("new")))
    // From the newer backup on nothing of it is left.
    #expect(Self.outlook(.time(Fixture.ago(5_000)), in: cluster).standing == .reachable)
  }

  /// A copy of a repository has the time of its copying on every file.
  @Test func timesThatAreYoungerThanTheMomentTellNoSideOfAHole() {
    func standing(missing: Set<UInt64>) -> RecoveryOutlook.Standing {
      let archive = Fixture.walArchive(missing: missing)
      let copied = WALArchive(
        segmentSize: archive.segmentSize,
        segments: archive.segments.map {
          var segment = $0
          segment.archivedAt = Fixture.ago(60)
          return segment
        }, switches: [])
      return Self.outlook(.time(Fixture.ago(10_000)), in: Self.cluster(copied, Self.two)).standing
    }
    guard case .unknown(let why) = standing(missing: [250, 251]) else {
      Issue.record("\(standing(missing: [250, 251]))")
      return
    }
    #expect(why.contains("younger than the moment"))
    #expect(standing(missing: []) == .reachable)
  }

  @Test func aHoleBehindTheNewestBackupEndsTheLatest() {
    let cluster = Self.cluster(Fixture.walArchive(missing: [390]))
    let latest = Self.outlook(.latest, in: cluster)
    #expect(latest.effective == .latest && latest.route?.end.segment.number == 389)
    #expect(latest.remarks.contains { $0.contains("PostgreSQL will not say so") })
    #expect(latest.loss.seconds.map { $0 >= 1_380 } == true)
    let now = Self.outlook(.time(Fixture.ago(10)), in: cluster)
    guard case .cut = now.standing else {
      Issue.record("\(now.standing)")
      return
    }
    #expect(now.alternatives.map(\.kind) == [.beforeHole])
  }

  @Test func aBackupWithoutItsOwnWALIsNoBase() {
    let cluster = Self.cluster(Fixture.walArchive(missing: [350]), Self.two)
    let outlook = Self.outlook(.time(Fixture.ago(5_000)), in: cluster)
    #expect(outlook.base?.id == "old")
    #expect(outlook.remarks.contains { $0.contains("Backup new ended nearer and does not count") })
    guard case .impossible(let why) = Self.outlook(.backup("new"), in: cluster).standing else {
      Issue.record("restorable")
      return
    }
    #expect(why.contains("WAL of its own"))
  }

  // MARK: Timelines

  /// The primary writes timeline 2.
  private static func promoted(_ report: inout EngineReport) {
    var status = Fixture.archiveStatus()
    status.timeline = 2
    report.archive = Fixture.observed(status)
    var instances = Fixture.instances()
    for index in instances.indices { instances[index].timeline = 2 }
    report.instances = Fixture.observed(instances)
  }

  @Test func theWayGoesOverTheSwitch() throws {
    let cluster = Self.cluster(TimelineAuditTests.archive(), [Fixture.backup()], Self.promoted)
    let outlook = Self.outlook(.time(Fixture.ago(2_400)), in: cluster)
    let route = try #require(outlook.route)
    #expect(route.legs.map(\.timeline) == [1, 2])
    #expect(route.legs.map(\.first.number) == [129, 250])
    #expect(route.legs.map(\.last.number) == [249, 381])
    #expect(route.load.segments == 253)
    // Before the promotion one timeline is enough.
    let early = Self.outlook(.time(Fixture.ago(20_000)), in: cluster)
    #expect(early.route?.legs.map(\.timeline) == [1])
  }

  @Test func aBackupOnABranchThatWasLeftIsNoBase() {
    let left = Fixture.backup("left", finished: Fixture.ago(12_000), from: 260, through: 261)
    let cluster = Self.cluster(
      TimelineAuditTests.archive(parent: 100...300), [Fixture.backup(), left]
    ) { report in
      // No server tells whose line goes on.
      report.archive = Fixture.unavailable("archive")
      report.instances = Fixture.unavailable("instances")
    }
    let outlook = Self.outlook(.latest, in: cluster)
    #expect(outlook.base?.id == "20261122-030000F")
    #expect(outlook.route?.legs.map(\.timeline) == [1, 2])
    #expect(
      outlook.remarks.contains { $0.contains("left ended nearer") && $0.contains("timeline") })
    // Asked for by name it can still be had.
    #expect(Self.outlook(.backup("left"), in: cluster).standing == .reachable)
  }

  // MARK: Backups, transactions, restore points

  @Test func theEndOfABackupTakesItsOwnWALAlone() {
    let outlook = Self.outlook(.backup("20261122-030000F"))
    #expect(outlook.standing == .reachable && outlook.effective == outlook.moment)
    #expect(outlook.route?.load.segments == 2 && outlook.at == Fixture.ago(Fixture.hours(9)))
    #expect(outlook.loss.seconds == Fixture.hours(9))
  }

  @Test func aBackupThatIsNotThere() {
    guard case .impossible(let why) = Self.outlook(.backup("20261122-030001F")).standing else {
      Issue.record("there")
      return
    }
    #expect(why.contains("did you mean 20261122-030000F?"))
  }

  @Test func aTransactionLiesBetweenTwoLooks() {
    let clock = WALClockTests.clock([(-300, -(3 << 24), 8_000), (-180, -(2 << 24), 8_500)])
    let cluster = Self.cluster(clock: clock)
    let outlook = Self.outlook(.transaction(8_200), in: cluster)
    #expect(outlook.standing == .reachable)
    #expect(outlook.route?.end.segment.number == 399)
    #expect(outlook.remarks.contains { $0.contains("nobody has seen") })
    for (id, words) in [(UInt64(7_000), "began before"), (99_000, "had not begun")] {
      guard case .unknown(let why) = Self.outlook(.transaction(id), in: cluster).standing else {
        Issue.record("\(id) is known")
        continue
      }
      #expect(why.contains(words))
    }
  }

  @Test("a position was written between two looks, and what is lost counts from the earlier")
  func between() {
    let clock = WALClockTests.clock([(-900, -(8 << 24), 8_000), (-300, -(3 << 24), 8_500)])
    let outlook = Self.outlook(
      .position(LSN(394 << 24)), in: Self.cluster(clock: clock))
    // 394 was archived 13 minutes ago: that is nearer than the later look.
    #expect(outlook.at == Fixture.ago(900) && outlook.until == Fixture.ago(780))
    #expect(outlook.loss.isUpperBound && outlook.loss.seconds == 900)
    let line = outlook.lines(zone: .utc, segmentSize: Fixture.segmentSize)[0].text
    #expect(
      line == "1/8A000000, between 2026-11-22T11:45:00Z and 11:47:00Z, at most 15m ago", "\(line)")
    let near = WALClockTests.clock([(-850, -(8 << 24), 8_000), (-800, -(6 << 24), 8_500)])
    let seen = Self.outlook(.position(LSN(394 << 24)), in: Self.cluster(clock: near))
    #expect(seen.at == Fixture.ago(850) && seen.until == Fixture.ago(800))
  }

  @Test("of an archiver that was behind the times of segments are those of its catching up")
  func behind() {
    // Written a segment every two minutes, archived all at once a minute ago, from 391 on.
    var archive = Fixture.walArchive(through: 390, end: Fixture.ago(1_260))
    for number in 391...400 {
      archive.segments.append(
        ArchivedSegment(
          segment: Fixture.segment(UInt64(number)), storedBytes: 1 << 20,
          archivedAt: Fixture.ago(70 - Double(number - 390))))
    }
    let outlook = Self.outlook(.position(LSN(395 << 24 | 0x60)), in: Self.cluster(archive))
    // It was written eleven minutes ago.
    #expect(outlook.at == Fixture.ago(1_260) && (outlook.loss.seconds ?? 0) >= 660)
    #expect(outlook.until == Fixture.ago(65))
  }

  @Test func aTransactionsLossCountsFromTheEarlierLook() {
    let clock = WALClockTests.clock([(-300, -(5 << 24), 8_000), (-240, -(2 << 24), 8_500)])
    let outlook = Self.outlook(.transaction(8_200), in: Self.cluster(clock: clock))
    #expect(outlook.at == Fixture.ago(300) && outlook.until == Fixture.ago(240))
    #expect(outlook.loss.seconds == 300 && outlook.loss.isUpperBound)
    let line = outlook.lines(zone: .utc, segmentSize: Fixture.segmentSize)[0].text
    #expect(line.hasPrefix("xid 8200, begun between 2026-11-22T11:55:00Z and 11:56:00Z"), "\(line)")
  }

  @Test func whatNobodyReadIsUnknown() {
    guard case .unknown = Self.outlook(.restorePoint("x")).standing else {
      Issue.record("known")
      return
    }
    var report = EngineReport()
    report.backups = Fixture.unavailable("backups", reason: "no route to host")
    let blind = Fixture.cluster(report: report, window: nil)
    guard case .unknown(let why) = Self.outlook(.latest, in: blind).standing else {
      Issue.record("known")
      return
    }
    #expect(why.contains("no route to host"))
  }

  @Test func withoutAnyBackupNothingIsReachable() {
    let outlook = Self.outlook(.latest, in: Self.cluster(Fixture.walArchive(), []))
    guard case .impossible = outlook.standing else {
      Issue.record("\(outlook.standing)")
      return
    }
    #expect(outlook.effective == nil && outlook.loss == .unknown && outlook.projection == nil)
  }

  // MARK: Idle

  @Test func onAnIdleClusterNoLaterCommitIsSeenAndTheLatestIsTheSame() {
    // Nobody began a transaction since half an hour before the archived end.
    let clock = WALClockTests.clock([(-3_000, -(25 << 24), 9_000), (-1, 2048, 9_000)])
    let cluster = Self.cluster(clock: clock)
    let outlook = Self.outlook(.time(Fixture.ago(1_200)), in: cluster)
    #expect(outlook.laterCommit == RecoveryOutlook.LaterCommit.none)
    #expect(outlook.effective == .latest && outlook.loss.seconds == 0)
    #expect(outlook.loss.words.hasPrefix("nothing: nobody wrote since"))
    // Before the stretch that was watched nobody can tell.
    #expect(
      Self.outlook(.time(Fixture.ago(4_000)), in: cluster).laterCommit == .likely)
  }

  @Test func aCommitThatWasSeenLaterMakesATimeSure() {
    let clock = WALClockTests.clock([(-600, -(6 << 24), 8_000), (-300, -(3 << 24), 8_100)])
    #expect(
      Self.outlook(.time(Fixture.ago(900)), in: Self.cluster(clock: clock)).laterCommit == .seen)
    let drill = Fixture.drill(finished: Fixture.ago(400))
    var reached = drill
    reached.reachedTime = Fixture.ago(500)
    reached.reachedLSN = LSN(396 << 24)
    #expect(
      Self.outlook(.time(Fixture.ago(900)), in: Self.cluster(drills: [reached])).laterCommit
        == .seen)
  }

  @Test(
    "behind a position in the last archived segment there may be nothing", arguments: [399, 400])
  func positionInTheLastSegment(number: UInt64) {
    let target = RecoveryMoment.Target.position(LSN(number << 24 | 0x100))
    let outlook = Self.outlook(target)
    #expect(outlook.standing == .reachable)
    #expect(outlook.laterCommit == (number == 400 ? .unknown : nil))
    #expect(outlook.remarks.contains { $0.contains("a record there or behind") } == (number == 400))
    // A look that saw the server further on, and within what is archived.
    let clock = WALClockTests.clock([(-90, -100, 9_000)])
    let seen = Self.outlook(target, in: Self.cluster(clock: clock))
    #expect(seen.laterCommit == (number == 400 ? .seen : nil))
  }

  // MARK: Production gone

  @Test func withTheServersGoneTheArchiveStillTells() {
    let cluster = Self.cluster { report in
      report.archive = Fixture.unavailable("archive")
      report.instances = Fixture.unavailable("instances")
    }
    let outlook = Self.outlook(.time(Fixture.ago(2_400)), in: cluster)
    #expect(outlook.standing == .reachable && outlook.loss.seconds == 2_400)
    #expect(outlook.loss.bytes == 19 << 24...20 << 24 && outlook.loss.mayBeMore)
    #expect(outlook.projection != nil)
    let latest = Self.outlook(.latest, in: cluster)
    #expect(latest.loss.seconds == 60 && latest.loss.mayBeMore)
  }

  @Test func ofABucketAloneTheLossIsHeldAgainstWhatLiesThere() {
    let cluster = Self.cluster(Fixture.walArchive(end: Fixture.ago(864_000))) { report in
      report.archive = .pending
      report.instances = .pending
      report.isStoreAlone = true
      report.backups = Fixture.observed(
        Fixture.catalog([Fixture.backup(finished: Fixture.ago(864_000 + 32_340))]))
    }
    let outlook = Self.outlook(.time(Fixture.ago(864_000 + 600)), in: cluster)
    #expect(outlook.loss.seconds == 600 && outlook.loss.against == Fixture.ago(864_000))
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

struct DrillRuleTests {
  @Test(
    "a proof falls with what it rests on",
    arguments: [
      (ProofBasis(majorVersion: 15, place: "/backups"), nil),
      (ProofBasis(majorVersion: 14, place: "/backups"), "PostgreSQL is 15, it was 14"),
      (ProofBasis(tool: "x 1", place: "/old"), "the place of the backups is /backups, it was /old"),
      // What was not told then, or is not now, has not changed.
      (ProofBasis(image: "postgres:15"), nil),
    ] as [(ProofBasis, String?)])
  func changedBasis(basis: ProofBasis, words: String?) {
    var drill = Fixture.drill()
    drill.basis = basis
    let cluster = Assessed.cluster(drills: [drill]) { $0.engineBasis.place = "/backups" }
    let finding = cluster.findings.first { $0.id == "drill.changed" }
    #expect(finding?.headline.contains(words ?? "") == (words == nil ? nil : true))
    #expect(cluster.verdict == (words == nil ? .proven : .likely), "\(cluster.findings.map(\.id))")
  }

  /// What lies there now nobody has restored.
  @Test(
    "a proof falls when the files that it read are written again",
    arguments: [
      (nil, nil, nil), (3600.0, nil, "base backup 20261122-030000F"), (9 * 3600, nil, nil),
      (nil, 158, "1 of the WAL segments that it read"),
      (nil, 161, nil),
    ] as [(Double?, UInt64?, String?)])
  func rewritten(baseAgo: Double?, segment: UInt64?, words: String?) {
    let cluster = Assessed.cluster(drills: [Fixture.drill()]) { report in
      if let baseAgo {
        var backups = report.backups.value?.backups ?? []
        backups[backups.count - 1].writtenAt = Fixture.ago(baseAgo)
        report.setBackups(backups)
      }
      let archive = Fixture.walArchive()
      report.setWAL(
        WALArchive(
          segmentSize: archive.segmentSize,
          segments: archive.segments.map {
            var stored = $0
            if stored.segment.number == segment { stored.archivedAt = Fixture.ago(60) }
            return stored
          }, switches: []))
    }
    let finding = cluster.findings.first { $0.id == "drill.changed" }
    #expect(finding?.headline.contains(words ?? "") == (words == nil ? nil : true))
    #expect(cluster.verdict == (words == nil ? .proven : .likely), "\(cluster.findings.map(\.id))")
  }

  @Test("a promotion since is a change, and what was promoted from it a descendant")
  func promotedSince() {
    let switched = TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(399 << 24))
    func cluster(_ drilled: UInt32) -> ClusterSnapshot {
      Assessed.cluster(drills: [Fixture.drill(finished: Fixture.ago(3600), timeline: drilled)]) {
        report in
        report.changeInstances { for index in $0.indices { $0[index].timeline = 2 } }
        report.changeArchive { $0.timeline = 2 }
        var archive = Fixture.walArchive(through: 398)
        archive = WALArchive(
          segmentSize: archive.segmentSize,
          segments: Array(archive.segments)
            + Array(Fixture.walArchive(from: 399, timeline: 2).segments),
          switches: [switched])
        report.setWAL(archive)
      }
    }
    let finding = cluster(1).findings.first { $0.id == "drill.changed" }
    #expect(finding?.headline.contains("the timeline is 2, it was 1 (a promotion)") == true)
    #expect(cluster(1).verdict == .likely, "\(cluster(1).findings.map(\.headline))")
    #expect(cluster(2).verdict == .proven, "\(cluster(2).findings.map(\.headline))")
  }

  private static let doubt = CrossingDoubt("CloudNativePG 1.27.0 may end there", isKnown: true)

  @Test(
    "a base backup from before the last promotion, where what restores may not follow it",
    arguments: [
      (doubt, 2, nil, Verdict.atRisk), (doubt, 1, nil, nil), (nil, 2, nil, nil),
      (doubt, 2, 2, nil), (doubt, 2, 1, .atRisk),
      (CrossingDoubt("its version is not known", isKnown: false), 2, nil, .likely),
    ] as [(CrossingDoubt?, UInt32, UInt32?, Verdict?)])
  func uncrossed(doubt: CrossingDoubt?, primary: UInt32, drilled: UInt32?, ceiling: Verdict?) {
    let finding = Assessed.finding(
      "drill.uncrossed", drills: drilled.map { [Fixture.drill(timeline: $0)] } ?? []
    ) { report in
      report.crossingDoubt = doubt
      report.changeInstances { for index in $0.indices { $0[index].timeline = primary } }
    }
    #expect(finding?.ceiling == ceiling)
    #expect(finding?.headline.contains(doubt?.why ?? "") ?? true)
  }

  @Test("what stands in the way of the next drill is told, and takes nothing from the last proof")
  func blocked() throws {
    func cluster(_ obstacle: String?, checked: Double, since: Double? = nil) -> ClusterSnapshot {
      var notes = ClusterNotes()
      if let since {
        notes.note(
          DrillReadiness(checkedAt: Fixture.ago(since), obstacle: "no room", account: "a on b"))
      }
      notes.note(
        DrillReadiness(
          checkedAt: Fixture.ago(checked), obstacle: obstacle, remedy: "free some",
          account: "a on b"
        ))
      return Assessed.cluster(notes: notes)
    }
    let told = cluster("no room", checked: 3600, since: 2 * 86_400)
    let finding = try #require(told.findings.first { $0.id == "drill.blocked" })
    #expect(finding.headline.contains("cannot run, since 2d 0h: no room"), "\(finding.headline)")
    #expect(finding.severity == .warning && told.verdict == .proven)
    #expect(finding.remedy.hasPrefix("free some. "))
    let document = try #require(ClusterStatus(snapshot: told).drillReadiness)
    #expect(!document.ready && document.obstacle == "no room")
    #expect(document.since == Format.timestamp(Fixture.ago(2 * 86_400)))
    // The fixture's drill ended eight hours ago.
    #expect(cluster("no room", checked: 9 * 3600).readiness == nil)
    let ready = cluster(nil, checked: 3600, since: 7200)
    #expect(ready.readiness?.since == nil && ready.findings.allSatisfy { $0.id != "drill.blocked" })
    // Nobody knows any more.
    var old = ClusterNotes()
    old.note(
      DrillReadiness(checkedAt: Fixture.ago(4 * 86_400), obstacle: "no room", account: "a"))
    #expect(old.standing(after: [], at: Fixture.date) == nil)
  }

  @Test(
    "a drill that missed what the archive has by now asks for another", arguments: [true, false])
  func overtaken(isListedLater: Bool) throws {
    let drill = Fixture.drill(
      outcome: .failed, finished: isListedLater ? Fixture.ago(600) : Fixture.date,
      failedIn: .preflight, reason: "segment 000000010000000000000064 is missing")
    let cluster = Assessed.cluster(drills: [drill])
    let finding = try #require(cluster.findings.first { $0.id == "drill.failed" })
    #expect(finding.headline.contains("has by now") == isListedLater)
    #expect(cluster.verdict == (isListedLater ? .likely : .atRisk), "\(finding)")
  }

  @Test func neverDrilled() {
    let finding = Assessed.finding("drill.never", drills: [])
    #expect(finding?.ceiling == .likely)
    #expect(finding?.remedy.contains("pgvigil drill auth-db") == true)
    #expect(Assessed.finding("drill.never") == nil)
    #expect(Assessed.finding("drill.never", drills: [Fixture.drill(outcome: .cancelled)]) != nil)
  }

  @Test func overdueAfterItsInterval() {
    let targets = RecoveryTargets(drillInterval: 3600)
    #expect(Assessed.finding("drill.overdue", targets: targets)?.ceiling == .likely)
    #expect(Assessed.finding("drill.overdue") == nil)
  }

  @Test(
    "a failed drill",
    arguments: [
      (DrillState.replaying, "20261122-030000F", Verdict.atRisk),
      (.restoring, "20261122-030000F", .notRecoverable),
      (.smokeTesting, "20261122-030000F", .atRisk),
      (.replaying, "20261121-030000F", .atRisk),
    ])
  func failed(state: DrillState, backup: String, verdict: Verdict) {
    let failed = Fixture.drill(
      "d2", outcome: .failed, finished: Fixture.ago(60), backup: backup, failedIn: state,
      reason: "recovery ended before the target")
    let cluster = Assessed.cluster(drills: [Fixture.drill(), failed])
    #expect(cluster.verdict == verdict)
    let finding = cluster.findings.first { $0.id == "drill.failed" }
    #expect(finding?.headline.contains("recovery ended before the target") == true)
  }

  @Test func aHoleThatADrillEndedAtLeavesAllBeforeIt() throws {
    var failed = Fixture.drill(
      "d2", outcome: .failed, finished: Fixture.ago(60), failedIn: .replaying,
      reason: "segment 0F is missing from the archive")
    failed.reachedTime = Fixture.ago(1560)
    let cluster = Assessed.cluster(drills: [failed])
    let finding = try #require(cluster.findings.first { $0.id == "drill.failed" })
    let until = Format.timestamp(Fixture.ago(1560)).dropFirst(11).prefix(8)
    #expect(finding.headline.contains("only to \(until), losing 26m"))
    #expect(finding.headline.contains("segment 0F is missing"))
    #expect(cluster.verdict == .atRisk && cluster.reach?.isCut == true)
    // Before the end of the backup nothing is consistent yet.
    failed.reachedLSN = LSN(129 << 24 | 0x98)
    #expect(Assessed.cluster(drills: [failed]).verdict == .notRecoverable)
    failed.reachedLSN = nil
    #expect(Assessed.cluster(drills: [failed]).verdict == .notRecoverable)
    // Nobody wrote down how far it came, but the archive shows the hole.
    let seen = Assessed.cluster(drills: [failed]) { $0.setWAL(Fixture.walArchive(missing: [300])) }
    #expect(seen.verdict == .atRisk)
  }

  @Test func aDrillCutShortHidesNoFailedOne() {
    var failed = Fixture.drill(
      "d2", outcome: .failed, finished: Fixture.ago(60), failedIn: .restoring)
    failed.cause = .recovery
    var killed = Fixture.drill(
      "d3", outcome: .failed, finished: Fixture.ago(30), failedIn: .restoring)
    killed.cause = .interrupted
    #expect(Assessed.cluster(drills: [failed, killed]).verdict == .notRecoverable)
    #expect(Assessed.cluster(drills: [Fixture.drill(), killed]).verdict == .atRisk)
  }

  @Test(
    "only recovery itself speaks against the backup",
    arguments: [
      (DrillFailureCause.recovery, Verdict.notRecoverable), (.interrupted, .atRisk),
      (.timedOut, .atRisk), (.smokeTest, .atRisk),
    ])
  func cause(cause: DrillFailureCause, verdict: Verdict) {
    var failed = Fixture.drill(
      "d2", outcome: .failed, finished: Fixture.ago(60), failedIn: .restoring)
    failed.cause = cause
    #expect(Assessed.cluster(drills: [failed]).verdict == verdict)
  }

  /// The newest backup failed a minute ago; `older` was drilled before that.
  private func newestFailed(
    _ older: [DrillRecord], targets: RecoveryTargets = RecoveryTargets()
  ) -> ClusterSnapshot {
    let failed = Fixture.drill(
      "d9", outcome: .failed, finished: Fixture.ago(60), failedIn: .restoring,
      reason: "recovery ended before the target")
    return Assessed.cluster(targets: targets, drills: older + [failed]) {
      $0.setBackups([
        Fixture.backup("20261121-030000F", finished: Fixture.ago(118_800)), Fixture.backup(),
      ])
      $0.setWAL(Fixture.walArchive(from: 1, through: 400))
    }
  }

  @Test func anOlderBackupThatIsProvenIsNotLost() throws {
    let proof = Fixture.drill(backup: "20261121-030000F")
    let cluster = newestFailed([proof])
    #expect(cluster.verdict == .atRisk)
    let finding = try #require(cluster.findings.first { $0.id == "drill.failed" })
    #expect(finding.headline.contains("newest backup could not be restored"))
    #expect(finding.headline.contains("the older 20261121-030000F was"))
    #expect(finding.remedy.contains("restore from 20261121-030000F"))
    #expect(finding.evidence.count == 2)
  }

  @Test func aProofThatIsGoneOrOldOrTakenBackSavesNothing() {
    let proof = Fixture.drill(backup: "20261121-030000F")
    let gone = Fixture.drill(backup: "20261101-030000F")
    #expect(newestFailed([gone]).verdict == .notRecoverable)
    let hourly = RecoveryTargets(drillInterval: 3600)
    #expect(newestFailed([proof], targets: hourly).verdict == .notRecoverable)
    let since = Fixture.drill(
      "d2", outcome: .failed, finished: Fixture.ago(3600), backup: "20261121-030000F",
      failedIn: .restoring)
    #expect(newestFailed([proof, since]).verdict == .notRecoverable)
  }

  @Test func aLaterPassSettlesAFailure() {
    let failed = Fixture.drill(outcome: .failed, finished: Fixture.ago(30_000))
    #expect(Assessed.cluster(drills: [failed, Fixture.drill("d2")]).verdict == .proven)
  }

  @Test func theLedgersOrderDoesNotMatter() {
    let failed = Fixture.drill("d2", outcome: .failed, finished: Fixture.ago(60))
    let cluster = Assessed.cluster(drills: [failed, Fixture.drill()])
    #expect(cluster.drills.map(\.id) == ["d1", "d2"])
    #expect(cluster.findings.contains { $0.id == "drill.failed" })
  }

  @Test func couldNotRunProvesNothingEitherWay() {
    let blocked = Fixture.drill(
      "d2", outcome: .couldNotRun, finished: Fixture.ago(60), reason: "no room")
    let after = Assessed.cluster(drills: [Fixture.drill(), blocked])
    #expect(after.findings.contains { $0.id == "drill.could-not-run" })
    #expect(after.verdict == .proven)
    #expect(Assessed.cluster(drills: [blocked]).verdict == .likely)
  }

  @Test func restoredAndNotTestedIsNeitherPassedNorFailed() throws {
    let untested = Fixture.drill(
      "d2", outcome: .notTested, finished: Fixture.ago(60), reason: "the tunnel was lost")
    let alone = Assessed.cluster(drills: [untested])
    #expect(alone.verdict == .likely)
    let finding = try #require(alone.findings.first { $0.id == "drill.not-tested" })
    #expect(finding.headline.contains("Restored, not tested"))
    #expect(finding.evidence.contains { $0.what == "the tunnel was lost" })
    #expect(!alone.findings.contains { $0.id == "drill.failed" || $0.id == "drill.could-not-run" })
    // It takes nothing from a proof, and settles no failure.
    #expect(Assessed.cluster(drills: [Fixture.drill(), untested]).verdict == .proven)
    let failed = Fixture.drill(
      outcome: .failed, finished: Fixture.ago(3600), failedIn: .smokeTesting)
    #expect(Assessed.cluster(drills: [failed, untested]).verdict == .atRisk)
  }

  @Test func aDrillOfWhichOneTestWasNotRunSaysHowManyWere() throws {
    let partly = Fixture.drill(
      outcome: .notTested, reason: "two statements",
      tests: [Fixture.smokeTestResult(), Fixture.smokeTestResult(passed: nil)])
    let finding = try #require(Assessed.finding("drill.not-tested", drills: [partly]))
    #expect(finding.headline.hasPrefix("Restored, not tested in full"))
    #expect(finding.headline.contains("1/2 tests passed, not run: users"))
  }

  @Test func whatWasNeverFinishedHasNotServed() throws {
    func remedy(_ change: (inout KeptRecovery) -> Void) throws -> Finding {
      var kept = KeptRecovery(
        id: "k1", place: "/srv/x", moment: "latest", since: Fixture.ago(60), by: "alice",
        connect: "psql -h /srv/x/run", isRunning: true)
      change(&kept)
      return try #require(Assessed.finding("recovery.kept") { $0.kept = [kept] })
    }
    #expect(try remedy { _ in }.remedy == "Once it has served: pgvigil remove auth-db k1")
    let half = try remedy { $0.isUnfinished = true }.remedy
    #expect(
      half.contains("If nobody is at it any more") && half.contains("pgvigil remove auth-db k1"))
    let stopped = try remedy { kept in
      (kept.isRunning, kept.start) = (false, "pg_ctl restart")
    }
    #expect(
      stopped.evidence[0].what == "start it with: pg_ctl restart; into it: psql -h /srv/x/run")
  }

  @Test(
    "tests that were not run are never counted as failed ones",
    arguments: [
      ([], nil, "-"), ([true, true], "2/2 tests passed", "2/2"),
      ([true, false], "1/2 tests passed, failed: t2", "1/2"),
      ([true, false, nil], "1/3 tests passed, failed: t2, not run: t3", "1/3"),
      ([nil, nil, nil, nil], "4 tests not run", "not run"), ([nil], "the test not run", "not run"),
    ] as [([Bool?], String?, String)])
  func tally(results: [Bool?], words: String?, short: String) {
    let drill = Fixture.drill(
      tests: results.enumerated().map { index, passed in
        var result = Fixture.smokeTestResult(passed: passed)
        result.name = "t\(index + 1)"
        return result
      })
    #expect(drill.testWords == words)
    #expect(drill.tally.short == short)
  }

  @Test(
    "a drill is due until one has passed",
    arguments: [
      ([], true), ([(.passed, 100)], false), ([(.passed, 400)], false),
      ([(.passed, 640_000)], true),
      // A few minutes early for a nightly timer is not early.
      ([(.passed, 604_300)], true), ([(.passed, 604_100)], false),
      ([(.passed, 400), (.failed, 100)], true), ([(.passed, 400), (.couldNotRun, 100)], true),
      ([(.passed, 400), (.notTested, 100)], true), ([(.failed, 400), (.passed, 100)], false),
      ([(.passed, 400), (.cancelled, 100)], false), ([(.cancelled, 100)], true),
      ([(.passed, 400), (.failed, 200), (.cancelled, 100)], true),
    ] as [([(DrillOutcome, Double)], Bool)])
  func due(history: [(DrillOutcome, Double)], isDue: Bool) {
    let drills = history.enumerated().map { index, drill in
      var record = Fixture.drill("d\(index)", outcome: drill.0)
      record.startedAt = Fixture.ago(drill.1)
      return record
    }
    var targets = RecoveryTargets()
    targets.drillInterval = 604_800
    #expect(targets.isDrillDue(after: drills, at: Fixture.date) == isDue)
  }

  @Test func refusedCredentialsPutARecoveryAtRiskAndSayNothingOfTheBackup() throws {
    var refused = Fixture.drill(
      "d2", outcome: .couldNotRun, finished: Fixture.ago(60), reason: "SignatureDoesNotMatch")
    refused.cause = .credentials
    let cluster = Assessed.cluster(drills: [Fixture.drill(), refused])
    #expect(cluster.verdict == .atRisk)
    let finding = try #require(cluster.findings.first { $0.id == "drill.credentials" })
    #expect(finding.evidence.contains { $0.what.contains("SignatureDoesNotMatch") })
    #expect(!cluster.findings.contains { $0.id == "drill.could-not-run" })
    // A drill that was called off settles nothing; one that passed does.
    let cancelled = Fixture.drill("d3", outcome: .cancelled, finished: Fixture.ago(30))
    #expect(Assessed.cluster(drills: [refused, cancelled]).verdict == .atRisk)
    #expect(
      Assessed.cluster(drills: [refused, Fixture.drill("d3", finished: Fixture.ago(30))]).verdict
        == .proven)
  }

  @Test func aDrillThatAskedNothing() {
    #expect(Assessed.cluster(drills: [Fixture.drill(tests: [])]).verdict == .likely)
    let open = Fixture.drill(tests: [Fixture.smokeTestResult(passed: nil)])
    let finding = Assessed.finding("drill.untested", drills: [open])
    #expect(finding?.severity == .warning)
    #expect(finding?.headline.contains("users") == true)
    #expect(Assessed.finding("drill.untested") == nil)
  }

  @Test("a proof of something else proves nothing now")
  func superseded() {
    let gone = Fixture.drill(backup: "20261101-030000F")
    // A newer restorable backup on the same history keeps the proof.
    var older = gone
    older.backupFinishedAt = Fixture.ago(500_000)
    #expect(Assessed.finding("drill.superseded", drills: [older]) == nil)
    var newer = gone
    newer.backupFinishedAt = Fixture.ago(60)
    #expect(Assessed.finding("drill.superseded", drills: [newer])?.ceiling == .likely)
    var nameless = gone
    nameless.backup = nil
    #expect(Assessed.finding("drill.superseded", drills: [nameless]) != nil)
  }

  @Test func anotherTimelineNeedsItsHistory() {
    let promote = { (switches: [TimelineSwitch]) in
      { (report: inout EngineReport) in
        report.changeInstances { list in
          for index in list.indices { list[index].timeline = 2 }
        }
        report.setWAL(TimelineWorld.archive(switches: switches))
        report.changeArchive {
          $0.timeline = 2
          $0.lastArchivedSegment = Fixture.segment(400, timeline: 2)
        }
      }
    }
    let known = [TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(250 << 24 | 0x10))]
    #expect(Assessed.finding("drill.superseded", change: promote(known)) == nil)
    #expect(Assessed.finding("drill.superseded", change: promote([]))?.ceiling == .likely)
  }

  @Test func leftovers() {
    let messy = Fixture.drill(leftBehind: ["/var/tmp/drill-1"])
    let finding = Assessed.finding("drill.leftovers", drills: [messy])
    #expect(finding?.evidence.first?.what == "/var/tmp/drill-1")
    #expect(Assessed.finding("drill.leftovers", drills: [messy, Fixture.drill("d2")]) == nil)
  }

  @Test func noRoomForADrill() {
    let finding = Assessed.finding("drill.room") {
      $0.storage = Fixture.observed(StorageUsage(drillFreeBytes: 1 << 30))
    }
    #expect(finding?.ceiling == .likely)
    #expect(
      Assessed.finding("drill.room") { $0.storage = Fixture.observed(StorageUsage()) } == nil)
  }

  @Test(
    "projected recovery time against the target",
    arguments: [
      (3600.0, nil), (150, Verdict.likely), (50, .atRisk),
    ] as [(Double, Verdict?)])
  func recoveryTime(target: Double, ceiling: Verdict?) {
    let finding = Assessed.finding("rto.target", targets: RecoveryTargets(rto: target))
    #expect(finding?.ceiling == ceiling)
  }
}

enum TimelineWorld {
  static func archive(switches: [TimelineSwitch]) -> WALArchive {
    let parent = Fixture.walArchive(from: 100, through: 249, end: Fixture.ago(18_180))
    let child = Fixture.walArchive(from: 250, through: 400, timeline: 2)
    return WALArchive(
      segmentSize: 16 << 20, segments: parent.segments + child.segments, switches: switches)
  }
}

struct RepositoryRuleTests {
  @Test(
    "room",
    arguments: [
      (60, 40, nil), (75, 25, Severity.warning), (95, 5, .critical), (0, 0, nil),
    ] as [(Int64, Int64, Severity?)])
  func room(used: Int64, free: Int64, severity: Severity?) {
    let finding = Assessed.finding("repository.room") {
      $0.storage = Fixture.observed(
        StorageUsage(repositoryBytes: used << 30, repositoryFreeBytes: free << 30))
    }
    #expect(finding?.severity == severity)
  }

  @Test("a file system that others fill is full all the same")
  func sharedRoom() {
    let finding = Assessed.finding("repository.room") {
      $0.storage = Fixture.observed(
        StorageUsage(
          repositoryBytes: 1 << 30, repositoryFreeBytes: 4 << 30, repositoryCapacityBytes: 100 << 30
        )
      )
    }
    #expect(finding?.severity == .critical)
  }

  @Test(
    "retention",
    arguments: [
      (RetentionPolicy(fullCount: 7, text: "full=7"), true),
      (RetentionPolicy(fullCount: 30, text: "full=30"), false),
      (RetentionPolicy(period: 86_400, text: "1d"), true),
      (RetentionPolicy(text: "none"), false),
    ])
  func retention(policy: RetentionPolicy, fires: Bool) {
    let targets = RecoveryTargets(retention: 30 * 86_400)
    let finding = Assessed.finding("repository.retention", targets: targets) {
      $0.retention = Fixture.observed(policy)
    }
    #expect((finding != nil) == fires)
    #expect(
      Assessed.finding("repository.retention") { $0.retention = Fixture.observed(policy) } == nil)
  }

  @Test(
    "encryption is told as it is",
    arguments: [
      (RepositoryEncryption.none, "not encrypted"), (.serverSide, "not stolen credentials"),
      (.clientSide, "without that key"),
    ])
  func encryption(kind: RepositoryEncryption, words: String) {
    let finding = Assessed.finding("repository.encryption") {
      $0.backups = Fixture.observed(
        BackupCatalog(
          backups: [Fixture.backup()], encryption: kind,
          systemIdentifier: Fixture.systemIdentifier))
    }
    #expect(finding?.headline.contains(words) == true)
    #expect(finding?.severity == .info && finding?.ceiling == .proven)
  }

  @Test(
    "clocks that disagree",
    arguments: [
      (4.0, nil), (30, Verdict.likely), (3600, .unknown),
    ] as [(Double, Verdict?)])
  func clocks(ahead: Double, ceiling: Verdict?) {
    let finding = Assessed.finding("clock.disagrees") {
      $0.setBackups([Fixture.backup(finished: Fixture.date.addingTimeInterval(ahead))])
    }
    #expect(finding?.ceiling == ceiling)
    let claimed = Assessed.finding("clock.disagrees") {
      let claim = ClaimedWindow(
        first: Fixture.date.addingTimeInterval(ahead), lastBackupAt: nil, claimant: "status")
      $0.claimedWindow = .value(claim, source: "status", at: Fixture.date)
    }
    #expect(claimed?.ceiling == ceiling)
  }

  @Test func noAgeIsEverNegative() {
    let cluster = Assessed.cluster(now: Fixture.ago(7200)) {
      $0.changeArchive { $0.failing = true }
    }
    #expect(cluster.findings.contains { $0.id == "clock.disagrees" })
    #expect(cluster.verdict != .proven)
    #expect(cluster.findings.allSatisfy { !$0.headline.contains(" -") })
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

struct BackupRuleTests {
  @Test func theGapScreams() throws {
    let cluster = Assessed.cluster(drills: []) { $0.setBackups([]) }
    let finding = try #require(cluster.findings.first { $0.id == "backup.gap" })
    #expect(cluster.verdict == .notRecoverable)
    #expect(finding.severity == .critical)
    #expect(finding.headline.contains("WAL is archived, but there is no base backup"))
    #expect(finding.remedy.contains("pgvigil backup auth-db"))
  }

  @Test func whatWouldBeRefusedIsNotAdvised() throws {
    let hibernated = PlanObstacle(why: "it is hibernated", remedy: "wake it")
    let gap = Assessed.finding("backup.gap", drills: []) {
      $0.setBackups([])
      $0.obstacles[.backup] = hibernated
    }
    #expect(
      gap?.remedy.contains(
        "First wake it (it is hibernated); then take a base backup: pgvigil backup auth-db")
        == true)
    let drill = Assessed.finding("drill.never", drills: []) {
      $0.obstacles[.drill] = PlanObstacle(why: "nobody answers", remedy: "")
    }
    #expect(
      drill?.remedy.hasPrefix(
        "Once that is mended (nobody answers): run a verify drill: pgvigil drill auth-db")
        == true)
    // Whatever the engine says.
    let none = Assessed.finding("drill.never", drills: []) { $0.setBackups([]) }
    #expect(none?.remedy.hasPrefix("First take a base backup (") == true)
  }

  @Test func aRunningOrFailedBackupDoesNotCloseTheGap() throws {
    var running = Fixture.backup()
    running.finishedAt = nil
    let damaged = Fixture.backup("bad", error: "checksum")
    let cluster = Assessed.cluster(drills: [], operation: Fixture.operation()) {
      $0.setBackups([running, damaged])
    }
    let finding = try #require(cluster.findings.first { $0.id == "backup.gap" })
    #expect(finding.remedy.contains("being taken"))
    #expect(cluster.verdict == .notRecoverable)
    #expect(Assessed.finding("backup.gap") == nil)
  }

  @Test func noBackupAndNoArchive() {
    let finding = Assessed.finding("backup.gap", drills: []) {
      $0.setBackups([])
      $0.setWAL(WALArchive(segmentSize: 16 << 20, segments: []))
      $0.changeArchive { $0.enabled = false }
    }
    #expect(finding?.headline.hasPrefix("There is no base backup") == true)
  }

  @Test(
    "overdue at 1.04 and 1.25 of the interval",
    arguments: [
      (24.9, nil, nil), (25.1, Severity.warning, Verdict.likely), (30.1, .critical, .atRisk),
    ] as [(Double, Severity?, Verdict?)])
  func overdue(hours: Double, severity: Severity?, ceiling: Verdict?) {
    let finding = Assessed.finding("backup.overdue") {
      $0.setBackups([Fixture.backup(finished: Fixture.ago(hours * 3600))])
    }
    #expect(finding?.severity == severity)
    #expect(finding?.ceiling == ceiling)
  }

  @Test("damaged pages are no missing backup: it restores, and what is damaged stays so")
  func suspect() {
    var only = Fixture.backup()
    only.suspect = "page checksum errors were found while it was taken"
    let cluster = Assessed.cluster { $0.setBackups([only]) }
    #expect(cluster.verdict == .atRisk && cluster.goodBackups == 1)
    let finding = cluster.findings.first { $0.id == "backup.error" }
    #expect(finding?.headline.contains("has damaged pages: page checksum errors") == true)
    #expect(!cluster.report.isWithoutBackup)
  }

  @Test func theNewestInError() {
    let later = Fixture.backup(
      "later", finished: Fixture.ago(600), from: 390, through: 391, error: "page checksum")
    let finding = Assessed.finding("backup.error") { $0.setBackups([Fixture.backup(), later]) }
    #expect(finding?.ceiling == .atRisk)
    #expect(finding?.headline.contains("page checksum") == true)
    var older = Fixture.backup("older", finished: Fixture.ago(80_000), error: "page checksum")
    older.startedAt = Fixture.ago(80_010)
    #expect(Assessed.finding("backup.error") { $0.setBackups([older, Fixture.backup()]) } == nil)
  }

  @Test func theOnlyBackupWithoutItsWALIsNotRecoverable() {
    let cluster = Assessed.cluster { $0.setWAL(Fixture.walArchive(missing: [130])) }
    #expect(cluster.verdict == .notRecoverable)
    #expect(cluster.findings.first?.id == "backup.wal-incomplete")
    #expect(cluster.projection == nil)
  }

  @Test("WAL of its own that lies there twice is not called missing")
  func ownWALThatIsSpoiled() {
    let finding = Assessed.finding("backup.wal-incomplete") {
      var archive = Fixture.walArchive()
      archive.spoiled = [
        SpoiledSegment(
          segment: Fixture.segment(130), fault: .duplicate(same: false), files: ["a", "b"])
      ]
      $0.setWAL(archive)
    }
    #expect(finding?.headline.contains("two files of different contents") == true)
    #expect(finding?.headline.contains("missing") == false)
  }

  @Test("with another restorable backup it is at risk, or merely noted")
  func incompleteBesideAGoodOne() {
    let newer = Fixture.backup("newer", finished: Fixture.ago(600), from: 390, through: 391)
    let newestBroken = Assessed.finding("backup.wal-incomplete") {
      $0.setBackups([Fixture.backup(), newer])
      $0.setWAL(Fixture.walArchive(missing: [391]))
    }
    #expect(newestBroken?.ceiling == .atRisk && newestBroken?.severity == .critical)
    let olderBroken = Assessed.finding("backup.wal-incomplete") {
      $0.setBackups([Fixture.backup(), newer])
      $0.setWAL(Fixture.walArchive(missing: [130]))
    }
    #expect(olderBroken?.ceiling == .likely && olderBroken?.severity == .warning)
  }

  @Test("a backup that ended after the archive was listed waits for the next listing")
  func endedAfterTheListing() {
    let fresh = Fixture.backup("fresh", finished: Fixture.ago(2), from: 401, through: 402)
    let beside = Assessed.cluster { $0.setBackups([Fixture.backup(), fresh]) }
    #expect(!beside.findings.contains { $0.id.hasPrefix("backup.") })
    #expect(beside.verdict == Assessed.cluster { _ in }.verdict)
    let alone = Assessed.cluster { $0.setBackups([fresh]) }
    #expect(alone.verdict == .unknown)
    #expect(alone.findings.first?.headline.contains("the end of its WAL is not seen yet") == true)
  }

  @Test func segmentsThatTheCatalogDoesNotNameCannotBeChecked() {
    var silent = Fixture.backup()
    silent.stopSegment = nil
    let cluster = Assessed.cluster { $0.setBackups([silent]) }
    #expect(cluster.findings.contains { $0.id == "backup.unverifiable" })
    #expect(cluster.verdict == .unknown)
  }
}

struct ChainRuleTests {
  @Test func aHoleAfterTheNewestBackupCutsRecoveryShort() throws {
    let cluster = Assessed.cluster { $0.setWAL(Fixture.walArchive(missing: [300, 301])) }
    let finding = try #require(cluster.findings.first { $0.id == "chain.hole" })
    #expect(cluster.verdict == .atRisk)
    #expect(finding.severity == .critical)
    // Segment 299 was archived 101 steps of two minutes before the last, which is a minute old.
    #expect(finding.headline.contains("only to 08:37:00, losing 3h 23m"))
    #expect(finding.headline.contains("2 WAL segments from 00000001000000010000002C"))
  }

  @Test func aHoleThatABackupHasLeftBehindIsNoted() {
    let newer = Fixture.backup("newer", finished: Fixture.ago(6000), from: 349, through: 350)
    let finding = Assessed.finding("chain.hole") {
      $0.setBackups([Fixture.backup(), newer])
      $0.setWAL(Fixture.walArchive(missing: [300]))
    }
    #expect(finding?.severity == .warning && finding?.ceiling == .likely)
  }

  @Test("what the server has not reported yet may still come, out of order")
  func parallelPush() {
    let change = { (failing: Bool) in
      { (report: inout EngineReport) in
        report.setWAL(Fixture.walArchive(missing: [399]))
        report.changeArchive {
          $0.lastArchivedSegment = Fixture.segment(398)
          $0.failing = failing
        }
      }
    }
    #expect(Assessed.finding("chain.hole", change: change(false)) == nil)
    #expect(Assessed.finding("chain.hole", change: change(true)) != nil)
  }

  @Test(arguments: [nil, [2], [2, 3]] as [Set<UInt32>?])
  func aTimelineWhoseHistoryIsNotArchived(histories: Set<UInt32>?) {
    let finding = Assessed.finding("chain.missing-history") { report in
      report.changeArchive { $0.timeline = 3 }
      guard case .value(var archive, let source, let at) = report.walArchive else { return }
      archive.histories = histories
      archive.segments.append(
        ArchivedSegment(
          segment: WALSegment(timeline: 3, number: 500), storedBytes: 1, archivedAt: Fixture.ago(60)
        ))
      report.walArchive = .value(archive, source: source, at: at)
    }
    // Where nobody looked nothing is said.
    #expect((finding != nil) == (histories == [2]))
    #expect(finding.map { $0.ceiling == .atRisk && $0.remedy.contains("00000003.history") } ?? true)
  }

  @Test func aSegmentThatWasArchivedElsewhere() {
    let lost = Assessed.finding("chain.lost-segment") {
      $0.changeArchive { $0.lastArchivedSegment = Fixture.segment(405) }
    }
    #expect(lost?.ceiling == .atRisk)
    // What the server calls archived is not there: all since the last that is would be gone.
    let cluster = Assessed.cluster {
      $0.changeArchive { $0.lastArchivedSegment = Fixture.segment(405) }
    }
    #expect(cluster.reach?.isCut == true && cluster.reach?.until == cluster.window?.last)
    let justNow = Assessed.finding("chain.lost-segment") {
      $0.changeArchive {
        $0.lastArchivedSegment = Fixture.segment(405)
        $0.lastArchivedAt = Fixture.ago(3)
      }
    }
    #expect(justNow == nil)
    #expect(Assessed.finding("chain.lost-segment") == nil)
    // From before all that is kept: it was there, and went with its backup.
    let expired = Assessed.finding("chain.lost-segment") {
      $0.setWAL(Fixture.walArchive(from: 390))
      $0.changeArchive {
        $0.lastArchivedAt = Fixture.ago(1)
        $0.settledSegment = Fixture.segment(389)
        $0.waitingSegments = 0
      }
    }
    #expect(expired == nil)
  }

  /// `archive_command = /bin/true` on a busy server: the last claim is always seconds old.
  @Test func aBusyServersSegmentsThatNeverArrive() {
    let finding = { (waiting: Int, settled: UInt64) in
      Assessed.finding("chain.lost-segment") {
        $0.changeArchive {
          $0.lastArchivedSegment = Fixture.segment(420)
          $0.lastArchivedAt = Fixture.ago(1)
          $0.settledSegment = Fixture.segment(settled)
          $0.waitingSegments = waiting
        }
      }
    }
    #expect(finding(0, 405)?.ceiling == .atRisk)
    #expect(finding(9, 405) == nil, "a backlog that drains is marked later")
    #expect(finding(0, 399) == nil, "it is there")
  }

  @Test func anotherClustersRepository() {
    let cluster = Assessed.cluster {
      $0.backups = Fixture.observed(
        BackupCatalog(backups: [Fixture.backup()], systemIdentifier: "42"))
    }
    #expect(cluster.findings.first?.id == "identity.system")
    #expect(cluster.verdict == .notRecoverable)
    #expect(
      Assessed.finding("identity.system") {
        $0.backups = Fixture.observed(BackupCatalog(backups: [Fixture.backup()]))
      } == nil)
  }

  @Test func timelinesThatDisagree() {
    let foreign = Assessed.finding("identity.timeline") {
      let own = Fixture.walArchive()
      let other = Fixture.walArchive(from: 401, through: 402, timeline: 2)
      $0.setWAL(WALArchive(segmentSize: 16 << 20, segments: own.segments + other.segments))
    }
    #expect(foreign?.severity == .critical)
    let standby = Assessed.finding("identity.timeline:standby-1") {
      $0.changeInstances {
        $0[1].timeline = 9
        $0[1].lag = nil
      }
    }
    #expect(standby?.ceiling == .likely)
    // It streams and keeps up: what it tells is the timeline of its last checkpoint.
    #expect(
      Assessed.finding("identity.timeline:standby-1") {
        $0.changeInstances { $0[1].timeline = 9 }
      } == nil)
    #expect(Assessed.finding("identity.timeline") == nil)
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

struct ArchiverRuleTests {
  @Test func archivingOff() {
    let cluster = Assessed.cluster { $0.changeArchive { $0.enabled = false } }
    #expect(cluster.verdict == .atRisk)
    #expect(cluster.findings.first?.id == "archive.off")
    let nothing = Assessed.cluster {
      $0.changeArchive { $0.enabled = false }
      $0.setBackups([])
    }
    #expect(nothing.verdict == .notRecoverable)
    // Whether the backups have their WAL is not known: not that they have it not.
    let unseen = Assessed.finding("archive.off") {
      $0.changeArchive { $0.enabled = false }
      $0.walArchive = Fixture.unavailable("archived WAL")
    }
    #expect(unseen?.ceiling == .atRisk)
    #expect(unseen?.headline.contains("nothing can be restored") == false)
    #expect(Assessed.finding("archive.off") == nil)
  }

  @Test(
    "full segments that are neither archived nor wait",
    arguments: [
      (430, 10_000.0, 0, true), (430, 100, 0, false), (430, 10_000, 3, false),
      (402, 10_000, 0, false),
    ])
  func passedOver(segment: UInt64, ago: Double, waiting: Int, isSaid: Bool) {
    func finding(_ change: (inout ArchiveStatus) -> Void = { _ in }) -> Finding? {
      Assessed.finding("archive.skipped") {
        $0.changeArchive {
          $0.currentLSN = LSN(segment << 24 | 0x800)
          $0.lastArchivedAt = Fixture.ago(ago)
          $0.waitingSegments = waiting
          change(&$0)
        }
      }
    }
    #expect((finding()?.ceiling == .atRisk) == isSaid)
    #expect((finding { $0.timeline = 2 } != nil) == isSaid)
    #expect(finding { $0.waitingSegments = nil } == nil)
    #expect(finding { $0.failing = true } == nil)
    if isSaid { #expect(finding()?.headline.hasPrefix("29 full segments after") == true) }
  }

  @Test(
    "one segment that waits alone may just have been closed, after hours of rest",
    arguments: [(1, nil, false), (1, 30.0, false), (1, 3600, true), (2, nil, true)]
      as [(Int, Double?, Bool)])
  func justClosed(waiting: Int, seen: Double?, hangs: Bool) {
    let finding = Assessed.finding("archive.hung") {
      $0.changeArchive {
        $0.waitingSegments = waiting
        $0.oldestWaitingSince = nil
        $0.waitingSeenSince = seen.map(Fixture.ago)
        $0.lastArchivedAt = Fixture.ago(7200)
      }
    }
    #expect((finding != nil) == hangs)
  }

  @Test(
    "an archiver that is far behind and works: how old what waits is at least",
    arguments: [(2000, Verdict.atRisk), (40, .likely)])
  func farBehind(waiting: Int, ceiling: Verdict) {
    let cluster = Assessed.cluster(watched: false) {
      $0.changeArchive {
        $0.waitingSegments = waiting
        $0.lastArchivedAt = Fixture.ago(30)
        $0.unarchivedBytes = Int64(waiting) << 24
      }
    }
    let finding = cluster.findings.first { $0.id == "rpo.target" }
    #expect((finding?.ceiling == .atRisk) == (ceiling == .atRisk))
    if waiting == 2000 { #expect(cluster.exposure?.seconds == 499.75) }
  }

  @Test(
    "failing: noted at once, a warning after 1 m, critical after 15 m",
    arguments: [
      (30.0, Severity.info, Verdict.likely), (70, .warning, .atRisk), (1000, .critical, .atRisk),
    ])
  func failing(seconds: Double, severity: Severity, ceiling: Verdict) {
    let finding = Assessed.finding("archive.failing") {
      $0.changeArchive {
        $0.failing = true
        $0.lastArchivedAt = Fixture.ago(seconds)
        $0.lastFailedSegment = "000000010000000100000091"
        $0.failedCount = 12
        $0.waitingSegments = 7
      }
    }
    #expect(finding?.severity == severity)
    #expect(finding?.ceiling == ceiling)
    #expect(finding?.headline.contains("000000010000000100000091") == true)
    #expect(finding?.headline.contains("7 segments waiting") == true)
  }

  @Test(arguments: [nil, "pgbackrest --stanza=demo check as postgres"])
  func aFailuresReasonIsOnlyInTheLog(command: String?) {
    let remedy = Assessed.finding("archive.failing") {
      $0.changeArchive {
        $0.failing = true
        $0.checkCommand = command
      }
    }?.remedy
    #expect(
      remedy?.contains("pg_stat_archiver keeps no error text and pgvigil may not read") == true)
    #expect(remedy?.contains("server's log") == true)
    #expect(remedy?.contains("Run pgbackrest --stanza=demo check as postgres:") == (command != nil))
  }

  /// `pgbackrest stop`, and nobody remembers: the tool itself says ok.
  @Test(arguments: [
    (20.0, Severity.warning, Verdict.likely), (70, .critical, .atRisk), (9e6, .critical, .atRisk),
  ])
  func aStoppedToolIsNamedWithWhatStartsIt(age: Double, severity: Severity, ceiling: Verdict) {
    func change(_ report: inout EngineReport) {
      report.changeArchive {
        $0.stopped = StoppedTool(
          what: "pgBackRest was stopped (/l/demo.stop)", since: Fixture.ago(age),
          remedy: "run: pgbackrest --stanza=demo start")
      }
    }
    let finding = Assessed.finding("archive.stopped", change: change)
    #expect(finding?.severity == severity)
    #expect(finding?.ceiling == ceiling)
    #expect(finding?.headline.contains("/l/demo.stop") == true)
    #expect(finding?.remedy == "run: pgbackrest --stanza=demo start")
    let failing = Assessed.finding("archive.failing") {
      change(&$0)
      $0.changeArchive { $0.failing = true }
    }
    #expect(failing?.remedy.contains("--stanza=demo start") == true)
    #expect(Assessed.finding("archive.stopped") == nil)
  }

  @Test func failingCannotBeOlderThanWhatWaits() {
    let finding = Assessed.finding("archive.failing") {
      $0.changeArchive {
        $0.failing = true
        $0.lastArchivedAt = Fixture.ago(30_000)
        $0.oldestWaitingSince = Fixture.ago(20)
      }
    }
    #expect(finding?.severity == .info)
    #expect(Assessed.finding("archive.failing") == nil)
  }

  /// A timeline's history goes first, and the segments behind it are younger than the trouble.
  @Test func aHistoryThatCannotBeStoredIsWhereItBegan() {
    let finding = Assessed.finding("archive.failing") {
      $0.changeArchive {
        $0.failing = true
        $0.lastArchivedAt = Fixture.ago(30_000)
        $0.oldestWaitingSince = Fixture.ago(20)
        $0.oldestReadySince = Fixture.ago(80)
      }
    }
    #expect(finding?.severity == .warning)
    #expect(finding?.headline.contains("for up to 1m 20s") == true)
  }

  @Test(
    "hung: segments wait and nothing moves",
    arguments: [
      (300.0, nil), (400, Severity.warning), (1000, .critical),
    ] as [(Double, Severity?)])
  func hung(seconds: Double, severity: Severity?) {
    let finding = Assessed.finding("archive.hung") {
      $0.changeArchive {
        $0.waitingSegments = 2
        $0.lastArchivedAt = Fixture.ago(seconds + 50)
        $0.oldestWaitingSince = Fixture.ago(seconds)
      }
    }
    #expect(finding?.severity == severity)
  }

  @Test func anIdleServerIsNotHung() {
    let cluster = Assessed.cluster {
      $0.changeArchive { $0.lastArchivedAt = Fixture.ago(50_000) }
    }
    #expect(!cluster.findings.contains { $0.id == "archive.hung" })
  }

  @Test func aMissingRightIsSaid() {
    let finding = Assessed.finding("archive.waiting-unknown") {
      $0.changeArchive { $0.waitingSegments = nil }
    }
    #expect(finding?.remedy.contains("pg_monitor") == true)
    #expect(finding?.ceiling == .likely)
  }

  @Test(
    "exposure beyond the target",
    arguments: [
      (50.0, Severity.warning), (10, .critical),
    ])
  func exposure(target: Double, severity: Severity) {
    let finding = Assessed.finding("rpo.target", targets: RecoveryTargets(rpo: target))
    #expect(finding?.severity == severity)
    #expect(finding?.ceiling == .atRisk)
  }

  @Test func withinTheTargetNothingIsSaid() {
    #expect(Assessed.finding("rpo.target", targets: RecoveryTargets(rpo: 61)) == nil)
  }

  @Test func aMereBoundIsNoAlarm() {
    let finding = Assessed.finding(
      "rpo.target", targets: RecoveryTargets(rpo: 20), watched: false)
    #expect(finding?.severity == .info)
    #expect(finding?.ceiling == .likely)
  }

  @Test func neverArchivedIsUnknown() {
    let cluster = Assessed.cluster(watched: false) {
      $0.changeArchive {
        $0.lastArchivedSegment = nil
        $0.lastArchivedAt = nil
        $0.unarchivedBytes = nil
      }
    }
    #expect(cluster.findings.contains { $0.id == "rpo.unknown" })
    #expect(cluster.verdict == .unknown)
  }
}

struct InstanceRuleTests {
  @Test func noPrimary() {
    let cluster = Assessed.cluster {
      $0.changeInstances { $0[0].state = .unreachable(reason: "connection refused") }
      $0.archive = Fixture.unavailable("archive")
    }
    #expect(cluster.findings.first?.id == "primary.unreachable")
    #expect(cluster.verdict == .atRisk)
    #expect(
      cluster.findings.first?.evidence.contains { $0.what.contains("connection refused") } == true)
    #expect(!cluster.findings.contains { $0.id.hasPrefix("standby.down") })
  }

  @Test func aPrimaryThatStarts() {
    let finding = Assessed.finding("primary.unreachable") {
      $0.changeInstances { $0[0].state = .startingUp }
    }
    #expect(finding?.headline.contains("starting up") == true)
  }

  @Test func twoPrimaries() {
    let cluster = Assessed.cluster { $0.changeInstances { $0[1].role = .primary } }
    #expect(cluster.findings.first?.id == "primary.several")
    #expect(cluster.verdict == .atRisk)
  }

  @Test func aStandbyThatIsDown() {
    let cluster = Assessed.cluster {
      $0.changeInstances { $0[2].state = .unreachable(reason: "timeout") }
    }
    #expect(cluster.findings.contains { $0.id == "standby.down:standby-2" })
    #expect(cluster.verdict == .likely)
  }

  @Test(
    "replay lag",
    arguments: [
      (4.0, nil), (8, Severity.info), (20, .warning),
    ] as [(Double, Severity?)])
  func lag(seconds: Double, severity: Severity?) {
    let finding = Assessed.finding("standby.lag:standby-1") {
      $0.changeInstances { $0[1].lag = ReplicationLag(replay: Lag(bytes: 9000, seconds: seconds)) }
    }
    #expect(finding?.severity == severity)
  }

  @Test func nothingToReplayIsNoLag() {
    let finding = Assessed.finding("standby.lag:standby-1") {
      $0.changeInstances { $0[1].lag = ReplicationLag(replay: Lag(bytes: 0, seconds: 900)) }
    }
    #expect(finding == nil)
  }

  @Test(
    "slots",
    arguments: [
      (ReplicationSlot(name: "s", active: true, walStatus: "reserved"), nil),
      (ReplicationSlot(name: "s", active: false, walStatus: "reserved"), Verdict.likely),
      (ReplicationSlot(name: "s", active: false, walStatus: "lost"), .likely),
      (ReplicationSlot(name: "s", active: true, walStatus: "unreserved"), .likely),
      (ReplicationSlot(name: "s", active: false, retainedBytes: 20 << 30), .atRisk),
      (
        ReplicationSlot(name: "s", active: false, safeWALBytes: 1, retainedBytes: 20 << 30), .likely
      ),
    ] as [(ReplicationSlot, Verdict?)])
  func slot(slot: ReplicationSlot, ceiling: Verdict?) {
    let finding = Assessed.finding("standby.slot:s") {
      $0.changeInstances { $0[1].slot = slot }
    }
    #expect(finding?.ceiling == ceiling)
  }

  @Test func aSlotThatIsGoneIsSaid() {
    let finding = Assessed.finding("standby.slot:s") {
      $0.changeInstances { $0[1].missingSlot = "s" }
    }
    #expect(finding?.remedy.contains("pg_create_physical_replication_slot('s')") == true)
  }

  /// After a recovery in place a standby of the old timeline is behind its end, or beyond it.
  @Test(arguments: [("0/5000000", false), ("0/5000001", true)])
  func aStandbyThatLeftTheHistoryIsNotSentForASlot(position: String, isLost: Bool) {
    let cluster = Assessed.cluster { report in
      report.changeInstances {
        ($0[0].timeline, $0[1].timeline) = (3, 1)
        ($0[1].lsn, $0[1].missingSlot) = (LSN(text: position), "s")
      }
      guard case .value(var archive, let source, let at) = report.walArchive else { return }
      archive.switches = [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(0x500_0000)),
        TimelineSwitch(timeline: 3, parent: 2, switchedAt: LSN(0x600_0000)),
      ]
      report.walArchive = .value(archive, source: source, at: at)
    }
    let ids = cluster.findings.map(\.id)
    let diverged = ids.contains { $0.hasPrefix("standby.diverged:") }
    #expect(diverged == isLost && ids.contains("standby.slot:s") == !isLost, "\(ids)")
  }

  @Test func aPendingRestartIsShownAsWhatItIs() {
    let cluster = Assessed.cluster { $0.changeInstances { $0[0].restartPending = true } }
    #expect(cluster.findings.contains { $0.id == "instance.restart" && $0.severity == .info })
    #expect(cluster.verdict == .proven)
  }

  @Test func withheldFiguresNameThemselves() {
    let finding = Assessed.finding("part.withheld:primary:replication lag") {
      $0.changeInstances {
        $0[0].withheld = [
          Unavailable(part: "replication lag", reason: "no right", remedy: "grant pg_monitor")
        ]
      }
    }
    #expect(finding?.remedy == "grant pg_monitor")
  }
}

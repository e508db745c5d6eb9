import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct VerdictTests {
  @Test func aHealthyDrilledClusterIsProven() {
    let cluster = Assessed.cluster()
    #expect(cluster.verdict == .proven, "\(cluster.findings.map(\.id))")
    #expect(cluster.findings.map(\.id) == ["repository.encryption"])
    #expect(cluster.exposure?.seconds == 60)
    #expect(cluster.window?.restorable.count == 1)
    #expect(cluster.projection?.basis == .measured)
  }

  @Test func withoutADrillItIsOnlyLikely() {
    #expect(Assessed.cluster(drills: []).verdict == .likely)
  }

  @Test func nothingAskedYetIsUnknown() {
    let cluster = Assessed.cluster { $0 = EngineReport() }
    #expect(cluster.verdict == .unknown)
    #expect(cluster.findings.contains { $0.id == "part.pending" })
    #expect(cluster.exposure == nil && cluster.window == nil && cluster.projection == nil)
  }

  @Test(
    "any part that the verdict needs, missing, makes it unknown",
    arguments: [
      ReportPart.instances, .archive, .backups, .walArchive,
    ])
  func missing(part: ReportPart) {
    for failed in [true, false] {
      let cluster = Assessed.cluster { $0.take(part, failed: failed) }
      #expect(cluster.verdict == .unknown, "\(part) \(cluster.findings.map(\.id))")
      #expect(cluster.findings.contains { $0.id.hasPrefix("part.") })
    }
  }

  @Test(
    "parts that only inform cost nothing",
    arguments: [
      ReportPart.retention, .storage, .configuration,
    ])
  func informing(part: ReportPart) {
    let cluster = Assessed.cluster { $0.take(part, failed: true) }
    #expect(cluster.verdict == .proven, "\(cluster.findings.map(\.id))")
    #expect(cluster.findings.contains { $0.id == "part.unavailable:\(part.rawValue)" })
  }

  @Test("an answer that is too old is no answer")
  func stale() {
    let cluster = Assessed.cluster(now: Fixture.date.addingTimeInterval(11))
    #expect(cluster.verdict == .unknown)
    // The archive's listing is younger, and all since its newest segment may be lost.
    #expect(cluster.exposure?.seconds == 71)
    #expect(cluster.exposure?.isUpperBound == true)
    #expect(
      cluster.findings.map(\.id).filter { $0.hasPrefix("part.stale") }.sorted() == [
        "part.stale:archive", "part.stale:instances",
      ])
    let slower = Assessed.cluster(
      now: Fixture.date.addingTimeInterval(11), paces: [.archive: 5, .instances: 5])
    #expect(slower.verdict == .proven, "\(slower.findings.map(\.id))")
  }

  @Test("a primary that is gone leaves the archive to tell to when, and what may be lost")
  func primaryGone() throws {
    let cluster = Assessed.cluster {
      $0.changeInstances { list in
        for index in list.indices { list[index].state = .unreachable(reason: "refused") }
      }
      $0.archive = .unavailable(
        Unavailable(part: "archiver", reason: "no primary", remedy: ""), at: Fixture.date)
    }
    let reach = try #require(cluster.reach)
    #expect(!reach.isCut && reach.isUpperBound && reach.lostSeconds > 0)
    #expect(reach.words(now: Fixture.date).contains("losing up to"))
  }

  @Test(
    "a segment that waits for longer than may be lost is lost for certain", arguments: [40.0, 90])
  func waitingTooLong(seconds: Double) throws {
    var targets = RecoveryTargets()
    targets.rpo = 60
    let cluster = Assessed.cluster(targets: targets, watched: false) {
      $0.changeArchive { status in
        status.waitingSegments = 2
        status.oldestWaitingSince = Fixture.ago(seconds)
        status.lastArchivedAt = Fixture.ago(seconds + 30)
        status.unarchivedBytes = 1 << 25
      }
    }
    #expect(cluster.exposure?.isUpperBound == true)
    #expect(cluster.findings.contains { $0.id == "rpo.target" })
    #expect(cluster.verdict == (seconds > 60 ? .atRisk : .likely), "\(cluster.findings)")
  }

  @Test("stale criticals do not linger as if they were seen now")
  func staleCriticals() {
    let cluster = Assessed.cluster(now: Fixture.date.addingTimeInterval(100_000)) {
      $0.setBackups([])
    }
    #expect(cluster.verdict == .unknown)
    #expect(!cluster.findings.contains { $0.id == "backup.gap" })
  }

  @Test("verdicts only get worse", arguments: Verdict.allCases)
  func worst(ceiling: Verdict) {
    let window = RecoveryWindow(restorable: ["x"])
    let findings = [Fixture.finding(ceiling: .proven), Fixture.finding(ceiling: ceiling)]
    #expect(ClusterAssessment.verdict(findings, window: window, backups: nil) == ceiling)
  }

  @Test func nothingRestorableIsNeverGood() {
    #expect(ClusterAssessment.verdict([], window: nil, backups: nil) == .unknown)
    #expect(ClusterAssessment.verdict([], window: RecoveryWindow(), backups: nil) == .unknown)
  }

  @Test("a dead primary over a repository that nobody can read is no promise")
  func nothingIsPromisedWhereNothingIsKnown() {
    let cluster = Assessed.cluster {
      $0.backups = Fixture.unavailable("backups")
      $0.walArchive = Fixture.unavailable("WAL archive")
      $0.changeInstances {
        for index in $0.indices { $0[index].state = .unreachable(reason: "refused") }
      }
    }
    #expect(cluster.verdict == .unknown)
    #expect(cluster.findings.contains { $0.id == "primary.unreachable" })
  }

  @Test func theGravestFindingComesFirst() {
    let cluster = Assessed.cluster(drills: []) {
      $0.setBackups([])
      $0.changeInstances { $0[0].restartPending = true }
    }
    #expect(cluster.findings.first?.id == "backup.gap")
    let severities = cluster.findings.map(\.severity)
    #expect(severities == severities.sorted(by: >))
  }

  @Test func everyFindingHasEvidenceAndARemedy() {
    let cluster = Assessed.cluster(drills: [Fixture.drill(outcome: .failed)]) {
      $0.setWAL(Fixture.walArchive(missing: [300]))
      $0.changeArchive { $0.failing = true }
      $0.changeInstances { $0[0].state = .unreachable(reason: "refused") }
      $0.storage = Fixture.unavailable("storage")
    }
    #expect(cluster.findings.count >= 5)
    for finding in cluster.findings {
      #expect(!finding.evidence.isEmpty && !finding.remedy.isEmpty, "\(finding.id)")
      #expect(finding.evidence.allSatisfy { !$0.what.isEmpty && !$0.source.isEmpty })
    }
  }

  @Test func theAuditIsNotRepeatedWhileNothingNewWasHeard() {
    var previous = Assessed.cluster()
    previous.window = RecoveryWindow(restorable: ["kept"])
    func again(_ report: EngineReport) -> RecoveryWindow? {
      ClusterAssessment.assess(
        declaration: Fixture.declaration(), engineTitle: "x", interval: 2, report: report,
        drills: [], operation: nil, outcomes: [], clock: WALClock(), now: Fixture.date,
        previous: previous
      ).window
    }
    #expect(again(previous.report)?.restorable == ["kept"])
    let fresh = Fixture.report(at: Fixture.date.addingTimeInterval(1))
    #expect(again(fresh)?.restorable == ["20261122-030000F"])
  }

  @Test func ruleNamesAreUnique() {
    #expect(Set(RuleTable.all.map(\.id)).count == RuleTable.all.count)
  }

  @Test("no text from outside reaches a finding unwashed")
  func hostileTexts() {
    let nasty = "\u{1B}[31mx\u{202E}y\nz"
    let cluster = Assessed.cluster(
      drills: [Fixture.drill(nasty, outcome: .failed, backup: nasty, reason: nasty)]
    ) {
      $0.setBackups([Fixture.backup(nasty, error: nasty)])
      $0.changeInstances {
        $0[0].name = nasty
        $0[1].name = nasty
        $0[1].state = .unreachable(reason: nasty)
        $0[2].slot = ReplicationSlot(name: nasty, active: false, walStatus: nasty)
      }
      $0.changeArchive {
        $0.failing = true
        $0.lastFailedSegment = nasty
      }
      $0.storage = Fixture.unavailable(nasty, reason: nasty, remedy: nasty)
    }
    let texts = cluster.findings.flatMap { finding in
      [finding.id, finding.headline, finding.remedy] + finding.evidence.map(\.what)
    }
    for text in texts { #expect(Sanitizer.clean(text, limit: 1000) == text, "\(text)") }
  }
}

extension EngineReport {
  /// Makes a part unavailable, or as if it had never been asked.
  mutating func take(_ part: ReportPart, failed: Bool) {
    switch part {
    case .instances: instances = failed ? Fixture.unavailable("instances") : .pending
    case .archive: archive = failed ? Fixture.unavailable("archive") : .pending
    case .backups: backups = failed ? Fixture.unavailable("backups") : .pending
    case .walArchive: walArchive = failed ? Fixture.unavailable("archived WAL") : .pending
    case .retention: retention = failed ? Fixture.unavailable("retention") : .pending
    case .storage: storage = failed ? Fixture.unavailable("storage") : .pending
    case .configuration: configuration = failed ? Fixture.unavailable("settings") : .pending
    case .claimedWindow:
      claimedWindow = failed ? Fixture.unavailable("claimed window") : .pending
    case .engineFindings:
      engineFindings = failed ? Fixture.unavailable("own checks") : .pending
    }
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

/// What an engine adds to a report: its own findings, a claimed window, what is done on purpose.
@Suite("Engine's own word") struct EngineFindingTests {
  private static let own = Finding(
    id: "engine.own", severity: .critical, headline: "its own",
    evidence: [Evidence(what: "seen", source: "engine", at: Fixture.date)], remedy: "act",
    ceiling: .atRisk)

  @Test func findingsJoinTheOthersAndLowerTheVerdict() {
    let cluster = Assessed.cluster {
      $0.engineFindings = Fixture.observed([EngineFinding(Self.own, .cluster)])
    }
    #expect(cluster.findings.first == Self.own)
    #expect(cluster.verdict == .atRisk)
    #expect(Assessed.cluster().verdict == .proven)
  }

  @Test("stale or failed checks are unknown; an engine without any loses nothing")
  func unknown() {
    let stale = Assessed.cluster {
      $0.engineFindings = Fixture.observed([], at: Fixture.ago(3600))
    }
    #expect(stale.verdict == .unknown)
    let failed = Assessed.cluster { $0.engineFindings = Fixture.unavailable("checks") }
    #expect(failed.verdict == .unknown)
    #expect(!Assessed.cluster().findings.contains { $0.id == "part.pending" })
  }

  @Test("a claim stands in for an audit, and an audit goes before a claim")
  func claim() throws {
    let claim = ClaimedWindow(
      first: Fixture.ago(90_000), lastBackupAt: Fixture.ago(32_400), claimant: "ObjectStore x")
    let cluster = Assessed.cluster {
      $0.walArchive = .pending
      $0.claimedWindow = Fixture.observed(claim)
    }
    let window = try #require(cluster.window)
    #expect(window.basis == .claimed)
    #expect(window.first == claim.first && window.last == Fixture.ago(60))
    #expect(window.restorable == ["20261122-030000F"])
    #expect(!cluster.findings.contains { $0.id == "part.pending" })
    #expect(cluster.verdict == .proven, "a drill of late proves what is claimed")
    let undrilled = Assessed.cluster(drills: []) {
      $0.walArchive = .pending
      $0.claimedWindow = Fixture.observed(claim)
    }
    #expect(undrilled.verdict == .likely)
    let audited = Assessed.cluster { $0.claimedWindow = Fixture.observed(claim) }
    #expect(audited.window?.basis == .audited)
    let neither = Assessed.cluster { $0.walArchive = .pending }
    #expect(neither.verdict == .unknown && neither.window == nil)
  }

  @Test(
    "a claim that contradicts itself or the clock is no window",
    arguments: [(30.0, "30s after its end"), (9000, "2h 29m into the future")])
  func senselessClaim(ahead: Double, words: String) throws {
    let claim = ClaimedWindow(
      first: Fixture.date.addingTimeInterval(ahead - 60), lastBackupAt: nil,
      claimant: "ObjectStore x")
    let change = { (report: inout EngineReport) in
      report.walArchive = .pending
      report.claimedWindow = Fixture.observed(claim, source: claim.claimant)
    }
    let cluster = Assessed.cluster(change: change)
    #expect(cluster.window == nil && cluster.verdict == .unknown)
    let finding = try #require(cluster.findings.first { $0.id == "window.senseless" })
    #expect(finding.headline.contains("as claimed makes no sense"))
    #expect(finding.headline.contains(words), "\(finding.headline)")
    #expect(finding.evidence.map(\.source).first == "ObjectStore x")
    #expect(finding.evidence.count == 2)
  }

  @Test func clocksThatDifferALittleLeaveTheWindow() {
    let cluster = Assessed.cluster(now: Fixture.ago(90))
    #expect(cluster.window != nil)
    #expect(!cluster.findings.contains { $0.id == "window.senseless" })
  }

  @Test("a claim without a good backup restores nothing")
  func emptyClaim() throws {
    let cluster = Assessed.cluster {
      $0.walArchive = .pending
      $0.setBackups([])
      $0.claimedWindow = Fixture.observed(
        ClaimedWindow(first: Fixture.ago(90_000), lastBackupAt: nil, claimant: "x"))
    }
    #expect(cluster.window?.first == nil && cluster.window?.restorable == [])
    #expect(cluster.verdict == .notRecoverable)
  }

  @Test(
    "a primary that is away on purpose",
    arguments: [
      (nil, Severity.critical), (.rollingRestart, .warning), (.switchover, .warning),
      (.failover, .critical), (.hibernation, nil),
    ] as [(ClusterActivity.Kind?, Severity?)])
  func activities(kind: ClusterActivity.Kind?, severity: Severity?) {
    let finding = Assessed.finding("primary.unreachable") {
      $0.changeInstances { $0[0].state = .unreachable(reason: "refused") }
      $0.activities = kind.map { [ClusterActivity(kind: $0, sentence: "on purpose")] } ?? []
    }
    #expect(finding?.severity == severity)
  }

  @Test func archivingThatIsOffSaysWhyInTheEnginesWords() {
    let finding = Assessed.finding("archive.off") {
      $0.changeArchive {
        $0.enabled = false
        $0.off = Unavailable(part: "archiver", reason: "no plugin archives", remedy: "add one")
      }
    }
    #expect(finding?.evidence.first?.what == "no plugin archives")
    #expect(finding?.remedy == "add one")
  }

  @Test("a schedule says how often backups come, unless somebody asked for more")
  func scheduledInterval() {
    func overdue(_ targets: RecoveryTargets, scheduled: Double?) -> Bool {
      let finding = Assessed.finding("backup.overdue", targets: targets) {
        $0.setBackups([Fixture.backup(finished: Fixture.ago(2 * 86_400))])
        $0.scheduledInterval = scheduled
      }
      return finding != nil
    }
    #expect(overdue(RecoveryTargets(), scheduled: nil))
    #expect(!overdue(RecoveryTargets(), scheduled: 7 * 86_400))
    #expect(overdue(RecoveryTargets(backupInterval: 86_400), scheduled: 7 * 86_400))
    #expect(overdue(RecoveryTargets(backupInterval: 7 * 86_400), scheduled: nil) == false)
  }
}

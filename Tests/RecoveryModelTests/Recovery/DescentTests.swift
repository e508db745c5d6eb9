import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

/// A cluster that was recovered from another and has no base backup of its own yet.
@Suite("Clusters that were recovered") struct DescentTests {
  private static let place = ClusterPlace(context: "c", namespace: "prod", name: "auth-db")

  private static func descent(
    _ aim: RecoveryUnderWay.Aim = .latest, since seconds: Double = 600, id: String? = "r1"
  ) -> Descent {
    Descent(
      origin: place, aim: aim, since: Fixture.ago(seconds), id: id,
      deletion: "kubectl delete cluster look")
  }

  /// `origin` = as it is in sight; nil = it is not.
  private func copy(
    _ descent: Descent = descent(), of origin: ClusterSnapshot?,
    change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    var report = Fixture.report()
    report.setBackups([])
    report.descent = descent
    change(&report)
    return ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "prod/look", engine: "pgbackrest"),
      engineTitle: "pgBackRest", interval: 2, report: report, drills: [], operation: nil,
      outcomes: [], clock: WALClock(), now: Fixture.date,
      origin: origin.map { RecoveryOrigin($0, for: report) })
  }

  private func gap(_ copy: ClusterSnapshot) throws -> Finding {
    try #require(copy.findings.first { $0.id == "backup.gap" })
  }

  @Test("what its origin still holds is lost by nobody: only what came since is at risk")
  func held() throws {
    let copy = copy(of: Assessed.cluster())
    #expect(copy.verdict == .atRisk)
    let finding = try gap(copy)
    #expect(
      finding.headline.hasPrefix("Recovered from prod/auth-db to ")
        && finding.headline.hasSuffix("; what was written to it since is in no backup"))
    #expect(finding.severity == .warning && finding.words == "no own backup")
    #expect(finding.remedy.contains("pgvigil backup prod/look"))
    #expect(finding.remedy.hasSuffix("only a look: pgvigil remove auth-db r1"))
    #expect(copy.loss.seconds == 600)
    #expect(copy.reach?.until == Fixture.ago(600))
    #expect(copy.windowWords?.contains("prod/auth-db has what it was recovered to") == true)
    // Somebody else's is taken away by whoever made it.
    let foreign = try gap(self.copy(Self.descent(id: nil), of: Assessed.cluster()))
    #expect(foreign.remedy.hasSuffix("kubectl delete cluster look"))
  }

  @Test("it does not archive either: what its origin holds can be had all the same")
  func withoutArchive() {
    let off = copy(of: Assessed.cluster()) { $0.changeArchive { $0.enabled = false } }
    #expect(off.verdict == .atRisk)
  }

  @Test("an origin that is gone, or cannot give it any more, saves nothing")
  func lost() throws {
    let alone = copy(of: nil)
    #expect(alone.verdict == .notRecoverable && alone.loss == .everything)
    #expect(try gap(alone).headline.contains("prod/auth-db is not in sight"))
    let bare = copy(of: Assessed.cluster { $0.setBackups([]) })
    #expect(bare.verdict == .notRecoverable)
    #expect(try gap(bare).headline.contains("cannot give that any more"))
    // Retention has taken the base backups of then.
    let old = copy(Self.descent(.time(Fixture.ago(400 * 86_400))), of: Assessed.cluster())
    #expect(old.verdict == .notRecoverable)
    // Another database has taken its name.
    let other = Assessed.cluster {
      $0.changeInstances { for index in $0.indices { $0[index].systemIdentifier = "1" } }
    }
    let mine = copy(of: other) {
      $0.changeInstances { for index in $0.indices { $0[index].systemIdentifier = "2" } }
    }
    #expect(mine.verdict == .notRecoverable)
  }

  @Test("an origin that nobody can read leaves it unknown, neither good nor lost")
  func unknown() throws {
    let silent = Assessed.cluster { $0.backups = Fixture.unavailable("backup catalog") }
    let copy = copy(of: silent)
    #expect(copy.verdict == .unknown)
    #expect(try gap(copy).headline.contains("nobody can tell"))
  }

  @Test("a base backup of its own ends it")
  func own() {
    let copy = copy(of: Assessed.cluster()) { $0.setBackups([Fixture.backup()]) }
    #expect(!copy.findings.contains { $0.id == "backup.gap" })
  }
}

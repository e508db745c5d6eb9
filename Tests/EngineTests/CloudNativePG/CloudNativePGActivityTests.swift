import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG activities") struct CloudNativePGActivityTests {
  @Test func aQuietClusterHasNone() throws {
    #expect(try Stage.facts().activities == [])
    let unknown = try Stage.facts { $0.cluster.status = nil }
    #expect(Stage.finding("cnpg.phase", unknown) == nil)
    // Nobody has looked at it: that is no quiet cluster.
    #expect(unknown.activities.map(\.kind) == [.setup])
    let setup = Stage.finding("cnpg.setup", unknown)
    #expect(setup?.severity == .warning)
    #expect(setup?.remedy.contains("does it run") == true)
  }

  @Test(
    "phases",
    arguments: [
      ("Upgrading cluster", ClusterActivity.Kind.rollingRestart),
      ("Primary instance is being restarted in-place", .rollingRestart),
      ("Primary instance is being restarted without a switchover", .rollingRestart),
      ("Applying configuration", .rollingRestart), ("Switchover in progress", .switchover),
      ("Failing over", .failover), ("Upgrading Postgres major version", .upgrade),
      ("Creating a new replica", .scaling), ("Setting up primary", .setup),
    ])
  func phases(phase: String, kind: ClusterActivity.Kind) throws {
    let facts = try Stage.facts { $0.cluster.status?.phase = phase }
    #expect(facts.activities.map(\.kind) == [kind])
    let id = kind == .setup ? "cnpg.setup" : "cnpg.activity.\(kind.rawValue)"
    let finding = try #require(Stage.finding(id, facts))
    // The stage's cluster is months old: too old to be set up still.
    #expect(finding.severity == (kind == .failover || kind == .setup ? .warning : .info))
  }

  @Test("a rolling restart is not an outage")
  func rollingRestart() throws {
    let facts = try Stage.facts { facts in
      facts.cluster.status?.phase = "Primary instance is being restarted in-place"
      facts.statuses["pg-main-1"] = Stage.refused("pods/proxy")
      facts.pods = Stage.observed(
        [
          try Stage.pod("pg-main-1", ready: false), try Stage.pod("pg-main-2"),
          try Stage.pod("pg-main-3"),
        ], "pods")
    }
    let cluster = Stage.assessed(facts)
    #expect(!cluster.findings.contains { $0.severity == .critical })
    let restart = cluster.findings.first { $0.id == "cnpg.activity.rollingRestart" }
    #expect(restart?.headline.hasPrefix("Rolling restart: ") == true)
    var hanging = facts
    hanging.setCondition("Ready", "False", reason: "ClusterIsNotReady", since: 7200)
    #expect(Stage.finding("cnpg.activity.rollingRestart", hanging)?.severity == .warning)
  }

  @Test func switchover() throws {
    let facts = try Stage.facts { $0.cluster.status?.targetPrimary = "pg-main-2" }
    let finding = Stage.finding("cnpg.activity.switchover", facts)
    #expect(finding?.headline.contains("pg-main-1 hands over to pg-main-2") == true)
  }

  /// Recorded: while archiving fails the former primary never comes to follow, and the phase stays.
  @Test func aSwitchoverThatStaysIsNoHandOver() throws {
    func facts(since: Double) throws -> CloudNativePGFacts {
      try Stage.facts {
        $0.cluster.status?.phase = "Switchover in progress"
        $0.cluster.status?.targetPrimary = "pg-main-1"
        $0.cluster.status?.targetPrimaryTimestamp = Stage.text(ago: since)
        $0.setCondition(
          "ContinuousArchiving", "False", reason: "ContinuousArchivingFailing",
          message: "InvalidAccessKeyId", since: since)
      }
    }
    let stuck = try #require(Stage.finding("cnpg.activity.switchover", facts(since: 400)))
    #expect(stuck.severity == .warning && stuck.remedy.contains("archives what it still has"))
    #expect(stuck.headline.contains("pg-main-1 has taken over"))
    #expect(try Stage.finding("cnpg.activity.switchover", facts(since: 20))?.severity == .info)
    let archiving = try Stage.finding("cnpg.archive.failing", facts(since: 100))
    #expect(archiving?.headline.contains("pauses") != true)
  }

  @Test func failover() throws {
    let facts = try Stage.facts {
      $0.cluster.status?.targetPrimary = "pending"
      $0.cluster.status?.currentPrimaryFailingSinceTimestamp = Stage.text(ago: 120)
    }
    let finding = try #require(Stage.finding("cnpg.activity.failover", facts))
    #expect(finding.headline.contains("a new primary is being looked for, since 2m"))
    #expect(facts.activities.map(\.kind) == [.failover])
  }

  @Test("whoever was promoted has not failed, whatever the operator has not cleared yet")
  func takenOver() throws {
    func words(_ phase: String, promotedAgo: Double?, failingAgo: Double?) throws -> [String] {
      try Stage.facts {
        $0.cluster.status?.phase = phase
        $0.cluster.status?.targetPrimary = "pg-main-1"
        $0.cluster.status?.currentPrimaryTimestamp = promotedAgo.map { Stage.text(ago: $0) }
        $0.cluster.status?.currentPrimaryFailingSinceTimestamp = failingAgo.map {
          Stage.text(ago: $0)
        }
        $0.statuses["pg-main-1"] = nil
      }.activities.map(\.sentence)
    }
    let over = "pg-main-1 has taken over, the others come to follow it"
    #expect(try words("Failing over", promotedAgo: 2, failingAgo: nil) == [over])
    #expect(try words("Failing over", promotedAgo: 2, failingAgo: 9) == [over])
    #expect(try words("Cluster in healthy state", promotedAgo: 2, failingAgo: 9) == [])
    // It was promoted long ago, and fails now.
    let failing = try words("Cluster in healthy state", promotedAgo: 900, failingAgo: 9)
    #expect(failing.first?.hasPrefix("pg-main-1 has failed") == true)
    // One that answers as the primary has not failed.
    let answering = try Stage.facts {
      $0.cluster.status?.targetPrimary = "pg-main-1"
      $0.cluster.status?.currentPrimaryFailingSinceTimestamp = Stage.text(ago: 9)
    }
    #expect(answering.activities == [])
  }

  @Test("a fenced standby is no broken one")
  func fencing() throws {
    let facts = try Stage.facts { facts in
      facts.cluster.metadata.annotations = ["cnpg.io/fencedInstances": "[\"pg-main-3\"]"]
      facts.statuses["pg-main-3"] = Stage.refused("/pg/status")
    }
    let cluster = Stage.assessed(facts)
    #expect(cluster.findings.contains { $0.id == "cnpg.activity.fencing" })
    #expect(!cluster.findings.contains { $0.id.hasPrefix("standby.down") })
    let all = try Stage.facts {
      $0.cluster.metadata.annotations = ["cnpg.io/fencedInstances": "[\"*\"]"]
    }
    #expect(all.activities.first?.instances.count == 3)
  }

  @Test("a hibernated cluster has no primary, on purpose")
  func hibernation() throws {
    let facts = try Stage.facts {
      $0.cluster.metadata.annotations = ["cnpg.io/hibernation": "on"]
      $0.pods = Stage.observed([], "pods")
      $0.statuses = [:]
    }
    let cluster = Stage.assessed(facts)
    #expect(cluster.report.instances.value == [])
    #expect(!cluster.findings.contains { $0.id == "primary.unreachable" })
    #expect(cluster.findings.contains { $0.id == "cnpg.activity.hibernation" })
    #expect(cluster.verdict == .unknown)
  }

  @Test("the designated primary of a replica cluster counts as its primary")
  func replicaCluster() throws {
    let facts = try Stage.facts {
      $0.cluster.spec.replica = CNPGCluster.Replica(enabled: true, source: "pg-origin")
      $0.changePrimary {
        $0.isPrimary = false
        $0.currentLSN = nil
        $0.replayLSN = LSN(0xA000140)
      }
    }
    let report = CloudNativePGReport.make(facts: facts, now: Stage.now)
    #expect(report.instances?.value?.first?.role == .primary)
    #expect(report.archive?.value?.currentLSN == LSN(0xA000140))
    let finding = Stage.finding("cnpg.activity.replicaCluster", facts)
    #expect(finding?.severity == .info)
    #expect(finding?.headline.contains("of pg-origin; pg-main-1 is its designated") == true)
  }

  @Test(
    "phases that wait for a person",
    arguments: [
      ("Cluster is unrecoverable and needs manual intervention", Severity.critical),
      ("Not enough disk space", .critical), ("Waiting for user action", .warning),
      ("Cluster in healthy state", nil), ("A phase of tomorrow", nil),
    ] as [(String, Severity?)])
  func stuck(phase: String, severity: Severity?) throws {
    let facts = try Stage.facts { $0.cluster.status?.phase = phase }
    #expect(Stage.finding("cnpg.phase", facts)?.severity == severity)
  }
}

import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// What an account may not see is told by the right that is missing, and by nothing about the servers.
@Suite struct MissingRightTests {
  private typealias Stage = CloudNativePGStage

  /// No pods and no proxy, and an operator that has listed nobody as healthy.
  private func blind() throws -> CloudNativePGFacts {
    try Stage.facts { facts in
      facts.pods = Stage.refused("pods")
      for name in ["pg-main-1", "pg-main-2", "pg-main-3"] {
        facts.statuses[name] = Stage.refused("pods/proxy")
      }
      facts.cluster.status?.instancesStatus = [:]
    }
  }

  private func advice(_ cluster: ClusterSnapshot) -> String {
    (cluster.findings.map(\.remedy) + IncidentPage(cluster, acts: nil, now: Stage.now).steps
      + [cluster.report.archive.failure?.remedy ?? ""]).joined(separator: "\n")
  }

  @Test func nobodyIsToldToStartWhatMayRun() throws {
    let cluster = Stage.assessed(try blind())
    let instances = try #require(cluster.report.instances.value)
    #expect(instances.allSatisfy { $0.state.word == "unseen" && $0.withheld.count == 1 })
    let finding = try #require(cluster.findings.first { $0.id == "primary.unseen" })
    #expect(finding.headline.contains("not allowed to list pods/proxy"))
    #expect(finding.remedy == "grant the verb list on pods/proxy")
    #expect(cluster.verdict == .unknown)
    #expect(!cluster.findings.contains { $0.id == "primary.unreachable" })
    let advice = advice(cluster)
    #expect(!advice.contains("still run?") && !advice.contains("tart it"), "\(advice)")
    #expect(advice.contains("What runs is not known: grant the verb list on pods/proxy"))
  }

  @Test("a pod that is seen not to be ready is no right that is missing")
  func seen() throws {
    let facts = try Stage.facts { facts in
      facts.pods = Stage.observed([try Stage.pod("pg-main-1", ready: false)], "pods")
      facts.statuses["pg-main-1"] = Stage.refused("pods/proxy")
    }
    let primary = InstanceList(facts: facts).instances.first { $0.name == "pg-main-1" }
    #expect(primary?.state == .unreachable(reason: "the pod is not ready"))
  }

  @Test("nor are Clusters that may not be listed")
  func clusters() {
    let missing = Unavailable(
      part: "Cluster", reason: "not allowed to list clusters.postgresql.cnpg.io",
      remedy: "grant the verb list: pgvigil manifest rbac", code: .denied)
    var report = EngineReport()
    report.merge(CloudNativePGReport.without(missing, at: Stage.now))
    let cluster = ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "prod/pg-main", engine: "cloudnativepg"),
      engineTitle: "CloudNativePG", interval: 2, report: report, drills: [], operation: nil,
      outcomes: [], clock: WALClock(), now: Stage.now)
    let steps = IncidentPage(cluster, acts: nil, now: Stage.now).steps
    #expect(steps.first?.contains("pgvigil manifest rbac") == true, "\(steps)")
    #expect(!steps.contains { $0.contains("tart it") })
  }

  @Test("whoever runs by the word of its pod did so when that was last known")
  func seenAt() throws {
    let before = Stage.ago(40)
    let facts = try Stage.facts { facts in
      facts.pods = .value(facts.pods.value ?? [], source: "pods", at: before)
      facts.statuses["pg-main-1"] = Stage.refused("pods/proxy")
    }
    let primary = InstanceList(facts: facts).instances.first
    #expect(primary?.state == .running && primary?.observedAt == before)
    // Nobody has heard it say so.
    let told = LastAnswers().noting(Stage.assessed(facts).report)
    #expect(told.instances["pg-main-1"] == nil && told.instances["pg-main-2"] == Stage.now)
  }

  // MARK: The operator

  private func facts(_ replicas: [(wanted: Int, ready: Int)]) throws -> CloudNativePGFacts {
    try Stage.facts {
      $0.operators = Stage.observed(
        try replicas.map { wanted, ready in
          try Stage.decode(
            """
            {"metadata":{"name":"cnpg-controller-manager","namespace":"cnpg-system"},
            "spec":{"replicas":\(wanted)},"status":{"readyReplicas":\(ready)}}
            """) as Deployment
        }, "deployments.apps")
    }
  }

  @Test func anOperatorThatDoesNotRunIsTold() throws {
    let stopped = try #require(Stage.finding("cnpg.operator", try facts([(0, 0)])))
    #expect(stopped.severity == .critical && stopped.ceiling == .atRisk)
    #expect(stopped.headline.contains("scaled to 0: no failover, no base backup"))
    #expect(
      stopped.remedy.hasSuffix(
        "kubectl -n cnpg-system scale deployment cnpg-controller-manager --replicas=1"))
    let broken = try #require(Stage.finding("cnpg.operator", try facts([(1, 0)])))
    #expect(broken.headline.contains("does not run") && broken.ceiling == .likely)
    for replicas in [[(1, 1)], [(2, 1)], [(0, 0), (1, 1)], []] {
      #expect(Stage.finding("cnpg.operator", try facts(replicas)) == nil)
    }
    // What it alone carries out is advised after its start, and asked of nobody before.
    let obstacles = try facts([(0, 0)]).obstacles(now: Stage.now)
    for kind in [OperationKind.backup, .drill] {
      let advice = try #require(obstacles[kind]?.advice)
      #expect(advice.hasPrefix("First start it: kubectl -n cnpg-system scale deployment"))
      #expect(advice.hasSuffix("(the operator is scaled to 0); then "))
    }
    let runs = try #require(try facts([(0, 0)]).operatorRuns)
    #expect(runs.satisfied == false && runs.detail.hasSuffix("--replicas=1"))
    #expect(try facts([(1, 1)]).operatorRuns?.satisfied == true)
    #expect(try Stage.facts().operatorRuns == nil)
    // One that has been down for longer than a move takes does not come back by itself.
    let down = try Stage.facts {
      $0.operators = Stage.observed(
        [
          try Stage.decode(
            """
            {"metadata":{"name":"cnpg-controller-manager","namespace":"cnpg-system"},
            "spec":{"replicas":1},"status":{"conditions":[{"type":"Available","status":"False",
            "lastTransitionTime":"\(Stage.text(ago: 301))"}]}}
            """) as Deployment
        ], "deployments.apps")
    }
    #expect(Stage.finding("cnpg.operator", down)?.ceiling == .atRisk)
    // Where it may not be looked at nothing is said.
    #expect(Stage.finding("cnpg.operator", try Stage.facts()) == nil)
  }

  @Test("what its webhook alone could answer names the operator first")
  func theCauseOfASilentWebhook() throws {
    let said =
      #"Internal error occurred: failed calling webhook "mcluster.cnpg.io": failed to call webhook: "#
      + #"Post "https://cnpg-webhook-service.cnpg-system.svc:443/mutate": no endpoints available"#
    #expect(OperatorSilence.isMeant(said) && !OperatorSilence.isMeant("spec.instances: Invalid"))
    let error = RecoveryError(.failed, said)
    let stopped = OperatorSilence.named(error, try facts([(0, 0)]).operatorAbsence)
    #expect(
      stopped.message.hasPrefix(
        "The operator is scaled to 0 (cnpg-system/cnpg-controller-manager: 0 of 0 ready); the API ")
    )
    #expect(stopped.message.hasSuffix(said) && stopped.remedy.contains("--replicas=1"))
    let unseen = OperatorSilence.named(error, nil)
    #expect(unseen.message.hasPrefix("the operator's webhook does not answer"))
  }
}

import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

private typealias Stage = CloudNativePGStage

/// What the cluster that one is recovered from tells of it.
@Suite("Recoveries beside their origin") struct BesideRecoveryTests {
  /// `prod/pg-new`, marked as recovered from `prod/pg-main`.
  private func copy(
    job: String, pods: [Pod] = [], status: String = #"{"phase":"Setting up primary"}"#,
    label: String = #""pgvigil.io/recovery":"r1","#
  ) throws -> CloudNativePGFacts {
    let cluster: CNPGCluster = try Stage.decode(
      """
      {"metadata":{"name":"pg-new","namespace":"prod","creationTimestamp":"\(Stage.text(ago: 60))",
      "labels":{\(label)"pgvigil.io/owner":"pgvigil"},
      "annotations":{"pgvigil.io/source":"prod/pg-main","pgvigil.io/host":"jump-1",
      "pgvigil.io/user":"anna","pgvigil.io/started":"\(Stage.text(ago: 60))"}},
      "spec":{"instances":2,"bootstrap":{"recovery":{"source":"pg-main","database":"shop"}},
      "externalClusters":[{"name":"pg-main","barmanObjectStore":
      {"destinationPath":"s3://backups/","endpointURL":"https://s3","serverName":"pg-main"}}]},
      "status":\(status)}
      """)
    var facts = CloudNativePGFacts(cluster: cluster, clusterAt: Stage.now)
    facts.jobs = Stage.observed([try Stage.decode(job)], "jobs")
    facts.pods = Stage.observed(pods, "pods")
    return facts
  }

  private func job(_ status: String) -> String {
    """
    {"metadata":{"name":"pg-new-1-full-recovery","namespace":"prod",
    "labels":{"cnpg.io/cluster":"pg-new","cnpg.io/jobRole":"full-recovery"}},
    "spec":{"backoffLimit":6},"status":\(status)}
    """
  }

  private func report(_ other: CloudNativePGFacts) throws -> EngineReport {
    Stage.assessed(
      try Stage.facts {
        $0.beside = [other]
        $0.recovered = [other.cluster]
      }
    ).report
  }

  @Test func whatIsUnderWayIsToldAtItsOrigin() throws {
    let other = try copy(job: job(#"{"active":1}"#))
    let report = try report(other)
    #expect(report.recoveries.map(\.place) == ["prod/pg-new"])
    // How long it takes is known here, and of no other cluster.
    #expect(report.recoveries.allSatisfy { $0.origin == nil })
    let kept = try #require(report.kept.first)
    #expect(kept.sentence.hasSuffix("kept in prod/pg-new, under way"), "\(kept.sentence)")
    #expect(
      try #require(Stage.facts { $0.beside = [other] }.beside.first).cluster.name == "pg-new")
  }

  @Test func triesThatFailAreToldAtItsOriginAndCostNoVerdict() throws {
    let other = try copy(job: job(#"{"failed":2,"active":1}"#))
    let facts = try Stage.facts { $0.beside = [other] }
    let finding = try #require(Stage.finding("cnpg.beside", facts))
    #expect(finding.id == "cnpg.beside:prod/pg-new")
    #expect(finding.headline.hasPrefix("prod/pg-new: Recovery from "), "\(finding.headline)")
    #expect(finding.headline.contains("try 3 of 7 runs after 2 that failed"))
    #expect(finding.severity == .warning && finding.ceiling == .proven)
    #expect(try report(other).kept.first?.state == "under way, 2 of 7 tries failed")
    #expect(Stage.finding("cnpg.beside", try Stage.facts()) == nil)
  }

  @Test("the first instance serves: the recovery is done, whatever still joins")
  func replicasJoin() throws {
    let done = job(#"{"succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}"#)
    let status =
      #"{"phase":"Waiting for the instances to become active","currentPrimary":"pg-new-1"}"#
    let starting = try copy(
      job: done, pods: [try Stage.pod("pg-new-1", ready: false)], status: status)
    #expect(
      starting.bootstrap?.stage == .starting && starting.recoveries(now: Stage.now).count == 1)
    let serving = try copy(job: done, pods: [try Stage.pod("pg-new-1")], status: status)
    #expect(serving.bootstrap == nil && serving.recoveries(now: Stage.now).isEmpty)
    let words = "its recovery is done and serves; 1 replica still joins"
    #expect(serving.activities.map(\.sentence) == [words])
    let kept = try #require(try report(serving).kept.first)
    #expect(kept.sentence.hasSuffix("done and serves; 1 replica still joins"))
    #expect(kept.connect.hasSuffix("exec -it pg-new-1 -c postgres -- psql -d shop"))
    let whole = try copy(
      job: done, pods: [try Stage.pod("pg-new-1"), try Stage.pod("pg-new-2")], status: status)
    // The operator has not said so yet, as it has not for some seconds on a real node.
    #expect(whole.joining == nil && whole.bootstrap == nil)
  }

  @Test("whose recovery it is: by its mark, else by the place that it reads")
  func origins() throws {
    let facts = try Stage.facts()
    let marked = try copy(job: job("{}"))
    #expect(facts.isOrigin(of: marked, context: "x"))
    let place = try #require(facts.cluster.archivePlace(facts.objectStore(named:)))
    var plain = try copy(job: job("{}"), label: "")
    #expect(RecoveryTag(plain.cluster.metadata) == nil)
    #expect(!facts.isOrigin(of: plain, context: "x"))
    plain.cluster.spec.externalClusters?[0].barmanObjectStore =
      facts.cluster.spec.backup?
      .barmanObjectStore
    plain.cluster.spec.externalClusters?[0].barmanObjectStore?.serverName = place.server
    #expect(facts.isOrigin(of: plain, context: "x"))
    #expect(marked.cluster.concernsOthers && plain.cluster.concernsOthers)
    plain.cluster.status?.currentPrimary = "pg-new-1"
    #expect(!plain.cluster.concernsOthers && !facts.cluster.concernsOthers)
  }
}

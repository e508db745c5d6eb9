import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// The plan of a recovery, asked of an API server.
@Suite struct ClusterRecoveryTests {
  private static func plan(
    _ stage: OperationsStage, into place: String? = nil
  ) async throws -> RecoveryPlan {
    let facts = stage.facts
    let order = try RecoveryChart(
      CloudNativePGStage.assessed(facts), now: CloudNativePGStage.now
    ).order(RecoveryQuestion(.latest, into: place))
    return try await ClusterRecoveryPlanning(site: stage.site, facts: facts, order: order).plan()
  }

  private static func check(_ plan: RecoveryPlan, _ words: String) throws -> Requirement {
    try #require(plan.checks.first { $0.what.contains(words) }, "\(words)")
  }

  @Test func `the server tries the manifest and keeps nothing`() async throws {
    let stage = try await OperationsStage()
    let plan = try await Self.plan(stage)
    #expect(plan.place == "the new Cluster \(stage.namespace)/pg-main-recovered")
    #expect(try Self.check(plan, "take the manifest").satisfied == true)
    #expect(try Self.check(plan, "name is not in use").satisfied == true)
    #expect(try Self.check(plan, "Secrets that it reads").satisfied == true)
    // Nobody reads the store here.
    #expect(try Self.check(plan, "nothing lies where").satisfied == nil)
    #expect(plan.roads.map(\.kind) == [.beside, .giveBack, .takeOver])
    let made = try await stage.client.list(CNPGCluster.resource, in: stage.namespace, labels: "")
    #expect(made.compactMap { $0.at("metadata", "name")?.string } == ["pg-main"])
  }

  @Test func `a name in use is said, and avoided where nobody chose it`() async throws {
    let stage = try await OperationsStage()
    let manifest = try await Self.plan(stage).manifest
    #expect(manifest?.name == "pg-main-recovered.yaml")
    var map = try #require(
      try await stage.client.get(CNPGCluster.resource, in: stage.namespace, "pg-main")?.map)
    map["metadata"] = .labels(["name": "pg-main-recovered", "namespace": stage.namespace])
    map["status"] = nil
    _ = try await stage.client.create(CNPGCluster.resource, in: stage.namespace, .map(map))
    #expect(try await Self.plan(stage).place.hasSuffix("/pg-main-recovered-2"))
    let named = try await Self.plan(stage, into: "pg-main-recovered")
    #expect(try Self.check(named, "name is not in use").satisfied == false)
    for wrong in ["pg-main", "Upper", "a/b/c", String(repeating: "x", count: 51)] {
      await #expect(throws: RecoveryError.self) { try await Self.plan(stage, into: wrong) }
    }
  }

  @Test func `one that stays is gone on from, and not made a second time`() async throws {
    let stage = try await OperationsStage()
    var map = try #require(
      try await stage.client.get(CNPGCluster.resource, in: stage.namespace, "pg-main")?.map)
    map["metadata"] = .labels(["name": "pg-main-recovered", "namespace": stage.namespace])
    map["status"] = nil
    let tag = RecoveryTag(
      id: "k1", source: ObjectKey(namespace: stage.namespace, name: "pg-main"), moment: "latest",
      host: "jump", user: "ana", started: CloudNativePGStage.now)
    let made = tag.marking(.map(map))
    _ = try await stage.client.create(CNPGCluster.resource, in: stage.namespace, made)
    var serving = try #require(made.map)
    serving["status"] = .labels(["currentPrimary": "pg-main-recovered-1"])
    var facts = stage.facts
    facts.recovered = [try #require(ObjectTree.map(serving).decoded(CNPGCluster.self))]
    func plan(_ place: String?) async throws -> RecoveryPlan {
      var question = RecoveryQuestion(.latest, into: place)
      question.lost = [try #require(LostTable(database: "app", name: "public.a"))]
      let order = try RecoveryChart(
        CloudNativePGStage.assessed(facts), now: CloudNativePGStage.now
      ).order(question)
      return try await ClusterRecoveryPlanning(site: stage.site, facts: facts, order: order).plan()
    }
    let stays = try await plan("pg-main-recovered")
    #expect(stays.kept?.id == "k1" && stays.manifest == nil)
    #expect(stays.roads.map(\.kind) == [.beside, .giveBack, .takeOver])
    let giving = stays.roads[1].steps[0].commands
    #expect(giving.contains { $0.contains("exec pg-main-recovered-1 -c postgres -- pg_dump") })
    // What reads nothing must not read what is typed next.
    #expect(giving.allSatisfy { $0.contains("exec -i") == ($0.contains(" < ")) }, "\(giving)")
    #expect(stays.notes.contains { $0.contains("pgvigil remove") })
    // The latest is another moment by now.
    #expect(try await plan(nil).kept == nil)
  }

  @Test func `what may not be looked at is unknown, with the right's name`() async throws {
    let stage = try await OperationsStage(user: User("watcher", roles: [.reader()]))
    let plan = try await Self.plan(stage)
    #expect(try Self.check(plan, "this account may make it").satisfied == false)
    for words in ["take the manifest", "NetworkPolicies", "quotas", "kind of processor"] {
      let check = try Self.check(plan, words)
      #expect(check.satisfied == nil && !check.detail.isEmpty, "\(check)")
    }
  }

  @Test func `in another namespace the first step brings what it names`() async throws {
    let stage = try await OperationsStage(plugin: true)
    let plan = try await Self.plan(stage, into: "\(stage.drills)/copy")
    let text = try #require(plan.manifest?.text)
    #expect(text.contains("kind: ObjectStore") && text.contains("serverName: copy"))
    let first = try #require(plan.roads.first?.steps.first)
    #expect(first.commands.count == 1 && first.commands[0].contains("get secret minio"))
    #expect(try Self.check(plan, "Secrets that it reads").satisfied == nil)
  }

  @Test func `of a Cluster that is gone the bucket is named`() async throws {
    let stage = try await OperationsStage()
    try await stage.client.delete(CNPGCluster.resource, in: stage.namespace, "pg-main")
    let error = await #expect(throws: RecoveryError.self) { try await Self.plan(stage) }
    #expect(error?.code == .refused)
    #expect(
      error?.remedy.contains("pgvigil plan recovery s3://backups/pg-main --at") == true,
      "\(error?.remedy ?? "")")
  }
}

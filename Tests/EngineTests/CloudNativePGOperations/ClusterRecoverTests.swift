import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// Recoveries into a new Cluster that stays, and their end.
@Suite(.closingServers) struct ClusterRecoverTests {
  /// Into the namespace in which the stage plays the operator.
  private static func plan(_ stage: OperationsStage) async throws -> OperationPlan {
    try await stage.server.make([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": "minio", "namespace": .string(stage.drills)],
      "data": ["ACCESS_KEY_ID": "a2V5", "ACCESS_SECRET_KEY": "c2VjcmV0"],
    ])
    let order = try RecoveryChart(
      CloudNativePGStage.assessed(stage.facts), now: CloudNativePGStage.now
    ).order(RecoveryQuestion(.latest, into: "\(stage.drills)/copy"))
    return try await stage.operations().plan(recovering: order, report: EngineReport())
  }

  private static func recover(
    _ stage: OperationsStage, _ play: (String) async throws -> Void
  ) async throws -> [OperationEvent.Kind] {
    let plan = try await plan(stage)
    #expect(plan.typedConfirmation == stage.declaration.name)
    for words in ["cannot write to production", "follow it and take it back", "Secrets that the"] {
      let requirement = plan.requirements.first { $0.what.contains(words) }
      #expect(requirement?.satisfied == true, "\(words): \(plan.requirements)")
    }
    return try await stage.run(stage.operations(), plan) { event in
      if event == .log("made Cluster \(stage.drills)/copy") { try await play("copy") }
    }
  }

  private static let left =
    "What it has archived stays in the store, under its own server name; when nobody can want it any "
    + "more: aws s3 rm --recursive s3://backups/copy/ --endpoint-url http://minio:9000"

  /// As the watches show it.
  private static func watched(_ stage: OperationsStage) async throws -> CNPGCluster {
    let tree = try await stage.client.get(CNPGCluster.resource, in: stage.drills, "copy")
    return try (tree?.decoded(CNPGCluster.self)).orThrow()
  }

  @Test(.timeLimit(.minutes(30)))
  func `it stays under our mark, no reaper takes it, and it goes when asked to`() async throws {
    let stage = try await OperationsStage()
    let events = try await Self.recover(stage) { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    guard case .kept(let kept, let record)? = events.last else {
      return #expect(Bool(false), "\(events)")
    }
    #expect(record?.reachedLSN == LSN(text: "0/9000060") && record?.moment == nil)
    #expect(record?.reachedTime == CloudNativePGStage.date("2026-08-21T10:04:58.5Z"))
    #expect(kept.place == "\(stage.drills)/copy" && kept.moment == "latest")
    let made = try await Self.watched(stage)
    #expect(RecoveryTag(made.metadata)?.source.name == "pg-main")
    #expect(made.serverName == "copy" && made.concernsOthers)
    // It lies where drills lie, without their label: nobody clears it away.
    #expect(try await stage.operations().reap() == [])
    stage.change { $0.recovered = [made] }
    let operations = stage.operations()
    let plan = try await operations.plan(.remove(recovery: kept.id), report: EngineReport())
    #expect(plan.typedConfirmation == kept.place && plan.unmet == [])
    let gone = try await stage.run(operations, plan)
    #expect(gone.last == .removed(recovery: kept.id, left: Self.left))
    #expect(try await stage.server.names(CNPGCluster.resource, stage.drills) == [])
    #expect(try await stage.server.names(CNPGCluster.resource, stage.namespace) == ["pg-main"])
  }

  @Test(.timeLimit(.minutes(30)))
  func `what production archives is never among what may be thrown away`() async throws {
    let stage = try await OperationsStage()
    _ = try await Self.recover(stage) { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    try await stage.server.change(CNPGCluster.resource, stage.drills, "copy") {
      $0.set("pg-main", at: "spec", "backup", "barmanObjectStore", "serverName")
    }
    let made = try await Self.watched(stage)
    stage.change { $0.recovered = [made] }
    let id = try #require(RecoveryTag(made.metadata)?.id)
    let plan = try await stage.operations().plan(
      .remove(recovery: id), report: EngineReport())
    let notes = plan.notes.joined(separator: " ")
    #expect(notes.contains("production's own archive") && !notes.contains("aws s3 rm"), "\(notes)")
  }

  /// As `manifest rbac --role recover` grants them.
  private static func account() -> User {
    let rules = AccessRules.watch + AccessRules.recover(secrets: ["minio"])
    return User(
      "recover",
      roles: [
        Role(AccessRules.watch, in: ["prod"]), Role(rules, in: ["drills"]),
        Role(AccessRules.recoverCluster, in: nil),
      ])
  }

  @Test(.timeLimit(.minutes(30)))
  func `the rights that the manifests grant suffice`() async throws {
    let stage = try await OperationsStage(user: Self.account())
    _ = try await Self.recover(stage) { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    let made = try await Self.watched(stage)
    stage.change { $0.recovered = [made] }
    let id = try #require(RecoveryTag(made.metadata)?.id)
    let operations = stage.operations()
    let plan = try await operations.plan(.remove(recovery: id), report: EngineReport())
    let gone = try await stage.run(operations, plan)
    #expect(gone.last == .removed(recovery: id, left: Self.left))
  }

  @Test(.timeLimit(.minutes(30)))
  func `a recovery that fails leaves nothing, and says why`() async throws {
    let stage = try await OperationsStage()
    let error = await #expect(throws: RecoveryError.self) {
      try await Self.recover(stage) { copy in
        try await stage.beginRecovery(copy)
        stage.sayServer(
          "FATAL", "WAL ends before end of online backup", pod: "\(copy)-1-full-recovery-a")
        try await stage.endPod("\(copy)-1-full-recovery-a", phase: "Failed", exitCode: 1)
        try await stage.makePod(
          "\(copy)-1-full-recovery-b", of: copy, status: ["phase": "Failed"])
      }
    }
    #expect(error?.code == .failed && error?.message.contains("nothing of it is left") == true)
    #expect(try await stage.server.names(CNPGCluster.resource, stage.drills) == [])
  }

  @Test(.onlyStandIn("it has no webhook of ours"), .timeLimit(.minutes(30)))
  func `one that would archive as production is never made`() async throws {
    let stage = try await OperationsStage()
    let plan = try await Self.plan(stage)
    let drills = stage.drills
    stage.server.standIn?.mutate { plural, object in
      guard plural == "clusters", object[path: "metadata", "namespace"]?.string == drills else {
        return
      }
      object.set("pg-main", at: "spec", "backup", "barmanObjectStore", "serverName")
    }
    let error = await #expect(throws: RecoveryError.self) {
      _ = try await stage.run(stage.operations(), plan)
    }
    #expect(error?.message.contains("production's archive") == true, "\(String(describing: error))")
    #expect(try await stage.server.names(CNPGCluster.resource, stage.drills) == [])
  }

  @Test func `a Cluster of somebody else is not removed`() async throws {
    let stage = try await OperationsStage()
    var other = stage.facts.cluster
    other.metadata.labels = [OwnLabel.recovery: "abc"]
    let cluster = other
    stage.change { $0.recovered = [cluster] }
    await #expect(throws: RecoveryError.self) {
      _ = try await stage.operations().plan(.remove(recovery: "abc"), report: EngineReport())
    }
  }
}

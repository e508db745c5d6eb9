import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

@Suite(.closingServers) struct ClusterBackupTests {
  private static func plan(
    _ stage: OperationsStage, name: String? = "initial-smoke-test"
  ) async throws -> OperationPlan {
    try await stage.operations().plan(.backup(.full, name: name), report: EngineReport())
  }

  private static let completed: JSONValue = [
    "phase": "completed", "backupId": "20260821T100000", "endWal": "000000020000000000000009",
    "endLSN": "0/9000158",
  ]

  @Test(.timeLimit(.minutes(30)), arguments: [false, true])
  func `a backup goes by the cluster's own method and is followed to its end WAL`(
    plugin: Bool
  ) async throws {
    let stage = try await OperationsStage(plugin: plugin)
    stage.change { $0.schedules = CloudNativePGStage.observed([], "ScheduledBackups") }
    let operations = stage.operations()
    let plan = try await Self.plan(stage)
    #expect(plan.unmet == [])
    #expect(try await stage.backup("initial-smoke-test") == nil)
    let events = try await stage.run(operations, plan) { event in
      switch event {
      case .stepBegan(let step) where step.hasPrefix("pending"):
        try await stage.setBackup("initial-smoke-test", ["phase": "started"])
      case .stepBegan(let step) where step.hasPrefix("started"):
        try await stage.setBackup("initial-smoke-test", ["phase": "running"])
      case .stepBegan(let step) where step.hasPrefix("running"):
        try await stage.setBackup("initial-smoke-test", Self.completed)
      default: break
      }
    }
    #expect(events.last == .backupFinished(label: "initial-smoke-test"))
    let made = try await stage.backup("initial-smoke-test")
    #expect(made?[path: "spec", "method"] == (plugin ? "plugin" : "barmanObjectStore"))
    #expect(
      made?[path: "spec", "pluginConfiguration", "name"]?.string
        == (plugin ? CNPGCluster.barmanCloudPlugin : nil))
    #expect(made?[path: "metadata", "labels", DrillLabel.operation] == .string(plan.id))
    #expect(made?[path: "metadata", "labels", "cnpg.io/cluster"] == "pg-main")
  }

  @Test func `a snapshot that would lack what the last one lacked is warned of`() async throws {
    let stage = try await OperationsStage()
    func warning(_ elements: [CNPGBackup.SnapshotStatus.Element]) throws -> String? {
      let facts = try CloudNativePGStage.facts { facts in
        facts.cluster.spec.tablespaces = nil
        facts.cluster.spec.backup?.volumeSnapshot = CNPGCluster.VolumeSnapshot(className: "csi")
        try facts.changeBackups {
          $0[0].spec.method = "volumeSnapshot"
          $0[0].status?.method = "volumeSnapshot"
          $0[0].status?.snapshotBackupStatus = CNPGBackup.SnapshotStatus(elements: elements)
        }
      }
      let planning = ClusterBackupPlanning(
        site: stage.site, facts: facts, now: CloudNativePGStage.now)
      #expect(planning.lacking(.inTree) == nil)
      return planning.lacking(.snapshot)
    }
    let data = CNPGBackup.SnapshotStatus.Element(name: "d", type: "PG_DATA")
    let lacking = try #require(try warning([data]))
    #expect(lacking.contains("lacks the WAL volume (PG_WAL), and this one will again"))
    #expect(lacking.contains("spec.backup.volumeSnapshot.walClassName"))
    #expect(try warning([data, .init(name: "w", type: "PG_WAL")]) == nil)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a completed backup whose end WAL does not come is said not to be restorable`()
    async throws
  {
    let stage = try await OperationsStage()
    stage.change { $0.changePrimary { $0.lastArchivedWAL = "000000020000000000000008" } }
    let plan = try await Self.plan(stage, name: nil)
    let name = try (plan.order?.as(ClusterBackupOrder.self)).orThrow().name
    #expect(name == "pg-main-pgvigil-20260821100600")
    let events = try await stage.run(stage.operations(), plan) { event in
      if case .stepBegan(let step) = event, step.hasPrefix("pending") {
        try await stage.setBackup(name, Self.completed)
      }
    }
    guard case .backupFinished(let label)? = events.last else {
      Issue.record("no end")
      return
    }
    #expect(label.contains("NOT RESTORABLE YET"))
    #expect(label.contains("000000020000000000000009"))
    #expect(label.contains("the last archived segment is 000000020000000000000008"))
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      (["phase": "failed", "error": "requested plugin is not available: x"], "failed"),
      (["phase": "walArchivingFailing"], "is stuck"),
      (["phase": "invalid backup definition"], "is stuck"),
    ] as [(JSONValue, String)])
  func `a backup that will never be one is a failure with words`(
    status: JSONValue, words: String
  ) async throws {
    let stage = try await OperationsStage()
    let plan = try await Self.plan(stage)
    do {
      _ = try await stage.run(stage.operations(), plan) { event in
        if case .stepBegan(let step) = event, step.hasPrefix("pending") {
          try await stage.setBackup("initial-smoke-test", status)
        }
      }
      Issue.record("called done")
    } catch let error as RecoveryError {
      #expect(error.code == .failed)
      #expect(error.message.contains(words))
      #expect(!error.remedy.isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(30)), arguments: [("pending", true), ("running", false)])
  func `cancelling deletes our own backup only while it waits`(
    phase: String, isDeleted: Bool
  ) async throws {
    let stage = try await OperationsStage()
    let plan = try await Self.plan(stage)
    let operations = stage.operations()
    let (told, tell) = AsyncStream.makeStream(of: Void.self)
    let reader = Task { () -> RecoveryError? in
      do {
        for try await event in operations.start(plan) {
          guard case .stepBegan(let step) = event.kind else { continue }
          if step.hasPrefix("pending"), phase != "pending" {
            try await stage.setBackup("initial-smoke-test", ["phase": .string(phase)])
          } else if step.hasPrefix(phase) {
            tell.finish()
          }
        }
        return nil
      } catch {
        return error as? RecoveryError
      }
    }
    for await _ in told {}
    reader.cancel()
    let error = await reader.value
    _ = await operations.settled(plan)
    let left = try await stage.backup("initial-smoke-test")
    #expect((left == nil) == isDeleted)
    // Between two events of a stream there is nobody to tell.
    guard let error else { return }
    #expect(error.code == .cancelled)
    #expect(
      error.message
        == (isDeleted
          ? "Backup initial-smoke-test had not begun and was deleted"
          : "Backup initial-smoke-test had begun: it goes on at the operator, where CloudNativePG "
            + "cannot stop it"))
  }

  @Test(.timeLimit(.minutes(30)))
  func `the queue before it is in the plan and in the progress`() async throws {
    let stage = try await OperationsStage()
    let first = try CloudNativePGStage.backup("early-1", phase: "running", created: 600)
    try stage.change { try $0.changeBackups { $0.append(first) } }
    try await stage.server.make([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
      "metadata": [
        "name": "early-1", "namespace": .string(stage.namespace),
      ],
      "spec": ["cluster": ["name": "pg-main"], "method": "barmanObjectStore"],
      "status": ["phase": "running"],
    ])
    let plan = try await Self.plan(stage)
    #expect(
      plan.steps.contains { $0.words.contains("early-1 (running since 2026-08-21T09:56:00Z)") })
    var waited = false
    _ = try await stage.run(stage.operations(), plan) { event in
      guard case .stepBegan(let step) = event, step.hasPrefix("pending") else { return }
      waited = waited || step.contains("waits for early-1")
      try await stage.setBackup("initial-smoke-test", Self.completed)
    }
    #expect(waited)
  }

  @Test func `names are checked before anything is asked`() async throws {
    for name in ["Initial", "under_score", "-a", "a..b", "", String(repeating: "a", count: 254)] {
      #expect(throws: RecoveryError.self) {
        try ClusterBackupPlanning.name(name, cluster: "c", now: CloudNativePGStage.now)
      }
    }
    let name = try ClusterBackupPlanning.name(
      "initial-smoke-test", cluster: "c", now: CloudNativePGStage.now)
    #expect(name == "initial-smoke-test")
  }

  @Test func `without the right it is refused, with the missing rule`() async throws {
    let stage = try await OperationsStage(
      user: User("reader", roles: [.reader(namespaces: ["prod", "drills"])]))
    let plan = try await Self.plan(stage)
    let unmet = try #require(plan.unmet.first)
    #expect(
      unmet.detail.contains(
        "{apiGroups: [postgresql.cnpg.io], resources: [backups], verbs: [create]}"))
    #expect(try await stage.backup("initial-smoke-test") == nil)
  }

  @Test func `what the server would refuse is refused in the plan`() async throws {
    let stage = try await OperationsStage()
    await #expect(throws: RecoveryError.self) {
      _ = try await Self.plan(stage, name: "pg-main-nightly-20260821030000")
    }
  }

  // MARK: Clearing

  @Test func `a stuck backup is cleared by name, and only while it is stuck`() async throws {
    let stage = try await OperationsStage()
    let stuck = try CloudNativePGStage.backup("stuck", phase: "walArchivingFailing", created: 7200)
    let waiting = try CloudNativePGStage.backup("waiting", phase: "pending", created: 3600)
    try stage.change { try $0.changeBackups { $0 += [stuck, waiting] } }
    let makeStuck = { (phase: JSONValue) in
      _ = try await stage.server.make([
        "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
        "metadata": ["name": "stuck", "namespace": .string(stage.namespace)],
        "spec": ["cluster": ["name": "pg-main"]], "status": ["phase": phase],
      ])
    }
    try await makeStuck("walArchivingFailing")
    let uid = try await stage.backup("stuck")?[path: "metadata", "uid"]
    try stage.change {
      try $0.changeBackups { list in
        for index in list.indices where list[index].name == "stuck" {
          list[index].metadata.uid = uid?.string
        }
      }
    }
    let operations = stage.operations()
    let plan = try await operations.plan(.clear(backup: "stuck"), report: EngineReport())
    #expect(plan.typedConfirmation == stage.declaration.name)
    #expect(plan.steps.contains { $0.words.contains("waiting (pending") })
    #expect(try await stage.backup("stuck") != nil)
    let events = try await stage.run(operations, plan)
    #expect(events.last == .cleared(backup: "stuck"))
    #expect(try await stage.backup("stuck") == nil)

    // Another one of that name, and one that has ended meanwhile.
    try await makeStuck("walArchivingFailing")
    await #expect(throws: RecoveryError.self) { _ = try await stage.run(operations, plan) }
    try await stage.setBackup("stuck", ["phase": "completed"])
    await #expect(throws: RecoveryError.self) { _ = try await stage.run(operations, plan) }
    #expect(try await stage.backup("stuck") != nil)
    await #expect(throws: RecoveryError.self) {
      _ = try await operations.plan(.clear(backup: "waiting-not"), report: EngineReport())
    }
  }
}

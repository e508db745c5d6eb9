import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// A restore that lacks a Secret waits in silence: what it needs is looked for beforehand.
@Suite(.closingServers) struct DrillSecretTests {
  private func unmet(_ stage: OperationsStage) async throws -> [String] {
    try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport()
    ).unmet.map(\.detail)
  }

  /// Sets the source's Secret to these keys.
  private func keep(_ data: JSONValue, _ stage: OperationsStage) async throws {
    try await stage.server.change(.secrets, stage.namespace, "minio") { $0["data"] = data }
  }

  @Test(.timeLimit(.minutes(30)), arguments: [false, true])
  func `a missing Secret refuses the plan by its name and its keys`(plugin: Bool) async throws {
    let stage = try await OperationsStage(plugin: plugin)
    _ = try await stage.client.delete(.secrets, in: stage.namespace, "minio")
    #expect(
      try await unmet(stage) == [
        "the Secret minio does not exist in \(stage.namespace) "
          + "(its keys: ACCESS_KEY_ID, ACCESS_SECRET_KEY)"
      ])
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `a missing key and an empty one are named`() async throws {
    let stage = try await OperationsStage()
    try await keep(["ACCESS_KEY_ID": "", "UNRELATED": "bm8="], stage)
    #expect(
      try await unmet(stage) == [
        "the Secret minio in \(stage.namespace) has no key ACCESS_SECRET_KEY; "
          + "the Secret minio in \(stage.namespace) has nothing in ACCESS_KEY_ID"
      ])
  }

  @Test(.timeLimit(.minutes(30)))
  func `a Secret that goes between plan and drill is met by the preflight`() async throws {
    let stage = try await OperationsStage()
    let operations = stage.operations(kubectl: "/bin/sh")
    let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
    #expect(plan.unmet == [])
    try await keep(["ACCESS_KEY_ID": "a2V5"], stage)
    let events = try await stage.run(operations, plan)
    guard case .drillFinished(let record)? = events.last else {
      Issue.record("no record")
      return
    }
    #expect(record.outcome == .couldNotRun && record.failedIn == .preflight)
    #expect(record.reason?.contains("has no key ACCESS_SECRET_KEY") == true)
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `an ObjectStore that is gone refuses the plan by its name`() async throws {
    let stage = try await OperationsStage(plugin: true)
    _ = try await stage.client.delete(
      BarmanObjectStore.resource, in: stage.namespace, "minio-store")
    await #expect(throws: RecoveryError.self) { _ = try await unmet(stage) }
    do {
      _ = try await unmet(stage)
    } catch let error as RecoveryError {
      #expect(error.code == .refused)
      #expect(
        error.message == "the ObjectStore minio-store does not exist in \(stage.namespace)")
    }
  }
}

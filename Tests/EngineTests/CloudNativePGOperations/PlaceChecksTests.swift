import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// What a plan of a drill asks of the place where the copy would be made.
@Suite(.closingServers) struct PlaceChecksTests {
  private static func plan(_ stage: OperationsStage) async throws -> OperationPlan {
    try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport())
  }

  private static func requirement(_ words: String, _ plan: OperationPlan) throws -> Requirement {
    try #require(plan.requirements.first { $0.what.contains(words) }, "\(plan.requirements)")
  }

  @Test(.onlyStandIn("what a quota has used up, its controller says"), .timeLimit(.minutes(30)))
  func `a quota that leaves no room refuses the drill`() async throws {
    let stage = try await OperationsStage()
    func quota(_ storage: String) throws {
      try stage.server.standIn?.seed([
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": ["name": "small", "namespace": .string(stage.drills)],
        "status": [
          "hard": ["requests.storage": .string(storage)], "used": ["requests.storage": "0"],
        ],
      ])
    }
    try quota("1Ti")
    #expect(try await Self.plan(stage).unmet == [])
    try quota("1Mi")
    let unmet = try await Self.plan(stage).unmet
    #expect(unmet.count == 1 && unmet.first?.detail.contains("small: requests.storage") == true)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a storage class that is not there refuses it`() async throws {
    let stage = try await OperationsStage()
    try await stage.server.change(CNPGCluster.resource, stage.namespace, "pg-main") {
      $0.set("gone", at: "spec", "storage", "storageClass")
    }
    let unmet = try await Self.plan(stage).unmet
    #expect(unmet.map(\.detail) == ["there is no StorageClass gone"])
  }

  @Test(.onlyStandIn("nodes are the kubelet's"), .timeLimit(.minutes(30)))
  func `an image that a node has is at hand, another one nobody has tried`() async throws {
    let stage = try await OperationsStage()
    #expect(try await Self.requirement("image is on", Self.plan(stage)).satisfied == nil)
    let image = try #require(stage.facts.cluster.status?.image)
    func make(_ node: String, isCordoned: Bool) throws {
      try stage.server.standIn?.seed([
        "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(node)],
        "spec": ["unschedulable": .bool(isCordoned)],
        "status": [
          "nodeInfo": ["architecture": .string(node == "a" ? "amd64" : "arm64")],
          "images": [["names": [.string(image)]]],
        ],
      ])
    }
    try make("a", isCordoned: false)
    try make("b", isCordoned: true)
    let plan = try await Self.plan(stage)
    let found = try Self.requirement("image is on", plan)
    #expect(found.satisfied == true && found.detail.contains("on 1 of 1 nodes"))
    #expect(try Self.requirement("kind of processor", plan).satisfied == nil)
    #expect(plan.unmet == [])
    // A copy that nobody takes in waits for ever.
    try make("a", isCordoned: true)
    let unmet = try await Self.plan(stage).unmet
    #expect(unmet.map(\.detail) == ["0 of 2, 2 cordoned: kubectl uncordon NODE"])
  }

  @Test(.timeLimit(.minutes(30)))
  func `what the account may not look at keeps no drill from running`() async throws {
    let roles = [
      Role(AccessRules.watch + AccessRules.drillSource(secrets: ["minio"]), in: ["prod"]),
      Role(AccessRules.drill + AccessRules.portForward, in: ["drills"]),
    ]
    let stage = try await OperationsStage(user: User("drill", roles: roles))
    let plan = try await Self.plan(stage)
    #expect(plan.unmet == [])
    for words in ["storage class", "quotas", "image is on", "NetworkPolicies"] {
      #expect(try Self.requirement(words, plan).satisfied == nil, "\(words)")
    }
  }
}

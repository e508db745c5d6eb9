import FoundationEssentials
import Kubernetes
import RecoveryModel

extension ClusterObservatory {
  /// Seconds between two looks at the operator itself, which all clusters of a context share.
  static let operatorPace = 60.0
  /// As its manifests and its chart label it; the namespace is that of the manifests.
  private static let operatorLabel = "app.kubernetes.io/name=cloudnative-pg"
  private static let operatorNamespace = "cnpg-system"

  /// Looks for the operator's Deployments, in all namespaces or in its usual one. False when that was done lately, or
  /// where this account may do neither: then nothing is said of it.
  func lookAtOperator(pace: Double) async -> Bool {
    if let operatorAt, now().timeIntervalSince(operatorAt) < pace { return false }
    guard context.outage(of: key.namespace) == nil, let client = context.connection?.client else {
      return false
    }
    let asked = now()
    operatorAt = asked
    let listed = await context.lists.items(
      of: Deployment.resource, in: "", age: pace / 2, now: asked
    ) { [gate = context.gate] in
      await gate.pass { await Self.operators(client) }
    }
    let before = operators
    operators =
      listed.map { .value($0.items, source: Deployment.resource.title, at: $0.at) } ?? .pending
    return operators != before
  }

  /// nil = they may not be listed.
  private static func operators(_ client: KubernetesClient) async -> [Deployment]? {
    for namespace in [nil, operatorNamespace] {
      let found = try? await client.list(
        Deployment.resource, in: namespace, labels: operatorLabel)
      if let found { return found.compactMap { $0.decoded(Deployment.self) } }
    }
    return nil
  }
}

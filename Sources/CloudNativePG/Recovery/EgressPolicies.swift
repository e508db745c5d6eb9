import Kubernetes
import RecoveryModel

/// Whether the pods of a recovery would be let out to the store, by the NetworkPolicies of their namespace. Their labels
/// are not those of production's: what lets production out may not know them.
struct EgressPolicies: Sendable {
  /// The namespace's NetworkPolicies as the server has them.
  var policies: [ObjectTree]

  /// Labels of the pods that a recovery of that name runs in.
  static func labels(of cluster: String, inherited: [String: String]) -> [String: String] {
    inherited.merging([
      "cnpg.io/cluster": cluster, "cnpg.io/instanceName": "\(cluster)-1",
      "cnpg.io/jobRole": ClusterDrillOrder.jobRole,
      "job-name": "\(cluster)-1-\(ClusterDrillOrder.jobRole)",
      "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": cluster,
      "app.kubernetes.io/managed-by": "cloudnative-pg", "app.kubernetes.io/component": "database",
    ]) { $1 }
  }

  func requirement(_ labels: [String: String], production: [String: String]) -> Requirement {
    let what = "NetworkPolicies let the recovery job out"
    let meant = policies.filter { Self.isEgress($0) && Self.selects($0, labels) }
    guard !meant.isEmpty else {
      return .met(what, policies.isEmpty ? "there are none" : "none holds back what it sends")
    }
    let rules = meant.flatMap { $0.at("spec", "egress")?.list ?? [] }
    let names = Self.names(meant)
    if rules.contains(where: {
      ($0.at("to")?.list ?? []).isEmpty && ($0.at("ports")?.list ?? []).isEmpty
    }) {
      return .met(what, "\(names) let everything out")
    }
    guard !rules.isEmpty else {
      let others = policies.filter {
        Self.isEgress($0) && Self.selects($0, production) && !Self.selects($0, labels)
          && !($0.at("spec", "egress")?.list ?? []).isEmpty
      }
      let hint =
        others.isEmpty
        ? "" : "; production is let out by \(Self.names(others)), which does not select it"
      return .notMet(
        what, "\(names) let nothing out: neither the store nor the API server can be reached\(hint)"
      )
    }
    return .unknown(
      what,
      "\(names) hold it back: see that their rules let it out to the store, to DNS and to the API server"
    )
  }

  private static func names(_ policies: [ObjectTree]) -> String {
    policies.compactMap { $0.at("metadata", "name")?.string }.sorted().prefix(4)
      .map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
  }

  /// Without `policyTypes` one counts for what goes out where it has rules for that.
  private static func isEgress(_ policy: ObjectTree) -> Bool {
    guard let types = policy.at("spec", "policyTypes")?.list else {
      return policy.at("spec", "egress") != nil
    }
    return types.contains { $0.string == "Egress" }
  }

  private static func selects(_ policy: ObjectTree, _ labels: [String: String]) -> Bool {
    let selector = policy.at("spec", "podSelector")
    let wanted = selector?.at("matchLabels")?.strings ?? [:]
    guard wanted.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
    return (selector?.at("matchExpressions")?.list ?? []).allSatisfy { expression in
      guard let key = expression.at("key")?.string else { return false }
      let values = (expression.at("values")?.list ?? []).compactMap(\.string)
      switch expression.at("operator")?.string {
      case "In": return labels[key].map(values.contains) ?? false
      case "NotIn": return labels[key].map { !values.contains($0) } ?? true
      case "Exists": return labels[key] != nil
      case "DoesNotExist": return labels[key] == nil
      default: return true
      }
    }
  }
}

import Kubernetes
import Transports

/// Watched as a part of the cluster that its label names.
extension Job: KubernetesObject {
  /// `initdb`, `full-recovery`, `join`, ….
  package var role: String? { metadata.labels?["cnpg.io/jobRole"] }

  package var owner: ObjectKey {
    ObjectKey(
      namespace: metadata.namespace ?? "", name: metadata.labels?["cnpg.io/cluster"] ?? "")
  }
}

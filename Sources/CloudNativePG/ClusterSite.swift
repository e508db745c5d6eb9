import Kubernetes
import RecoveryModel

/// One cluster as what acts on it sees it: where it is, how to reach it, and what is known of it.
package struct ClusterSite: Sendable {
  /// The kubeconfig's context.
  package var context: String
  package var client: KubernetesClient
  package var namespace: String
  /// The cluster's name in its namespace.
  package var name: String
  package var declaration: ClusterDeclaration
  package var settings: CloudNativePGSettings
  /// For a kubectl child, as `port-forward`; nil = where kubectl looks by itself, as we did.
  package var kubeconfig: String?
  /// What is known now, from the watched objects and the last look at the instances; nil while the Cluster is not
  /// known. Never waits for the server.
  package var facts: @Sendable () async -> CloudNativePGFacts?
  /// Asks every instance anew before it answers, each for so many seconds.
  package var look: @Sendable (_ patience: Double) async -> CloudNativePGFacts?
  /// Something of this cluster changed: one element now, then one at every change, coalesced. Ends with its reader.
  package var changes: @Sendable () -> AsyncStream<Void>
  /// Whether nothing lies under that server name in the cluster's store. Throws where it cannot be told.
  package var isArchiveEmpty: @Sendable (_ server: String) async throws -> Bool = { _ in
    throw RecoveryError(.refused, "the store is not read from here")
  }
  /// The ledgers of the drill namespace as they are watched.
  package var ledgers: ResourceCache<ConfigMap>

  package var drillNamespace: String { settings.drillNamespace }

  /// What a kubectl child gets beside what it inherits. A pipe that we have read is read by nobody else: what it gave
  /// stands in for it.
  var kubectlVariables: [String: String] {
    let inherited = ContextAccess.processVariables["KUBECONFIG"] ?? ""
    let shown = KubeconfigFiles.shared.forChild(kubeconfig ?? inherited)
    return kubeconfig == nil && shown == inherited ? [:] : ["KUBECONFIG": shown]
  }

  /// The way of kubectl to a pod's PostgreSQL.
  func forwardTarget(pod: String, namespace: String) -> PortForward.Target {
    PortForward.Target(
      context: context, namespace: namespace, pod: pod, variables: kubectlVariables)
  }
}

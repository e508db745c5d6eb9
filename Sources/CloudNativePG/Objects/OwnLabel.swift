import Kubernetes
import RecoveryModel

/// Labels on our own objects.
package enum OwnLabel {
  /// On everything that a drill makes; its value is the drill's id.
  package static let drill = "pgvigil.io/drill"
  /// On a Cluster that was recovered beside production and stays; its value is the recovery's id. Drills never look for it.
  package static let recovery = "pgvigil.io/recovery"
  /// `true` on a ConfigMap that holds a ledger.
  package static let ledger = "pgvigil.io/ledger"
  /// On a ledger: namespace and name of the cluster that it is about, so that its news reach that cluster alone.
  package static let clusterNamespace = "pgvigil.io/cluster-namespace"
  package static let cluster = "pgvigil.io/cluster"
}

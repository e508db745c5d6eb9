import Kubernetes
import RecoveryModel

/// What a planned recovery into a new Cluster is carried out by.
struct ClusterRecoveryOrder: Sendable, Equatable {
  var tag: RecoveryTag
  var namespace: String
  var name: String
  /// With our mark on it.
  var cluster: ObjectTree
  /// The ObjectStore that another namespace needs of its own; nil = none.
  var store: ObjectTree?
  var safety: RecoverySafety
  var recovery: RecoveryOrder

  var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

  /// Whom to watch while it is made.
  var subject: CopySubject {
    let usesPlugin = cluster.at("spec", "externalClusters")?.list?.first?.at("plugin") != nil
    return CopySubject(
      namespace: namespace, name: name, labels: OwnLabel.recovery,
      containers: [ClusterDrillOrder.jobRole] + (usesPlugin ? ["plugin-barman-cloud"] : []),
      violations: { [safety] in safety.violations(of: $0) })
  }
}

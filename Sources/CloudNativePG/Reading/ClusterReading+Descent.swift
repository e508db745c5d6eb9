import FoundationEssentials
import Kubernetes
import RecoveryModel

extension ClusterReading {
  /// The cluster in sight whose backups this one was recovered from: by its mark, the Backup or the place that it names.
  func origin(of facts: CloudNativePGFacts) -> ClusterPlace? {
    guard let recovery = facts.cluster.spec.bootstrap?.recovery,
      facts.ownBackups?.contains(where: { $0.phase == .completed }) != true
    else { return nil }
    let source = facts.archiveSource(context: context.name)
    let known: ObjectKey? =
      RecoveryTag(facts.cluster.metadata)?.source
      ?? recovery.backup?.name.flatMap { owner(ofBackup: $0) }
      ?? source.flatMap { archives.owner(of: $0.place, but: key, in: context.sets) }
    if let known {
      return ClusterPlace(context: context.name, namespace: known.namespace, name: known.name)
    }
    return source.flatMap(archives.reach.archiver(at:)).map {
      ClusterPlace(context: $0.context, namespace: $0.cluster.namespace, name: $0.cluster.name)
    }
  }

  private func owner(ofBackup name: String) -> ObjectKey? {
    context.set(for: key.namespace)?.backups.index.all.first {
      $0.name == name && $0.key.namespace == key.namespace && $0.clusterName != key.name
    }?.clusterName.map { ObjectKey(namespace: key.namespace, name: $0) }
  }
}

extension CloudNativePGFacts {
  /// nil for a cluster that has a base backup of its own, is being made, or was recovered from nobody in sight.
  func descent(_ own: BackupCatalog?) -> Descent? {
    guard let descendsFrom, let own, own.usable.isEmpty, bootstrap == nil,
      let created = cluster.metadata.creationTimestamp?.date
    else { return nil }
    return Descent(
      origin: descendsFrom, aim: recoveryAim, since: created, id: RecoveryTag(cluster.metadata)?.id,
      deletion: kubectl("delete \(CNPGCluster.resource.title) \(quoted(name))"))
  }
}

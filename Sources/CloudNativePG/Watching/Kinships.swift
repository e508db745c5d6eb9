import Kubernetes
import RecoveryModel
import Synchronization

/// From whom those are recovered that others want to know of. One that is gone, or made, is of importance once more.
final class Kinships: Sendable {
  private let known = Mutex<[ObjectKey: Set<ObjectKey>]>([:])

  func origins(
    of keys: Set<ObjectKey>, _ clusters: ResourceIndex<CNPGCluster>,
    store: (_ namespace: String, _ name: String) -> BarmanObjectStore?
  ) -> Set<ObjectKey> {
    var origins: Set<ObjectKey> = []
    for key in keys {
      let cluster = clusters.objects(of: key).first
      let last = known.withLock { $0[key] }
      guard let cluster, cluster.concernsOthers else {
        if let last {
          origins.formUnion(last)
          known.withLock { $0[key] = nil }
        }
        continue
      }
      let found = last ?? origin(of: cluster, clusters, store)
      known.withLock { $0[key] = found }
      origins.formUnion(found)
    }
    return origins.subtracting(keys)
  }

  /// By its mark, else whoever archives where it reads, else, of a Backup by its name, everybody in its namespace.
  private func origin(
    of cluster: CNPGCluster, _ clusters: ResourceIndex<CNPGCluster>,
    _ store: (String, String) -> BarmanObjectStore?
  ) -> Set<ObjectKey> {
    if let tag = RecoveryTag(cluster.metadata) { return [tag.source] }
    let namespace = cluster.key.namespace
    if cluster.spec.bootstrap?.recovery?.backup != nil {
      return Set(
        clusters.owners(in: namespace).map { ObjectKey(namespace: namespace, name: $0) })
    }
    guard let place = cluster.recoveryPlace({ store(namespace, $0) }) else { return [] }
    return Set(
      clusters.all.filter { other in
        other.archivePlace { store(other.key.namespace, $0) } == place
      }.map(\.key))
  }
}

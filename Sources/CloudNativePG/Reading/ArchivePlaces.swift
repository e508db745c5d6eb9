import Kubernetes
import RecoveryModel
import Synchronization

/// Which clusters archive into which directory of a bucket, of all that a context watches. Counted anew now and then,
/// and not at each look at a cluster: a thousand clusters are to be compared with each other.
package final class ArchivePlaces: Sendable {
  private struct Count {
    var sharers: [ObjectKey: [ObjectKey]] = [:]
    var users: [ArchivePlace: Set<ObjectKey>] = [:]
    var at: ContinuousClock.Instant?
  }

  private let count = Mutex(Count())
  /// Of the clusters of every context: a copy is often made in another.
  let reach: ArchiveReach

  init(reach: ArchiveReach = ArchiveReach()) { self.reach = reach }

  /// Seconds that a count holds.
  private static let pace = Duration.seconds(10)

  /// The others that archive to where this cluster does, in order.
  func sharers(of key: ObjectKey, in sets: @autoclosure () -> [ClusterSet]) -> [ObjectKey] {
    counted(sets).sharers[key] ?? []
  }

  /// The one other cluster that archives there; nil = none, or several.
  func owner(
    of place: ArchivePlace, but key: ObjectKey, in sets: @autoclosure () -> [ClusterSet]
  ) -> ObjectKey? {
    let others = counted(sets).users[place, default: []].subtracting([key])
    return others.count == 1 ? others.first : nil
  }

  private func counted(_ sets: () -> [ClusterSet]) -> Count {
    count.withLock { count in
      if let at = count.at, .now - at < Self.pace { return count }
      let sets = sets()
      count.users = Self.users(sets.flatMap(\.clusters.index.all)) { store in
        sets.lazy.compactMap { $0.stores.index.objects(of: store).first }.first
      }
      count.sharers = Self.sharers(count.users)
      count.at = .now
      return count
    }
  }

  static func sharers(
    _ clusters: [CNPGCluster], store: (ObjectKey) -> BarmanObjectStore?
  ) -> [ObjectKey: [ObjectKey]] { sharers(users(clusters, store: store)) }

  /// Clusters whose store is not known share with nobody.
  private static func users(
    _ clusters: [CNPGCluster], store: (ObjectKey) -> BarmanObjectStore?
  ) -> [ArchivePlace: Set<ObjectKey>] {
    var users: [ArchivePlace: Set<ObjectKey>] = [:]
    for cluster in clusters {
      let namespace = cluster.metadata.namespace ?? ""
      let place = cluster.archivePlace { store(ObjectKey(namespace: namespace, name: $0)) }
      guard let place else { continue }
      users[place, default: []].insert(cluster.key)
    }
    return users
  }

  private static func sharers(
    _ users: [ArchivePlace: Set<ObjectKey>]
  ) -> [ObjectKey: [ObjectKey]] {
    var sharers: [ObjectKey: [ObjectKey]] = [:]
    for keys in users.values where keys.count > 1 {
      for key in keys { sharers[key] = keys.subtracting([key]).sorted() }
    }
    return sharers
  }
}

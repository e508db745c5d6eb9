import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Puts together what the watches hold of one cluster. Looks at nothing but this cluster's objects, and at who shares its
/// archive.
struct ClusterReading {
  let context: ClusterContext
  let archives: ArchivePlaces
  let key: ObjectKey

  /// nil while the Cluster is not known, or does not exist.
  func facts() -> CloudNativePGFacts? {
    guard let set = context.set(for: key.namespace),
      let cluster = set.clusters.index.objects(of: key).first
    else { return nil }
    var facts = CloudNativePGFacts(cluster: cluster, clusterAt: clusterAt(set))
    facts.backups = context.observed(set.backups, part: "backup catalog") { $0.objects(of: key) }
    facts.pods = context.observed(set.pods, part: "pods") { $0.objects(of: key) }
    facts.claims = context.observed(set.claims, part: "storage") { $0.objects(of: key) }
    facts.jobs = context.observed(set.jobs, part: "jobs") { $0.objects(of: key) }
    let clusters = set.clusters.index.owners(in: key.namespace)
    facts.namespaceClusters = clusters
    facts.elsewhere = context.sets.flatMap(\.backups.index.notable).filter { $0.owner != key }
      .sorted { ($0.begunAt ?? .distantFuture, $0.name) < ($1.begunAt ?? .distantFuture, $1.name) }
    facts.context = context.name
    facts.candidates = context.sets.flatMap(\.clusters.index.notable).filter { $0.key != key }
      .sorted { $0.key < $1.key }
    facts.recovered = facts.candidates.filter { RecoveryTag($0.metadata)?.source == key }
    facts.isScopeNarrow = set.namespace != nil
    facts.archiveSharers = archives.sharers(of: key, in: context.sets)
    facts.schedules = context.observed(set.schedules, part: "schedules") { index in
      // Its own, and those that name no existing cluster.
      let orphans = index.owners(in: key.namespace).subtracting(clusters)
      return orphans.sorted().reduce(into: index.objects(of: key)) { found, name in
        found += index.objects(of: ObjectKey(namespace: key.namespace, name: name))
      }
    }
    facts.objectStores = context.observed(set.stores, part: "object stores") { index in
      let names = facts.objectStoreNames
      return names.flatMap { index.objects(of: ObjectKey(namespace: key.namespace, name: $0)) }
    }
    facts.descendsFrom = origin(of: facts)
    return facts
  }

  private func clusterAt(_ set: ClusterSet) -> Date {
    switch set.clusters.index.state {
    case .synced(let at): context.inStep(at)
    case .failed(_, let since): since ?? .distantPast
    case .starting: .distantPast
    }
  }

  /// The list of Clusters is known as it is now: what it lacks does not exist.
  var isInStep: Bool {
    if case .synced? = context.set(for: key.namespace)?.clusters.index.state { true } else { false }
  }

  /// Why there are no facts.
  func absence(deletedAt: Date? = nil) -> Unavailable {
    let name = Sanitizer.clean(key.name, limit: 80)
    let place = "namespace \(key.namespace) of context \(context.name)"
    let list = "kubectl --context \(context.name) -n \(key.namespace) get clusters"
    if let set = context.set(for: key.namespace) {
      switch set.clusters.index.state {
      case .synced:
        if let deletedAt {
          return Unavailable(
            part: "Cluster",
            reason: "Cluster \(name) was deleted at \(Format.timestamp(deletedAt)) (\(place))",
            remedy: "if that was meant, take it out of the configuration; what it has stored stays")
        }
        return Unavailable(
          part: "Cluster", reason: "there is no Cluster \(name) in \(place)", remedy: list)
      case .failed(let error, _):
        return Unavailable(
          part: "Cluster", reason: error.message, remedy: error.remedy, code: error.code)
      case .starting: break
      }
    } else if let failure = context.failure {
      return Unavailable(
        part: "Cluster", reason: failure.error.message, remedy: failure.error.remedy,
        code: failure.error.code)
    } else if context.connection != nil, !context.sets.isEmpty {
      return Unavailable(
        part: "Cluster", reason: "\(place) is not among those that are watched", remedy: list)
    }
    return Unavailable(
      part: "Cluster", reason: "the API server of context \(context.name) has not answered yet",
      remedy: list)
  }
}

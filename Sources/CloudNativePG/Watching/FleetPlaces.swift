import FoundationEssentials
import Kubernetes
import RecoveryModel

/// From the Clusters of all contexts to the clusters of the fleet: which they are, what they are called, and the engine
/// of each.
struct FleetPlaces {
  private let discovery: CloudNativePGDiscovery
  private let contexts: [ClusterContext]
  private let archives: [String: ArchivePlaces]
  private let isOnlyContext: Bool
  /// The declared clusters by their place.
  private var declared: [ClusterPlace: ClusterDeclaration] = [:]

  init(discovery: CloudNativePGDiscovery, contexts: [ClusterContext], archives: [ArchivePlaces]) {
    self.discovery = discovery
    self.contexts = contexts
    self.archives = Dictionary(
      zip(contexts.map(\.name), archives), uniquingKeysWith: { first, _ in first })
    isOnlyContext = contexts.count == 1
    let current = contexts.first?.name ?? ""
    for declaration in discovery.options.declared {
      guard let settings = try? CloudNativePGSettings(declaration: declaration) else { continue }
      let context = settings.context ?? current
      let namespace =
        settings.namespace ?? discovery.access.namespace(of: context) ?? "default"
      let only = discovery.options.namespaces
      guard contexts.contains(where: { $0.name == context }),
        only.isEmpty || only.contains(namespace)
      else { continue }
      declared[ClusterPlace(context: context, namespace: namespace, name: settings.cluster)] =
        declaration
    }
  }

  /// Takes those that are gone out of `known`, and tells which of them have been deleted: their list is in step and
  /// lacks them. The others cannot be seen any more.
  func forget(_ known: inout [ClusterPlace: DiscoveredCluster]) -> [Departure] {
    let present = present
    var departures: [Departure] = []
    for (place, cluster) in known where present[place] == nil {
      known[place] = nil
      guard let context = contexts.first(where: { $0.name == place.context }),
        case .synced? = context.set(for: place.namespace)?.clusters.index.state
      else { continue }
      departures.append(Departure(name: cluster.declaration.name, at: context.clock.now()))
    }
    return departures.sorted { $0.name < $1.name }
  }

  /// Sorted by name. Clusters keep the engine that they have in `known`.
  func clusters(known: inout [ClusterPlace: DiscoveredCluster]) -> [DiscoveredCluster] {
    let present = present
    for (place, context) in present where known[place] == nil {
      known[place] = make(place, context, fleet: present.count)
    }
    return known.values.sorted { $0.declaration.name < $1.declaration.name }
  }

  private var present: [ClusterPlace: ClusterContext] {
    var present: [ClusterPlace: ClusterContext] = [:]
    for context in contexts {
      for place in places(in: context) { present[place] = context }
    }
    for place in declared.keys {
      present[place] = contexts.first { $0.name == place.context }
    }
    return present
  }

  /// Copies made for drills are not part of the fleet.
  private func places(in context: ClusterContext) -> [ClusterPlace] {
    let name = context.name
    return context.principals.filter { $0.metadata.labels?[OwnLabel.drill] == nil }.map {
      ClusterPlace(context: name, namespace: $0.metadata.namespace ?? "", name: $0.name)
    }
  }

  private func make(
    _ place: ClusterPlace, _ context: ClusterContext, fleet: Int
  ) -> DiscoveredCluster? {
    let environment = discovery.environment
    let seams = discovery.seams
    var declaration = declared[place] ?? discovery.options.defaults
    if declared[place] == nil { declaration.name = name(of: place) }
    declaration.engine = CloudNativePGEngine.descriptor.id
    declaration.place = place
    guard var settings = try? CloudNativePGSettings(declaration: declaration) else { return nil }
    settings.context = place.context
    settings.namespace = place.namespace
    settings.cluster = place.name
    settings.kubeconfig = settings.kubeconfig ?? discovery.options.kubeconfig
    let observatory = ClusterObservatory(
      key: ObjectKey(namespace: place.namespace, name: place.name), context: context,
      archives: archives[place.context] ?? ArchivePlaces(), settings: settings,
      now: environment.now, openSQL: seams.openSQL, store: seams.store)
    let engine = CloudNativePGEngine(
      declaration: declaration, settings: settings, observatory: observatory, fleet: fleet,
      now: environment.now, makeOperations: { seams.makeOperations($0, environment) })
    return DiscoveredCluster(
      declaration: declaration, engineTitle: CloudNativePGEngine.descriptor.title, engine: engine)
  }

  /// `[context/]namespace/name`.
  private func name(of place: ClusterPlace) -> String {
    let short = "\(place.namespace)/\(place.name)"
    return isOnlyContext ? short : "\(place.context)/\(short)"
  }
}

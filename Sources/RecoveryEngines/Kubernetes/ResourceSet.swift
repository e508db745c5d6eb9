import RecoveryModel
import Synchronization

/// All that is watched in one scope: a namespace, or (nil) all of them.
final class ResourceSet: Sendable {
  let namespace: String?
  let clusters: ResourceCache<CNPGCluster>
  let backups: ResourceCache<CNPGBackup>
  let schedules: ResourceCache<CNPGScheduledBackup>
  let stores: ResourceCache<BarmanObjectStore>
  let pods: ResourceCache<Pod>
  let claims: ResourceCache<PersistentVolumeClaim>
  let jobs: ResourceCache<Job>

  private static let clusterLabel = "cnpg.io/cluster"

  /// Who waits for the first answers.
  private let arrival = Arrival()
  /// The first answers of every kind have been told.
  private let isComplete = Atomic(false)

  init(client: KubernetesClient, namespace: String?, clock: CacheClock) {
    self.namespace = namespace
    clusters = ResourceCache(client: client, namespace: namespace, clock: clock)
    backups = ResourceCache(client: client, namespace: namespace, clock: clock)
    schedules = ResourceCache(client: client, namespace: namespace, clock: clock)
    stores = ResourceCache(client: client, namespace: namespace, clock: clock)
    let label = Self.clusterLabel
    pods = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
    claims = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
    jobs = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
  }

  /// Seconds from the beginning of a watch that somebody waits for its first lists.
  static let patience = 5.0

  /// Runs until its task is cancelled. `changed` hears whose objects changed, nil = anybody's, and whether there are
  /// other clusters now or their list fell out of step.
  func run(changed: @escaping @Sendable (Set<ObjectKey>?, _ isFleetNews: Bool) -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await Task.sleep(for: .seconds(Self.patience))
        self.arrival.giveUp()
      }
      group.addTask { await self.followClusters(changed) }
      let changed: @Sendable (Set<ObjectKey>?) -> Void = { changed($0, false) }
      group.addTask { await self.follow(self.backups, changed) { $0 } }
      group.addTask { await self.follow(self.schedules, changed) { $0 } }
      group.addTask { await self.follow(self.stores, changed) { self.users(of: $0) } }
      group.addTask { await self.follow(self.pods, changed) { $0 } }
      group.addTask { await self.follow(self.claims, changed) { $0 } }
      group.addTask { await self.follow(self.jobs, changed) { $0 } }
    }
  }

  private func followClusters(
    _ changed: @escaping @Sendable (Set<ObjectKey>?, Bool) -> Void
  ) async {
    let revision = Mutex(-1)
    await clusters.follow { change in
      let now = self.clusters.index.revision
      let isNew = revision.withLock { before in
        defer { before = now }
        return before != now
      }
      let news: Set<ObjectKey>? = self.news(change) { $0 } ?? []
      changed(news, isNew || change == .state || change == .listed)
    }
  }

  /// As of each of its watches.
  func giveUp(_ error: RecoveryError) async {
    await clusters.giveUp(error)
    await backups.giveUp(error)
    await schedules.giveUp(error)
    await stores.giveUp(error)
    await pods.giveUp(error)
    await claims.giveUp(error)
    await jobs.giveUp(error)
  }

  /// Every kind was listed once, or could not be.
  var hasAnswered: Bool {
    clusters.index.hasAnswered && backups.index.hasAnswered && schedules.index.hasAnswered
      && stores.index.hasAnswered && pods.index.hasAnswered && claims.index.hasAnswered
      && jobs.index.hasAnswered
  }

  /// Returns when every kind has answered once, or has had the time for it.
  func waitForAnswers() async {
    guard !hasAnswered else { return }
    await arrival.wait { self.hasAnswered }
  }

  private func follow<Object>(
    _ cache: ResourceCache<Object>, _ changed: @escaping @Sendable (Set<ObjectKey>?) -> Void,
    _ owners: @escaping @Sendable (Set<ObjectKey>) -> Set<ObjectKey>
  ) async {
    await cache.follow { change in
      if let news = self.news(change, owners) { changed(news) }
    }
  }

  /// Whom a change concerns: outer nil = nobody, as long as not everything is there; inner nil = everybody.
  private func news(
    _ change: CacheChange, _ owners: (Set<ObjectKey>) -> Set<ObjectKey>
  ) -> Set<ObjectKey>?? {
    guard hasAnswered else { return .none }
    let wasComplete = isComplete.exchange(true, ordering: .relaxed)
    let somebodyLeft = arrival.arrive()
    switch change {
    case .owners(let keys): return .some(owners(keys))
    // Who waited for the first lists looks now anyway.
    case .listed, .state: return wasComplete || somebodyLeft ? .some(nil) : .none
    }
  }

  /// Clusters whose plugin uses one of these ObjectStores.
  private func users(of stores: Set<ObjectKey>) -> Set<ObjectKey> {
    var users: Set<ObjectKey> = []
    for namespace in Set(stores.map(\.namespace)) {
      for name in clusters.index.owners(in: namespace) {
        let key = ObjectKey(namespace: namespace, name: name)
        let store = clusters.index.objects(of: key).first?.objectStoreName
        if let store, stores.contains(ObjectKey(namespace: namespace, name: store)) {
          users.insert(key)
        }
      }
    }
    return users
  }
}

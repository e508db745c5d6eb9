import Kubernetes
import RecoveryModel
import Transports

/// What is watched of CloudNativePG's clusters: their own kinds, and by label what belongs to them.
package struct ClusterKinds: WatchedKinds {
  package typealias Companion = OperatorWatch
  package let clusters: ResourceCache<CNPGCluster>
  package let backups: ResourceCache<CNPGBackup>
  package let schedules: ResourceCache<CNPGScheduledBackup>
  package let stores: ResourceCache<BarmanObjectStore>
  package let pods: ResourceCache<Pod>
  package let claims: ResourceCache<PersistentVolumeClaim>
  package let jobs: ResourceCache<Job>
  private let kinships = Kinships()

  package init(client: KubernetesClient, namespace: String?, clock: CacheClock) {
    clusters = ResourceCache(client: client, namespace: namespace, clock: clock)
    backups = ResourceCache(client: client, namespace: namespace, clock: clock)
    schedules = ResourceCache(client: client, namespace: namespace, clock: clock)
    stores = ResourceCache(client: client, namespace: namespace, clock: clock)
    let label = DrillLabel.cluster
    pods = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
    claims = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
    jobs = ResourceCache(client: client, namespace: namespace, labelSelector: label, clock: clock)
  }

  package var principals: ResourceCache<CNPGCluster> { clusters }

  package var dependents: [WatchedKind] {
    [
      WatchedKind(backups), WatchedKind(schedules),
      WatchedKind(stores) { [clusters] in Self.users(of: $0, among: clusters.index) },
      WatchedKind(pods), WatchedKind(claims), WatchedKind(jobs),
    ]
  }

  /// The origins of recoveries: they tell of them too, and of their end.
  package func concerned(by principals: Set<ObjectKey>) -> Set<ObjectKey> {
    kinships.origins(of: principals, clusters.index) { namespace, name in
      stores.index.objects(of: ObjectKey(namespace: namespace, name: name)).first
    }
  }

  /// Clusters whose plugin uses one of these ObjectStores.
  private static func users(
    of stores: Set<ObjectKey>, among clusters: ResourceIndex<CNPGCluster>
  ) -> Set<ObjectKey> {
    var users: Set<ObjectKey> = []
    for namespace in Set(stores.map(\.namespace)) {
      for name in clusters.owners(in: namespace) {
        let key = ObjectKey(namespace: namespace, name: name)
        let store = clusters.objects(of: key).first?.objectStoreName
        if let store, stores.contains(ObjectKey(namespace: namespace, name: store)) {
          users.insert(key)
        }
      }
    }
    return users
  }
}

package typealias ClusterContext = KubernetesContext<ClusterKinds>
typealias ClusterSet = ResourceSet<ClusterKinds>

extension NoteWatch {
  /// Ledgers of drills, in the namespaces where drills run.
  package static func ledgers(in namespaces: [String]) -> NoteWatch {
    NoteWatch(labelSelector: "\(OwnLabel.ledger)=true", namespaces: namespaces) { note in
      guard let name = note.labels?[OwnLabel.cluster],
        let namespace = note.labels?[OwnLabel.clusterNamespace]
      else { return nil }
      return ObjectKey(namespace: namespace, name: name)
    }
  }
}

extension JSONReader {
  /// Metadata of a kind that comes by the ten thousand: of labels and annotations our own, and those of CloudNativePG
  /// that somebody asks for; with `isBrief` without what the object tells elsewhere.
  mutating func clusterMetadata(isBrief: Bool = false) throws -> ObjectMetadata {
    try metadata { key in
      if key.hasPrefix("pgvigil.io/") { return true }
      guard key.hasPrefix("cnpg.io/") else { return false }
      switch key {
      case "cnpg.io/scheduled-backup": return true
      case "cnpg.io/cluster", "cnpg.io/instanceName", "cnpg.io/jobRole", "cnpg.io/podRole",
        "cnpg.io/pvcRole", "cnpg.io/operatorVersion":
        return !isBrief
      default: return false
      }
    }
  }
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Draws the manifest of a new Cluster that is recovered from another's backups. Pure.
struct RecoveryDraft: Sendable {
  /// What is taken over.
  var source: SourceCluster
  var order: RecoveryOrder
  /// The Backup object of the base; nil = the store alone tells of it.
  var backup: CNPGBackup?
  var name: String
  var namespace: String
  /// Under which the new Cluster archives: never the source's.
  var serverName: String

  private var facts: CloudNativePGFacts { source.facts }
  private func spec(_ key: String) -> ObjectTree? { source.tree.at("spec", key) }

  /// Name of the external cluster in the new one.
  private static let origin = "origin"

  /// Keys of the source's spec that say how it came to be, where it archives, or what state it is in.
  private static let left: Set<String> = [
    "bootstrap", "externalClusters", "backup", "plugins", "replica", "nodeMaintenanceWindow",
    "description", "storage", "walStorage", "tablespaces", "managed", "imageName",
    "imageCatalogRef",
  ]

  /// Throws `RecoveryError` (refused) for clusters that cannot be restored this way.
  func cluster() throws(RecoveryError) -> ObjectTree {
    var map = (source.tree.at("spec")?.map ?? [:]).filter { !Self.left.contains($0.key) }
    map["description"] = .string(
      "recovered from \(facts.namespace)/\(facts.name), "
        + "backup \(order.storedBase), to \(order.moment.text)")
    let image = try image
    map["imageName"] = image.name.map { .string($0) }
    map["imageCatalogRef"] = image.catalog
    let storage = try source.storage()
    map["storage"] = volume(spec("storage"), storage.data)
    map["walStorage"] = storage.wal.map { volume(spec("walStorage"), $0) }
    map["tablespaces"] = storage.tablespaces
    map["managed"] = managed
    map["bootstrap"] = .object(["recovery": try recovery()])
    map["externalClusters"] = try external().map { .list([$0]) }
    map["backup"] = archiveSection
    map["plugins"] = plugins
    return .object([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
      "metadata": .labels(["name": name, "namespace": namespace]),
      "spec": .map(map),
    ])
  }

  /// A catalog of the source's own namespace is there in it.
  private var image: (name: String?, catalog: ObjectTree?) {
    get throws(RecoveryError) {
      if namespace == facts.namespace, spec("imageName") == nil,
        let catalog = spec("imageCatalogRef")
      {
        return (nil, catalog)
      }
      return try source.image
    }
  }

  /// As large as the source's volumes really are, made as they were, and of nothing that was there before.
  private func volume(_ declared: ObjectTree?, _ sized: ObjectTree) -> ObjectTree {
    var map = declared?.map ?? [:]
    let wanted = map["size"]
    map.merge(sized.map ?? [:]) { $1 }
    // As it was written, where that is as much.
    if let wanted, Quantity.bytes(wanted.string) == Quantity.bytes(map["size"]?.string) {
      map["size"] = wanted
    }
    if var template = map["pvcTemplate"]?.map {
      for key in ["dataSource", "dataSourceRef", "volumeName", "selector"] {
        template[key] = nil
      }
      map["pvcTemplate"] = .map(template)
    }
    return .map(map)
  }

  /// Services have names of their own, which production has already.
  private var managed: ObjectTree? {
    guard var map = spec("managed")?.map else { return nil }
    map["services"] = nil
    return map.isEmpty ? nil : .map(map)
  }

  // MARK: Where it comes from

  private func recovery() throws(RecoveryError) -> ObjectTree {
    let names = source.databaseAndOwner
    let sections = ["initdb", "recovery"]
    let secret = sections.compactMap { source.tree.at("spec", "bootstrap", $0, "secret") }.first
    let snapshots = snapshots
    let hasWAL = try external() != nil
    return .object([
      "database": names.database.map { .string($0) }, "owner": names.owner.map { .string($0) },
      "secret": secret, "volumeSnapshots": snapshots,
      "source": hasWAL ? .string(Self.origin) : nil, "recoveryTarget": try target(snapshots != nil),
    ])
  }

  /// By which the operator finds the base backup, and PostgreSQL its end.
  private func target(_ isSnapshot: Bool) throws(RecoveryError) -> ObjectTree? {
    let target = order.target
    var map: [String: ObjectTree] = [:]
    if !isSnapshot { map["backupID"] = backupID.map { .string($0) } }
    if let timeline = order.timeline { map["targetTLI"] = .string("\(timeline)") }
    map.merge(target.clusterFields) { $1 }
    let needsID = [.immediate, .xid, .name].contains(target.kind)
    guard !needsID || isSnapshot || map["backupID"] != nil else {
      throw RecoveryError(
        .refused,
        "the store's name of backup \(facts.shown(order.baseID)) is not known, and the "
          + "operator takes no \(target.kind.rawValue) target without it")
    }
    return map.isEmpty ? nil : .map(map)
  }

  /// What Barman calls it; nil where only a claim tells of it.
  private var backupID: String? {
    if let id = backup?.status?.backupId, !id.isEmpty { return id }
    return order.baseID == CloudNativePGReport.unlistedID ? nil : order.storedBase
  }

  /// nil where the base lies in an object store.
  private var snapshots: ObjectTree? {
    guard backup?.method == "volumeSnapshot" else { return nil }
    let elements = backup?.status?.snapshotBackupStatus?.elements ?? []
    func reference(_ element: CNPGBackup.SnapshotStatus.Element?) -> ObjectTree? {
      element?.name.map {
        .labels(["name": $0, "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"])
      }
    }
    let spaces = elements.filter { $0.type == "PG_TABLESPACE" }.compactMap { element in
      element.tablespaceName.flatMap { name in reference(element).map { (name, $0) } }
    }
    return .object([
      "storage": reference(elements.first { $0.type == "PG_DATA" }),
      "walStorage": reference(elements.first { $0.type == "PG_WAL" }),
      "tablespaceStorage": spaces.isEmpty
        ? nil : .map(Dictionary(spaces, uniquingKeysWith: { first, _ in first })),
    ])
  }

  /// nil: a snapshot is all there is, and no WAL. Throws where there is nothing else.
  private func external() throws(RecoveryError) -> ObjectTree? {
    switch facts.cluster.walArchiver {
    case .inTree:
      let configuration = try SourceCluster.reading(
        source.tree.at("spec", "backup", "barmanObjectStore"))
      var map = configuration.map ?? [:]
      map["serverName"] = .string(backup?.status?.serverName ?? facts.cluster.serverName)
      return .object(["name": .string(Self.origin), "barmanObjectStore": .map(map)])
    case .plugin(let plugin) where plugin.name == CNPGCluster.barmanCloudPlugin:
      guard let store = facts.cluster.objectStoreName else { break }
      return .object([
        "name": .string(Self.origin),
        "plugin": .object([
          "name": .string(CNPGCluster.barmanCloudPlugin),
          "parameters": .labels([
            "barmanObjectName": store, "serverName": facts.cluster.serverName,
          ]),
        ]),
      ])
    case .plugin(let plugin):
      throw RecoveryError(
        .refused,
        "nobody knows here how to restore what plugin \(facts.shown(plugin.name ?? "")) keeps")
    case .none, .skipped: break
    }
    guard snapshots != nil else {
      throw RecoveryError(
        .refused, "\(facts.name) archives no WAL, so there is nothing to replay",
        remedy: "configure archiving: pgvigil manifest cluster-backup")
    }
    return nil
  }

  // MARK: Where it archives

  private var archiveSection: ObjectTree? {
    guard var map = spec("backup")?.map else { return nil }
    if var store = map["barmanObjectStore"]?.map {
      store["serverName"] = .string(serverName)
      map["barmanObjectStore"] = .map(store)
    }
    return .map(map)
  }

  private var plugins: ObjectTree? {
    guard let list = spec("plugins")?.list else { return nil }
    return .list(
      list.map { plugin in
        guard plugin.at("name")?.string == CNPGCluster.barmanCloudPlugin, var map = plugin.map
        else { return plugin }
        var parameters = map["parameters"]?.map ?? [:]
        parameters["serverName"] = .string(serverName)
        map["parameters"] = .map(parameters)
        return .map(map)
      })
  }

  // MARK: Elsewhere

  /// In another namespace the plugin needs the ObjectStore there.
  func store(_ tree: ObjectTree?) -> ObjectTree? {
    guard namespace != facts.namespace, let tree, let name = tree.at("metadata", "name")?.string
    else { return nil }
    return .object([
      "apiVersion": "barmancloud.cnpg.io/v1", "kind": "ObjectStore",
      "metadata": .labels(["name": name, "namespace": namespace]), "spec": tree.at("spec"),
    ])
  }

  /// A ConfigMap's key is named as a Secret's is.
  private static func withoutConfigMaps(_ tree: ObjectTree) -> ObjectTree {
    switch tree {
    case .list(let values): .list(values.map(withoutConfigMaps))
    case .map(let map):
      .map(
        map.filter { !$0.key.lowercased().contains("configmap") }.mapValues(withoutConfigMaps))
    default: tree
    }
  }

  /// Secrets that the new Cluster names, with the keys that are read of each.
  static func secrets(_ objects: [ObjectTree]) -> [ClusterDrillOrder.SecretCopy] {
    var found: [String: Set<String>] = [:]
    for object in objects {
      for selector in withoutConfigMaps(object).secretSelectors {
        found[selector.name, default: []].insert(selector.key)
      }
      let spec = object.at("spec")
      let whole =
        (spec?.at("imagePullSecrets")?.list ?? []).compactMap { $0.at("name")?.string }
        + [
          spec?.at("superuserSecret", "name"), spec?.at("bootstrap", "recovery", "secret", "name"),
          spec?.at("certificates", "serverCASecret"), spec?.at("certificates", "serverTLSSecret"),
          spec?.at("certificates", "clientCASecret"),
          spec?.at("certificates", "replicationTLSSecret"),
        ].compactMap { $0?.string }
        + (spec?.at("managed", "roles")?.list ?? []).compactMap {
          $0.at("passwordSecret", "name")?.string
        }
      for name in whole { found[name, default: []].formUnion([]) }
    }
    return found.sorted { $0.key < $1.key }.map {
      ClusterDrillOrder.SecretCopy(source: $0.key, copy: $0.key, keys: $0.value.sorted())
    }
  }
}

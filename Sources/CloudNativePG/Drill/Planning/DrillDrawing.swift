import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What is drawn before anything is made: the copy's Cluster, its ObjectStore and the Secrets that these need.
struct DrillDrawing: Sendable, Equatable {
  var cluster: ObjectTree
  var store: ObjectTree?
  var secrets: [ClusterDrillOrder.SecretCopy]
  var database: String
  var usesSuperuser: Bool
}

/// Draws a drill's objects from the source's own, as the server has them.
struct DrillDraft: Sendable {
  /// The source Cluster, and its ObjectStore where the plugin archives.
  var source: ObjectTree
  var sourceStore: ObjectTree?
  var facts: CloudNativePGFacts
  var settings: CloudNativePGSettings
  /// `shared_buffers` of the copy; nil = PostgreSQL's default.
  var sharedBuffers: String?
  var tag: DrillTag
  var namespace: String
  var copy: String
  var choice: DrillChoice

  /// Name of the external cluster in the copy.
  static let origin = "origin"

  /// Throws `RecoveryError` (refused) for clusters that cannot be restored this way.
  func draw() throws(RecoveryError) -> DrillDrawing {
    var secrets: [ClusterDrillOrder.SecretCopy] = []
    let external = try external(&secrets)
    let pull = (spec("imagePullSecrets")?.list ?? []).compactMap { $0.at("name")?.string }
    for name in pull { note(name, keys: [], in: &secrets) }
    let storage = try storage()
    let names = databaseAndOwner
    let spec = ObjectTree.object([
      "instances": 1, "enablePDB": false,
      "enableSuperuserAccess": usesSuperuser ? true : nil,
      "description": .string("verify drill \(tag.id) of \(facts.namespace)/\(facts.name)"),
      "imageName": try image.name.map { .string($0) }, "imageCatalogRef": try image.catalog,
      "imagePullSecrets": pull.isEmpty
        ? nil : .list(pull.map { .object(["name": .string(copyName($0))]) }),
      "inheritedMetadata": .object(["labels": .labels(tag.labels)]),
      "postgresUID": spec("postgresUID"), "postgresGID": spec("postgresGID"),
      "serviceAccountTemplate": serviceAccount,
      "storage": storage.data, "walStorage": storage.wal, "tablespaces": storage.tablespaces,
      "postgresql": DrillParameters(source: source, sharedBuffers: sharedBuffers).section,
      "resources": DrillParameters(source: source, sharedBuffers: sharedBuffers).resources,
      "bootstrap": .object([
        "recovery": .object([
          "source": .string(Self.origin), "database": names.database.map { .string($0) },
          "owner": names.owner.map { .string($0) }, "recoveryTarget": target,
        ])
      ]),
      "externalClusters": .list([external.cluster]),
    ])
    let cluster = ObjectTree.object([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
      // archive_mode is off where the operator knows the annotation; there is nothing to archive with anyway.
      "metadata": tag.metadata(
        copy, in: namespace, adding: ["cnpg.io/skipWalArchiving": "enabled"]),
      "spec": spec,
    ])
    return DrillDrawing(
      cluster: cluster, store: external.store, secrets: secrets,
      database: settings.database ?? names.database ?? "app", usesSuperuser: usesSuperuser)
  }

  private func spec(_ key: String) -> ObjectTree? { source.at("spec", key) }

  // MARK: Where it comes from

  private func external(
    _ secrets: inout [ClusterDrillOrder.SecretCopy]
  ) throws(RecoveryError) -> (cluster: ObjectTree, store: ObjectTree?) {
    switch facts.cluster.walArchiver {
    case .inTree:
      let configuration = try configuration(source.at("spec", "backup", "barmanObjectStore"))
      note(configuration, in: &secrets)
      var map = configuration.renamingSecrets(copyName).map ?? [:]
      map["serverName"] = .string(choice.backup.status?.serverName ?? facts.cluster.serverName)
      return (
        .object(["name": .string(Self.origin), "barmanObjectStore": .map(map)]), nil
      )
    case .plugin(let plugin) where plugin.name == CNPGCluster.barmanCloudPlugin:
      guard let sourceStore else {
        throw RecoveryError(
          .refused, "the ObjectStore that \(facts.name) archives to cannot be read",
          remedy: "a copy without it would wait for ever")
      }
      let configuration = try configuration(sourceStore.at("spec", "configuration"))
      let sidecar = sourceStore.at("spec", "instanceSidecarConfiguration")?.keeping([
        "env", "additionalContainerArgs", "resources", "logLevel",
      ])
      note(configuration, in: &secrets)
      if let sidecar { note(sidecar, in: &secrets) }
      let store = ObjectTree.object([
        "apiVersion": "barmancloud.cnpg.io/v1", "kind": "ObjectStore",
        "metadata": tag.metadata(copy, in: namespace),
        "spec": .object([
          "configuration": configuration.renamingSecrets(copyName),
          "instanceSidecarConfiguration": sidecar?.renamingSecrets(copyName),
        ]),
      ])
      return (
        .object([
          "name": .string(Self.origin),
          "plugin": .object([
            "name": .string(CNPGCluster.barmanCloudPlugin),
            "parameters": .labels([
              "barmanObjectName": copy, "serverName": facts.cluster.serverName,
            ]),
          ]),
        ]), store
      )
    case .plugin(let plugin):
      throw RecoveryError(
        .refused,
        "no drill knows how to restore what plugin \(facts.shown(plugin.name ?? "")) keeps")
    case .none, .skipped:
      throw RecoveryError(
        .refused, "\(facts.name) archives no WAL, so there is nothing to replay",
        remedy: "configure archiving: pgvigil manifest cluster-backup")
    }
  }

  /// What is needed to read from a store; nothing that writes to it.
  private func configuration(_ tree: ObjectTree?) throws(RecoveryError) -> ObjectTree {
    guard
      var map = tree?.keeping([
        "destinationPath", "endpointURL", "endpointCA", "s3Credentials", "azureCredentials",
        "googleCredentials",
      ])?.map
    else {
      throw RecoveryError(.refused, "the source does not say where its object store is")
    }
    map["wal"] = tree?.at("wal")?.keeping([
      "compression", "maxParallel", "restoreAdditionalCommandArgs",
    ])
    return .map(map)
  }

  private var target: ObjectTree {
    let stop: (key: String, value: ObjectTree)
    switch choice.moment?.target {
    case nil, .latest: stop = ("targetLSN", .string("\(choice.target)"))
    case .position(let lsn): stop = ("targetLSN", .string("\(lsn)"))
    case .time(let time): stop = ("targetTime", .string(MomentTarget.text(of: time)))
    case .transaction(let id):
      stop = ("targetXID", .string(MomentTarget.text(ofTransaction: id)))
    case .restorePoint(let name): stop = ("targetName", .string(name))
    case .backup: stop = ("targetImmediate", true)
    }
    return .object([
      "backupID": .string(choice.backupID), stop.key: stop.value,
      "targetTLI": .string("\(choice.timeline)"),
      "exclusive": choice.moment?.isExclusive == true ? true : nil,
    ])
  }

  // MARK: Secrets

  func copyName(_ secret: String) -> String { "\(copy)-\(secret.prefix(200))" }

  private func note(_ tree: ObjectTree, in secrets: inout [ClusterDrillOrder.SecretCopy]) {
    for selector in tree.secretSelectors { note(selector.name, keys: [selector.key], in: &secrets) }
  }

  private func note(
    _ name: String, keys: [String], in secrets: inout [ClusterDrillOrder.SecretCopy]
  ) {
    guard let index = secrets.firstIndex(where: { $0.source == name }) else {
      return secrets.append(.init(source: name, copy: copyName(name), keys: keys))
    }
    if keys.isEmpty || secrets[index].keys.isEmpty { return secrets[index].keys = [] }
    secrets[index].keys = Set(secrets[index].keys + keys).sorted()
  }

  // MARK: The server

  private var image: (name: String?, catalog: ObjectTree?) {
    get throws(RecoveryError) {
      if let name = spec("imageName")?.string { return (name, nil) }
      // A ClusterImageCatalog is everywhere; an ImageCatalog only in the source's namespace.
      if let reference = spec("imageCatalogRef"),
        reference.at("kind")?.string == "ClusterImageCatalog"
      {
        return (nil, reference)
      }
      guard let name = facts.cluster.status?.image ?? facts.cluster.status?.pgDataImageInfo?.image
      else {
        throw RecoveryError(
          .refused, "the image that \(facts.name) runs is not known",
          remedy: "name it in spec.imageName: a copy of another major version cannot start")
      }
      return (name, nil)
    }
  }

  /// Only where the cloud gives credentials to the service account.
  private var serviceAccount: ObjectTree? {
    guard let annotations = source.at("spec", "serviceAccountTemplate", "metadata", "annotations")
    else { return nil }
    return .object(["metadata": .object(["annotations": annotations])])
  }

  /// Tests may read what the owner may not where the source itself allows a superuser over the network.
  private var usesSuperuser: Bool { spec("enableSuperuserAccess")?.bool ?? false }

  private var databaseAndOwner: (database: String?, owner: String?) {
    let sections = ["initdb", "recovery", "pg_basebackup"]
    let section = sections.compactMap { source.at("spec", "bootstrap", $0) }.first
    let isNew = section == nil || source.at("spec", "bootstrap", "initdb") != nil
    let database = section?.at("database")?.string ?? (isNew ? "app" : nil)
    return (database, section?.at("owner")?.string ?? (isNew ? database ?? "app" : nil))
  }

  // MARK: Volumes

  private func storage() throws(RecoveryError) -> (
    data: ObjectTree, wal: ObjectTree?, tablespaces: ObjectTree?
  ) {
    guard let data = volume(spec("storage"), holding: .data) else {
      throw RecoveryError(.refused, "the size of \(facts.name)'s volumes is not known")
    }
    let tablespaces = (spec("tablespaces")?.list ?? []).map { tablespace in
      var map = tablespace.map ?? [:]
      map["storage"] = volume(tablespace.at("storage"), holding: .tablespace) ?? map["storage"]
      return ObjectTree.map(map)
    }
    return (
      data, volume(spec("walStorage"), holding: .wal),
      tablespaces.isEmpty ? nil : .list(tablespaces)
    )
  }

  /// The declared size or the largest real volume, whichever is more, times the factor; in the same storage class.
  private func volume(_ storage: ObjectTree?, holding content: VolumeUsage.Content) -> ObjectTree? {
    guard let storage else { return nil }
    let template = storage.at("pvcTemplate")
    let declared = [
      storage.at("size")?.string, template?.at("resources", "requests", "storage")?.string,
    ].compactMap { Quantity.bytes($0) }
    let real = (facts.claims.value ?? []).filter { $0.content == content }
      .compactMap(\.capacityBytes)
    // Which tablespace a volume belongs to is not told: its declaration must do.
    let sizes = content == .tablespace ? declared : declared + real
    guard let bytes = sizes.max() else { return nil }
    let wanted = (Double(bytes) * settings.storageFactor / 1_048_576).rounded(.up)
    let storageClass = storage.at("storageClass") ?? template?.at("storageClassName")
    return .object([
      "size": .string("\(Int64(wanted))Mi"), "storageClass": storageClass,
    ])
  }
}

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
    let storage = try cluster.storage()
    let names = cluster.databaseAndOwner
    let spec = ObjectTree.object([
      "instances": 1, "enablePDB": false,
      "enableSuperuserAccess": usesSuperuser ? true : nil,
      "description": .string("verify drill \(tag.id) of \(facts.namespace)/\(facts.name)"),
      "imageName": try cluster.image.name.map { .string($0) },
      "imageCatalogRef": try cluster.image.catalog,
      "imagePullSecrets": pull.isEmpty
        ? nil : .list(pull.map { .object(["name": .string(copyName($0))]) }),
      "inheritedMetadata": .object(["labels": .labels(tag.labels)]),
      "postgresUID": spec("postgresUID"), "postgresGID": spec("postgresGID"),
      "serviceAccountTemplate": cluster.serviceAccount,
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
    let copied = ObjectTree.object([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
      // archive_mode is off where the operator knows the annotation; there is nothing to archive with anyway.
      "metadata": tag.metadata(
        copy, in: namespace, adding: ["cnpg.io/skipWalArchiving": "enabled"]),
      "spec": spec,
    ])
    return DrillDrawing(
      cluster: copied, store: external.store, secrets: secrets,
      database: settings.database ?? names.database ?? "app", usesSuperuser: usesSuperuser)
  }

  private var cluster: SourceCluster {
    SourceCluster(tree: source, facts: facts, storageFactor: settings.storageFactor)
  }

  private func spec(_ key: String) -> ObjectTree? { source.at("spec", key) }

  /// Tests may read what the owner may not where the source itself allows a superuser over the network.
  private var usesSuperuser: Bool { spec("enableSuperuserAccess")?.bool ?? false }

  // MARK: Where it comes from

  private func external(
    _ secrets: inout [ClusterDrillOrder.SecretCopy]
  ) throws(RecoveryError) -> (cluster: ObjectTree, store: ObjectTree?) {
    switch facts.cluster.walArchiver {
    case .inTree:
      let configuration = try SourceCluster.reading(
        source.at("spec", "backup", "barmanObjectStore"))
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
      let configuration = try SourceCluster.reading(sourceStore.at("spec", "configuration"))
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

  private var target: ObjectTree {
    let stop = PostgresTarget(choice.moment ?? RecoveryMoment(.position(choice.target)))
    var fields = stop.clusterFields
    fields["backupID"] = .string(choice.backupID)
    fields["targetTLI"] = .string("\(choice.timeline)")
    return .map(fields)
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
}

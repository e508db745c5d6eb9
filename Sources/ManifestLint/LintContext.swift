import RecoveryModel

/// All manifests together, as rules ask about them.
struct LintContext: Sendable {
  var manifests: [Manifest]
  var options: LintOptions

  private static let postgresql = "postgresql.cnpg.io"

  var clusters: [Manifest] { manifests.filter { $0.isA("Cluster", of: Self.postgresql) } }
  var schedules: [Manifest] { manifests.filter { $0.isA("ScheduledBackup", of: Self.postgresql) } }
  var backups: [Manifest] { manifests.filter { $0.isA("Backup", of: Self.postgresql) } }
  var stores: [Manifest] { manifests.filter { $0.isA("ObjectStore", of: "barmancloud.cnpg.io") } }
  var secrets: [Manifest] { manifests.filter { $0.apiVersion == "v1" && $0.kind == "Secret" } }

  /// Clusters that were not made by recovery, and do not follow another: production.
  var production: [Manifest] { clusters.filter { !$0.isRecovery && !$0.isReplica } }
  /// A replica cluster is recovered too, and is to go on as one: it may archive, under its own name.
  var recoveries: [Manifest] { clusters.filter { $0.isRecovery && !$0.isReplica } }

  /// A cluster of that name that an object in `namespace` can mean: in a file, or assumed.
  func knowsCluster(_ name: String, namespace: String?) -> Bool {
    clusters.contains { $0.name == name && $0.mayShareNamespace(with: namespace) }
      || assumed.contains { $0.name == name && ($0.namespace ?? namespace) == namespace }
      || (namespace == nil && assumed.contains { $0.name == name })
  }

  /// Equal, or a variable may make them so.
  func mayName(_ name: String, _ cluster: String) -> Bool {
    name == cluster || ManifestVariable.isOpen(name) || ManifestVariable.isOpen(cluster)
  }

  /// The cluster that a Backup or ScheduledBackup is for; nil where no file declares it, or more than one may be meant.
  func cluster(of object: Manifest) -> Manifest? {
    guard let name = object.root["spec", "cluster", "name"]?.text else { return nil }
    let meant = clusters.filter {
      $0.name == name && $0.mayShareNamespace(with: object.namespace)
    }
    return meant.count == 1 ? meant[0] : nil
  }

  /// The clusters that `--assume-cluster` names.
  var assumed: [(namespace: String?, name: String)] {
    options.assumedClusters.map { text in
      let parts = text.split(separator: "/").map(String.init)
      return parts.count > 1 ? (parts[parts.count - 2], parts[parts.count - 1]) : (nil, text)
    }
  }

  func store(named name: String, for cluster: Manifest) -> Manifest? {
    stores.first { $0.name == name && $0.mayShareNamespace(with: cluster.namespace) }
  }
}

extension Manifest {
  var isRecovery: Bool { root["spec", "bootstrap", "recovery"] != nil }

  var isReplica: Bool {
    guard let replica = root["spec", "replica"] else { return false }
    return replica["enabled"]?.isTrue ?? (replica["primary"] != nil || replica["source"] != nil)
  }

  /// `spec.backup.barmanObjectStore`.
  var inTreeStore: ManifestNode? { root["spec", "backup", "barmanObjectStore"] }

  /// Plugins that are switched on.
  var plugins: [ManifestNode] {
    (root["spec", "plugins"]?.list ?? []).filter { $0["enabled"]?.isFalse != true }
  }

  /// The plugin that archives WAL.
  var archiver: ManifestNode? { plugins.first { $0["isWALArchiver"]?.mayBeTrue == true } }

  /// Any way to back it up.
  var hasBackup: Bool {
    inTreeStore != nil || root["spec", "backup", "volumeSnapshot"] != nil || archiver != nil
  }

  /// The ObjectStore that its archiver ships to.
  var storeName: String? { archiver?["parameters", "barmanObjectName"]?.text }

  /// The external cluster that it is recovered from.
  var recoverySource: ManifestNode? {
    guard let source = root["spec", "bootstrap", "recovery", "source"]?.text else { return nil }
    return root["spec", "externalClusters"]?.list.first { $0["name"]?.text == source }
  }

  /// The directory in the bucket that it is recovered from.
  var recoveredServer: String? {
    guard let source = recoverySource else { return nil }
    return source["barmanObjectStore", "serverName"]?.text
      ?? source["plugin", "parameters", "serverName"]?.text
      ?? (source["plugin"] == nil ? source["name"]?.text : nil)
  }

  /// Its name, namespace or labels say that it was made to verify backups.
  var looksLikeDrill: Bool {
    let labels =
      root["metadata", "labels"]?.entries.flatMap { [$0.key, $0.value.text ?? ""] } ?? []
    return ([name, namespace ?? ""] + labels).contains { word in
      ["drill", "verify", "verif", "smoke", "pgvigil"].contains { word.lowercased().contains($0) }
    }
  }

  /// Made by a recovery once, and production since: it is backed up itself, and nothing says that it is to verify.
  var isProduction: Bool {
    !looksLikeDrill && (root["spec", "backup"] != nil || archiver != nil)
  }

  func mark(
    _ line: Int, _ message: String, remedy: String, severity: LintSeverity? = nil
  ) -> LintRule.Mark {
    LintRule.Mark(
      manifest: self, line: line, message: message, remedy: remedy, severity: severity)
  }

  /// `Cluster auth/auth-db`, safe to print.
  var title: String {
    let place = namespace.map { Sanitizer.clean($0, limit: 80) + "/" } ?? ""
    return "\(Sanitizer.clean(kind, limit: 40)) \(place)\(Sanitizer.clean(name, limit: 80))"
  }
}

extension ManifestNode {
  var isFalse: Bool { text.map { ["false", "no", "off"].contains($0.lowercased()) } ?? false }
}

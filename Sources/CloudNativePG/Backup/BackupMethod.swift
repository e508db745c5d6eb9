import RecoveryModel

/// How a base backup of a cluster is taken: `spec.method` of a Backup and the plugin that does it.
package struct BackupMethod: Sendable, Equatable, Codable {
  /// `barmanObjectStore`, `plugin` or `volumeSnapshot`.
  package var name: String
  package var plugin: String?
  package var parameters: [String: String]?

  package static let inTree = BackupMethod(name: "barmanObjectStore")
  package static let snapshot = BackupMethod(name: "volumeSnapshot")

  package static func plugin(_ name: String, _ parameters: [String: String]? = nil) -> BackupMethod
  {
    BackupMethod(name: "plugin", plugin: name, parameters: parameters)
  }

  /// What the cluster's schedules use, as far as its configuration still supports it, else what is configured; nil when
  /// nothing is.
  package static func choose(_ facts: CloudNativePGFacts) -> BackupMethod? {
    let configured = configured(facts.cluster)
    let schedules = (facts.ownSchedules ?? []).sorted {
      ($0.isSuspended ? 1 : 0, $0.name) < ($1.isSuspended ? 1 : 0, $1.name)
    }
    for schedule in schedules {
      let method = schedule.spec.method ?? inTree.name
      let plugin = schedule.spec.pluginConfiguration
      if let match = configured.first(where: {
        $0.name == method && (method != "plugin" || $0.plugin == plugin?.name)
      }) {
        return BackupMethod(
          name: match.name, plugin: match.plugin,
          parameters: match.plugin == nil ? nil : plugin?.parameters)
      }
    }
    return configured.first
  }

  /// Everything that is configured, the one that also archives WAL first.
  private static func configured(_ cluster: CNPGCluster) -> [BackupMethod] {
    let plugins = (cluster.spec.plugins ?? []).filter { $0.enabled ?? true }
      .sorted { rank($0) < rank($1) }.compactMap(\.name).map { plugin($0) }
    var methods = plugins
    if cluster.spec.backup?.barmanObjectStore != nil { methods.append(inTree) }
    if cluster.spec.backup?.volumeSnapshot != nil { methods.append(snapshot) }
    return methods
  }

  /// That puts a base backup where any namespace can read it; nil = none is configured.
  package static func intoStore(_ cluster: CNPGCluster) -> BackupMethod? {
    configured(cluster).first { $0 != snapshot }
  }

  /// As `kubectl cnpg backup` is given it.
  var flags: String {
    "--method \(name)" + (plugin.map { " --plugin-name \(ShellWord.quoted($0))" } ?? "")
  }

  private static func rank(_ plugin: CNPGCluster.Plugin) -> Int {
    if plugin.isWALArchiver ?? false { return 0 }
    return plugin.name == CNPGCluster.barmanCloudPlugin ? 1 : 2
  }

  package var words: String { plugin.map { "plugin \($0)" } ?? name }
}

extension CloudNativePGFacts {
  /// Where a backup by this method goes, for a person.
  package func destination(of method: BackupMethod) -> String {
    if method == .snapshot {
      let name = cluster.spec.backup?.volumeSnapshot?.className.map { " of class \(shown($0))" }
      return "volume snapshots\(name ?? "")"
    }
    let store: BarmanObjectStoreConfiguration?
    if let plugin = method.plugin {
      guard plugin == CNPGCluster.barmanCloudPlugin else {
        return "wherever \(shown(plugin)) keeps it"
      }
      store = objectStore?.spec.configuration
    } else {
      store = cluster.spec.backup?.barmanObjectStore
    }
    guard let path = store?.destinationPath else { return "an object store that could not be read" }
    let endpoint = store?.endpointURL.map { " at \(shown($0))" } ?? ""
    return "\(shown(path))\(endpoint), server \(shown(cluster.serverName))"
  }
}

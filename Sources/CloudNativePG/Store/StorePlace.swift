import FoundationEssentials
import RecoveryModel

/// Where a cluster's base backups and WAL go, as its objects say.
struct StorePlace: Sendable, Equatable {
  var configuration: BarmanObjectStoreConfiguration
  /// As `s3://bucket/path`.
  var destination: String
  var server: String
}

extension CloudNativePGFacts {
  /// nil where the cluster uses no store of Barman's, or where it is not known.
  var storePlace: StorePlace? {
    let configuration: BarmanObjectStoreConfiguration?
    switch cluster.walArchiver {
    case .inTree(let store): configuration = store
    case .plugin(let plugin) where plugin.name == CNPGCluster.barmanCloudPlugin:
      configuration = objectStore?.spec.configuration
    case .plugin, .skipped, .none: configuration = nil
    }
    guard let configuration, let path = configuration.destinationPath, !path.isEmpty else {
      return nil
    }
    return StorePlace(configuration: configuration, destination: path, server: cluster.serverName)
  }

  /// Changes when a backup may have come or gone.
  var catalogMark: String {
    let ended = (ownBackups ?? []).filter { $0.phase.isDone }
    let newest = ended.max { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }
    return "\(ended.count) \(newest?.name ?? "")"
  }
}

import DrillParts
import PostgresServers
import RecoveryModel

extension SideDirectory {
  /// Beside production's data directory where that is told: it has the room.
  static func proposed(cluster: String, site: OperationSite) -> String {
    let name = RecoveryPlan.fileName(cluster) + "-recovered"
    guard let directory = site.dataDirectories.first, directory.hasPrefix("/") else {
      return unused("/var/lib/postgresql/\(name)")
    }
    let parent = DrillPlace(path: directory).path.parentPath
    return unused(parent == "/" ? "/\(name)" : "\(parent)/\(name)")
  }

  /// Variables for the copy's own archive-get: spool, lock and log of the configuration are production's.
  var variables: [String] {
    [
      "PGBACKREST_SPOOL_PATH=\(path)/spool", "PGBACKREST_LOCK_PATH=\(path)/lock",
      "PGBACKREST_LOG_PATH=\(path)/log",
    ]
  }
}

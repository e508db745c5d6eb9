import DrillParts
import PostgresServers
import RecoveryModel
import Transports

extension SideDirectory {
  /// Beside production's data directory where that is told: it has the room. Of a recovery that has become production
  /// beside all of it: in it, it would be gone with it.
  static func proposed(cluster: String, production: String?) -> String {
    let name = RecoveryPlan.fileName(cluster) + "-recovered"
    guard let production, production.hasPrefix("/") else {
      return unused("/var/lib/postgresql/\(name)")
    }
    let directory = DrillPlace(path: production).path
    var parent = directory.parentPath
    let parts = ["/data", "/run", "/pg_hba.conf"].map { parent + $0 }
    if directory == parts[0], parts.allSatisfy({ FileText.facts($0) != nil }) {
      parent = parent.parentPath
    }
    // Where production's place is lost, what it lay in may be too; and nothing is made around that place.
    while parent != "/", FileText.facts(parent) == nil { parent = parent.parentPath }
    let place = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    let isWithin = directory.hasPrefix(place + "/") && FileText.facts(place) == nil
    return unused(isWithin ? place + "-anew" : place)
  }

  /// Variables for the copy's own archive-get: spool, lock and log of the configuration are production's.
  var variables: [String] {
    [
      "PGBACKREST_SPOOL_PATH=\(path)/spool", "PGBACKREST_LOCK_PATH=\(path)/lock",
      "PGBACKREST_LOG_PATH=\(path)/log",
    ]
  }
}

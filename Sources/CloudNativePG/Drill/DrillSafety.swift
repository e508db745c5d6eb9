import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What a copy must never have: anything that would write to production's archive.
enum DrillSafety {
  /// Each a sentence; empty = safe.
  static func violations(of cluster: ObjectTree) -> [String] {
    var found: [String] = []
    if cluster.at("spec", "backup") != nil { found.append("it has a backup section") }
    found += (cluster.at("spec", "plugins")?.list ?? []).map {
      plugin($0.at("name")?.string, archives: $0.at("isWALArchiver")?.bool == true)
    }
    for external in cluster.at("spec", "externalClusters")?.list ?? []
    where external.at("plugin", "isWALArchiver")?.bool == true {
      found.append("its external cluster archives WAL")
    }
    if cluster.at("spec", "replica") != nil { found.append("it is a replica cluster") }
    if cluster.at("spec", "managed") != nil { found.append("it has managed roles or services") }
    let target = cluster.at("spec", "bootstrap", "recovery", "recoveryTarget")
    if !stops.contains(where: { target?.at($0) != nil }) {
      found.append("it has no recovery target")
    }
    if let count = cluster.at("spec", "instances")?.integer, count != 1 {
      found.append("it has \(count) instances")
    }
    return found
  }

  /// What makes PostgreSQL end with an error where it is not reached.
  private static let stops = [
    "targetLSN", "targetTime", "targetXID", "targetName", "targetImmediate",
  ]

  /// What of it endangers production, of a copy as it is watched: somebody may change it after it was made.
  static func violations(of cluster: CNPGCluster) -> [String] {
    var found: [String] = []
    if cluster.spec.backup != nil { found.append("it has a backup section") }
    found += (cluster.spec.plugins ?? []).map {
      plugin($0.name, archives: $0.isWALArchiver == true)
    }
    if (cluster.spec.externalClusters ?? []).contains(where: { $0.plugin?.isWALArchiver == true }) {
      found.append("its external cluster archives WAL")
    }
    if cluster.spec.replica != nil { found.append("it is a replica cluster") }
    return found
  }

  private static func plugin(_ name: String?, archives: Bool) -> String {
    let name = Sanitizer.clean(name ?? "", limit: 80)
    return "it has the plugin \(name)\(archives ? ", which archives WAL" : "")"
  }

  /// The same of the copy of an ObjectStore: retention would delete production's backups.
  static func violations(ofStore store: ObjectTree) -> [String] {
    var found: [String] = []
    if store.at("spec", "retentionPolicy") != nil {
      found.append("the copy of the ObjectStore has a retention policy")
    }
    return found
  }
}

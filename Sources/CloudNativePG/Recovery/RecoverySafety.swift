import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What a Cluster that is recovered beside production must never be: one that writes to production's archive.
struct RecoverySafety: Sendable, Equatable {
  /// The cluster that is recovered, and under which name it archives.
  var source: ObjectKey
  var serverName: String

  /// Each a sentence; empty = safe.
  func violations(of cluster: ObjectTree) -> [String] {
    guard let typed = cluster.decoded(CNPGCluster.self) else { return ["it is no Cluster"] }
    var found = violations(of: typed)
    if cluster.at("spec", "bootstrap", "recovery") == nil {
      found.append("it is not made by a recovery")
    }
    return found
  }

  /// The same of one as it is watched.
  func violations(of cluster: CNPGCluster) -> [String] {
    var found: [String] = []
    if cluster.name == source.name, cluster.metadata.namespace == source.namespace {
      found.append("it is production itself")
    }
    if cluster.spec.backup?.barmanObjectStore != nil, names(cluster.serverName) {
      found.append("it archives under production's server name \(serverName)")
    }
    for plugin in cluster.spec.plugins ?? [] where plugin.isWALArchiver == true {
      let name = plugin.parameters?["serverName"] ?? cluster.name
      if names(name) { found.append("its plugin archives under production's server name \(name)") }
    }
    if (cluster.spec.externalClusters ?? []).contains(where: { $0.plugin?.isWALArchiver == true }) {
      found.append("its external cluster archives WAL")
    }
    if cluster.spec.replica != nil { found.append("it is a replica cluster") }
    return found
  }

  private func names(_ server: String) -> Bool { server == serverName || server == source.name }
}

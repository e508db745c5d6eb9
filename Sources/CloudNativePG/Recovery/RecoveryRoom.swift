import Kubernetes
import RecoveryModel

/// What a new Cluster asks of its namespace, held against the namespace's quotas.
struct RecoveryRoom: Sendable {
  /// The new Cluster.
  var cluster: ObjectTree
  var quotas: [ObjectTree]

  private var instances: Int64 { cluster.at("spec", "instances")?.integer ?? 1 }

  /// Volumes of one instance.
  private var volumes: [Int64?] {
    let spec = cluster.at("spec")
    let spaces = (spec?.at("tablespaces")?.list ?? []).map { $0.at("storage") }
    return ([spec?.at("storage"), spec?.at("walStorage")].filter { $0 != nil } + spaces)
      .map { Quantity.bytes($0?.at("size")?.string) }
  }

  /// Of all instances; nil = a size is not told.
  var bytes: Int64? {
    var sum: Int64 = 0
    for volume in volumes {
      guard let volume else { return nil }
      sum += volume
    }
    return sum * instances
  }

  var requirement: Requirement {
    let what = "the namespace's quotas leave room for it"
    guard !quotas.isEmpty else { return .met(what, "there are none") }
    var wanted: [(key: String, count: Int64)] = [
      ("persistentvolumeclaims", Int64(volumes.count) * instances), ("pods", instances + 1),
    ]
    if let bytes { wanted.append(("requests.storage", bytes)) }
    let request = cluster.at("spec", "resources", "requests")
    let limit = cluster.at("spec", "resources", "limits")
    for (key, value) in [
      ("requests.memory", request?.at("memory")), ("limits.memory", limit?.at("memory")),
    ] {
      if let bytes = Quantity.bytes(value?.string) { wanted.append((key, bytes * instances)) }
    }
    var faults: [String] = []
    for quota in quotas {
      let name = Sanitizer.clean(quota.at("metadata", "name")?.string ?? "", limit: 60)
      for (key, count) in wanted {
        guard let hard = Quantity.bytes(quota.at("status", "hard", key)?.string) else { continue }
        let used = Quantity.bytes(quota.at("status", "used", key)?.string) ?? 0
        if used + count > hard {
          faults.append("\(name): \(key) has \(max(0, hard - used)) left, \(count) are needed")
        }
      }
    }
    return faults.isEmpty
      ? .met(what, "\(quotas.count) of them, looked at for volumes, storage, memory and pods")
      : .notMet(what, faults.joined(separator: "; "))
  }
}

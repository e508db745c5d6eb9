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
    let ours = quotas.filter(isOurs)
    let faults = ours.flatMap(shortfalls)
    guard faults.isEmpty else { return .notMet(what, faults.joined(separator: "; ")) }
    let missing = unsaid.filter { key in ours.contains { hard($0, key) != nil } }
    guard missing.isEmpty else {
      return Requirement(
        what: what, satisfied: nil,
        detail:
          "they limit \(missing.joined(separator: ", ")), which each pod then has to say, and "
          + "spec.resources does not: without a LimitRange that fills it in no pod starts")
    }
    return .met(
      what,
      "\(quotas.count) of them, looked at for objects, volumes, storage, memory and processors")
  }

  // MARK: What it takes

  /// One more than instances are there at a time in the objects' count: a job that has ended stays for a while.
  private var wanted: [(key: String, amount: Double)] {
    let all = Double(instances)
    let volumes = Double(volumes.count) * all
    var wanted = [
      ("persistentvolumeclaims", volumes), ("count/persistentvolumeclaims", volumes),
      ("pods", all), ("count/pods", all + 1), ("count/jobs.batch", 1), ("services", 3),
      ("count/services", 3), ("count/clusters.postgresql.cnpg.io", 1),
    ]
    if let bytes { wanted.append(("requests.storage", Double(bytes))) }
    if let name = cluster.at("spec", "storage", "storageClass")?.string {
      let own = "\(name).storageclass.storage.k8s.io/"
      wanted.append((own + "persistentvolumeclaims", volumes))
      if let bytes { wanted.append((own + "requests.storage", Double(bytes))) }
    }
    return wanted
      + Self.computing.flatMap { key, kind, name in
        share(kind, name).map { amount in [(key, amount * all)] } ?? []
      }
  }

  /// Quota's key, and where a pod says it; a request that is not said is as large as the limit.
  private static let computing = [
    ("requests.memory", "requests", "memory"), ("memory", "requests", "memory"),
    ("limits.memory", "limits", "memory"), ("requests.cpu", "requests", "cpu"),
    ("cpu", "requests", "cpu"), ("limits.cpu", "limits", "cpu"),
  ]

  private func share(_ kind: String, _ name: String) -> Double? {
    let resources = cluster.at("spec", "resources")
    let said = resources?.at(kind, name) ?? resources?.at("limits", name)
    return Quantity.value(said?.string ?? said?.integer.map { "\($0)" })
  }

  private var unsaid: [String] {
    Self.computing.filter { share($0.1, $0.2) == nil }.map(\.0)
  }

  // MARK: What there is

  /// Some are for pods of another kind: ours have no deadline.
  private func isOurs(_ quota: ObjectTree) -> Bool {
    let scopes = (quota.at("spec", "scopes")?.list ?? []).compactMap(\.string)
    let isBestEffort = unsaid.count == Self.computing.count
    return !scopes.contains("Terminating") && quota.at("spec", "scopeSelector") == nil
      && !scopes.contains(isBestEffort ? "NotBestEffort" : "BestEffort")
  }

  private func hard(_ quota: ObjectTree, _ key: String) -> Double? {
    Quantity.value(quota.at("status", "hard", key)?.string)
  }

  private func shortfalls(_ quota: ObjectTree) -> [String] {
    let name = Sanitizer.clean(quota.at("metadata", "name")?.string ?? "", limit: 60)
    return wanted.compactMap { key, amount in
      guard let hard = hard(quota, key) else { return nil }
      let used = Quantity.value(quota.at("status", "used", key)?.string) ?? 0
      guard used + amount > hard else { return nil }
      let isSize = key.hasSuffix("storage") || key.hasSuffix("memory")
      let words = { (number: Double) in
        isSize ? Format.bytes(Int64(number)) : Self.plain(number)
      }
      return "\(name): \(key) has \(words(max(0, hard - used))) left, \(words(amount)) are needed"
    }
  }

  /// `2`, `0.5`.
  private static func plain(_ number: Double) -> String {
    number == number.rounded() ? "\(Int64(number))" : "\((number * 1000).rounded() / 1000)"
  }
}

import FoundationEssentials
import RecoveryModel

/// Server-side encryption that the cluster asks for and its objects do not have.
enum StoredEncryptionRule {
  static let rule = CloudNativePGRule("cnpg.encryption-missing", .backups, "not encrypted") {
    facts, _ in
    guard let store = facts.storeConfiguration, let server = facts.stored.value else { return [] }
    let parts = [
      ("data.encryption", store.data?.encryption, "base backup", server.encryption),
      ("wal.encryption", store.wal?.encryption, "WAL segment", server.walEncryption),
    ]
    return parts.compactMap { key, wanted, thing, found in
      guard let wanted, !wanted.isEmpty, case .value(let kind, let source, let at) = found,
        kind != wanted
      else { return nil }
      let asked = Sanitizer.clean(wanted, limit: 30)
      return Finding(
        id: "cnpg.encryption-missing:\(key)", severity: .warning,
        headline: "\(key) is \(asked), and the newest \(thing) in the store "
          + (kind == "none" ? "is not encrypted" : "has \(Sanitizer.clean(kind, limit: 30))"),
        evidence: [
          Evidence(
            what: "server-side encryption: \(Sanitizer.clean(kind, limit: 30))", source: source,
            at: at)
        ],
        remedy: "Where \(key) was set since, the next one will show it; else the store does not do "
          + "what it is asked for.", ceiling: .proven)
    }
  }
}

/// A store that runs in the very cluster of Kubernetes that it keeps the backups of.
enum StoreInsideRule {
  static let rule = CloudNativePGRule("cnpg.store-inside", .backups, "store inside") { facts, _ in
    guard let endpoint = facts.storeConfiguration?.endpointURL,
      let host = host(of: endpoint), isInside(host)
    else { return [] }
    let place = facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)"
    return [
      Finding(
        id: "cnpg.store-inside", severity: .info,
        headline: "The store, \(Sanitizer.clean(host, limit: 80)), is a service of this very "
          + "Kubernetes cluster: what takes the cluster takes the backups along",
        evidence: [
          facts.evidence("endpointURL \(Sanitizer.clean(endpoint, limit: 120))", place)
        ],
        remedy: "Replicate its bucket to a place outside, and see that its volumes are on other "
          + "nodes than the primary's.", ceiling: .proven)
    ]
  }

  static func host(of endpoint: String) -> String? {
    let rest = endpoint.firstRange(of: "://").map { endpoint[$0.upperBound...] } ?? endpoint[...]
    let host = rest.prefix { $0 != "/" && $0 != ":" }
    return host.isEmpty ? nil : String(host).lowercased()
  }

  /// A service's name: alone, with its namespace and `svc`, or with the cluster's domain.
  static func isInside(_ host: String) -> Bool {
    let parts = host.split(separator: ".")
    if parts.allSatisfy({ $0.allSatisfy(\.isNumber) }) { return false }
    return parts.count == 1 && host != "localhost"
      || parts.last == "svc" || parts.contains("svc") && parts.last == "local"
  }
}

import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// The ConfigMap of one cluster's ledger, read and changed on the server. Writers never overwrite each other: every
/// change is made to the version that was read, and made again when that was no longer the current one.
package struct LedgerStore: Sendable {
  package var client: KubernetesClient
  /// The drill namespace.
  package var namespace: String
  /// The cluster that it is about.
  package var cluster: ObjectKey
  /// Our own clock, for servers that do not tell theirs.
  package var now: @Sendable () -> Date

  /// Attempts at one change; with twenty writers at once the last needs about as many.
  private static let attempts = 24

  /// `pgvigil-ledger.<namespace>.<name>`; no namespace has a dot, so that no two clusters share one.
  package static func name(_ cluster: ObjectKey) -> String {
    let name = "pgvigil-ledger.\(cluster.namespace).\(cluster.name)"
    guard name.utf8.count > 253 else { return name }
    return "pgvigil-ledger-\(String(FNV1a.hash(name.utf8), radix: 16))"
  }

  package var name: String { Self.name(cluster) }

  /// As it stands, and the time by the server's clock. Empty where there is none yet.
  package func read() async throws -> (document: LedgerDocument, at: Date) {
    let (object, at) = try await fetch()
    return (LedgerDocument(object?.at("data")?.strings ?? [:]), at)
  }

  /// Changes it until the change is made to the current version; what it became, or nil when `body` returns false (then
  /// nothing is written). `body` may run several times.
  @discardableResult
  package func change(
    _ body: (inout LedgerDocument, Date) throws -> Bool
  ) async throws -> ConfigMap? {
    for attempt in 0..<Self.attempts {
      let (object, at) = try await fetch()
      var document = LedgerDocument(object?.at("data")?.strings ?? [:])
      guard try body(&document, at) else { return nil }
      if let written = try await write(document, over: object) {
        return written.decoded(ConfigMap.self)
      }
      let pause = Double.random(in: 0.01...0.05) * Double(min(attempt + 1, 6))
      try await Task.sleep(for: .seconds(pause))
    }
    throw RecoveryError(
      .failed, "ConfigMap \(namespace)/\(name) changed under each of \(Self.attempts) attempts",
      remedy: "try again")
  }

  private func write(
    _ document: LedgerDocument, over object: ObjectTree?
  ) async throws -> ObjectTree? {
    if let object {
      var map = object.map ?? [:]
      map["data"] = .labels(document.data)
      return try await client.replace(.configMaps, in: namespace, name, .map(map))
    }
    var labels = [OwnLabel.ledger: "true", OwnLabel.clusterNamespace: cluster.namespace]
    // A label's value has at most 63 characters; CloudNativePG's names at most 50.
    if cluster.name.utf8.count <= 63 { labels[OwnLabel.cluster] = cluster.name }
    let new = ObjectTree.object([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": .object([
        "name": .string(name), "namespace": .string(namespace), "labels": .labels(labels),
      ]),
      "data": .labels(document.data),
    ])
    do {
      return try await client.create(.configMaps, in: namespace, new)
    } catch let error as RecoveryError where error.code == .refused {
      // Somebody else made it first; anything else comes back at the next attempt's end.
      if try await client.get(.configMaps, in: namespace, name) == nil { throw error }
      return nil
    }
  }

  private func fetch() async throws -> (ObjectTree?, Date) {
    let response = try await client.send(
      "GET", Resource.configMaps.path(namespace: namespace, name: name), deadline: 20)
    let at = response.headers["date"].flatMap(HTTPDate.parse) ?? now()
    if response.status == 404 { return (nil, at) }
    guard response.status == 200, let object = ObjectTree(json: response.body) else {
      throw RecoveryError(
        response, verb: "get", resource: .configMaps, namespace: namespace, server: client.server)
    }
    return (object, at)
  }
}

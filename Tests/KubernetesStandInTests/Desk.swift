import FoundationEssentials
import Kubernetes
import KubernetesStandIn
import Testing
import Transports

/// What the tests ask for again and again.
enum Desk {
  static let clusters = Resource(group: "postgresql.cnpg.io", version: "v1", plural: "clusters")
  static let backups = Resource(group: "postgresql.cnpg.io", version: "v1", plural: "backups")
  static let pods = Resource(group: "", version: "v1", plural: "pods")
  static let jobs = Resource(group: "batch", version: "v1", plural: "jobs")
  static let secrets = Resource(group: "", version: "v1", plural: "secrets")
  static let services = Resource(group: "", version: "v1", plural: "services")
  static let claims = Resource(group: "", version: "v1", plural: "persistentvolumeclaims")
  static let configMaps = Resource(group: "", version: "v1", plural: "configmaps")

  static func cluster(_ name: String, spec: [String: JSONValue] = [:]) -> JSONValue {
    [
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
      "metadata": ["name": .string(name)],
      "spec": .object(["storage": ["size": "1Gi"]].merging(spec) { $1 }),
    ]
  }

  static func backup(_ name: String, of cluster: String) -> JSONValue {
    [
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
      "metadata": ["name": .string(name)], "spec": ["cluster": ["name": .string(cluster)]],
    ]
  }

  static func configMap(_ name: String, _ data: [String: String] = [:]) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)],
      "data": JSONValue(data),
    ]
  }

  /// A server with a namespace `prod` and a reader beside the administrator.
  static func server(
    _ change: (inout StandIn.Options) -> Void = { _ in }
  ) async throws -> StandIn {
    var options = StandIn.Options()
    options.users.append(User("reader", roles: [.reader(namespaces: ["prod"])]))
    options.futureSeconds = 0.2
    change(&options)
    let standIn = try await StandIn.start(options)
    try standIn.seed(namespace: "prod")
    return standIn
  }
}

/// The lines of a watch, read while they come.
struct WatchLines: AsyncSequence {
  typealias Element = JSONValue
  /// Its pool ends with it: it has to live as long as the stream.
  let client: KubernetesClient
  let stream: AsyncThrowingStream<HTTPEvent, any Error>

  static func open(
    _ client: KubernetesClient, _ path: String, _ query: [(String, String)]
  ) async throws -> WatchLines {
    WatchLines(
      client: client,
      stream: try await client.watch(path, query: [("watch", "1")] + query, idleTimeout: 20))
  }

  struct Iterator: AsyncIteratorProtocol {
    let client: KubernetesClient
    var events: AsyncThrowingStream<HTTPEvent, any Error>.Iterator
    var buffer: [UInt8] = []

    mutating func next() async throws -> JSONValue? {
      while true {
        if let end = buffer.firstIndex(of: 0x0A) {
          let line = Array(buffer[..<end])
          buffer.removeFirst(end + 1)
          return try JSONValue(parsing: line)
        }
        guard let event = try await events.next() else { return nil }
        if case .chunk(let bytes) = event { buffer += bytes }
      }
    }
  }

  func makeAsyncIterator() -> Iterator {
    Iterator(client: client, events: stream.makeAsyncIterator())
  }

  /// Everything until the server ends the stream.
  func all() async throws -> [JSONValue] {
    var lines: [JSONValue] = []
    for try await line in self { lines.append(line) }
    return lines
  }
}

extension JSONValue {
  /// `ADDED one`: what an event says, briefly.
  var event: String {
    "\(self["type"]?.string ?? "?") \(self[path: "object", "metadata", "name"]?.string ?? "-")"
  }
}

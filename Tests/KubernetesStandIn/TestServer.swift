import FoundationEssentials
import Glibc
import RecoveryEngines

/// The server that a suite runs against: a stand-in of its own, or the real one whose kubeconfig
/// `PGVIGIL_TEST_KUBECONFIG` names. A real one has no operator and no kubelet: what needs logs or ports is not run there.
public struct TestServer: Sendable {
  /// nil on a real server.
  public let standIn: StandIn?
  /// Somebody who may do everything.
  public let client: KubernetesClient
  public let kubeconfig: String
  /// By the short name that was asked for; on a real server nobody else has them.
  private let namespaces: [String: String]

  public static var isReal: Bool { getenv("PGVIGIL_TEST_KUBECONFIG") != nil }

  /// Makes the namespaces too.
  public static func open(
    namespaces names: [String], options: StandIn.Options = StandIn.Options()
  ) async throws -> TestServer {
    if let path = getenv("PGVIGIL_TEST_KUBECONFIG").map({ String(cString: $0) }) {
      let suffix = String(UInt32.random(in: .min ... .max), radix: 36)
      let namespaces = names.map { ($0, "pgvigil-test-\($0)-\(suffix)") }
      let server = TestServer(
        standIn: nil, client: try StandIn.connection(kubeconfig: path).client, kubeconfig: path,
        namespaces: Dictionary(uniqueKeysWithValues: namespaces))
      for (_, name) in namespaces { try await server.make(namespace: name) }
      return server
    }
    let standIn = try await StandIn.start(options)
    for name in names { try standIn.seed(namespace: name) }
    return TestServer(
      standIn: standIn, client: try standIn.client(), kubeconfig: try standIn.kubeconfigFile(),
      namespaces: Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }))
  }

  /// The real name of a namespace.
  public func namespace(_ name: String) -> String { namespaces[name] ?? name }

  /// Removes what was made: on a real server the namespaces with all that is in them.
  public func close() async {
    if let standIn { return standIn.stop() }
    for name in namespaces.values {
      _ = try? await client.ask("DELETE", "/api/v1/namespaces/\(name)")
    }
  }

  private func make(namespace name: String) async throws {
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)],
    ]
    let (status, body) = try await client.ask("POST", "/api/v1/namespaces", object)
    guard status == 201 else { throw StandInError(body["message"]?.string ?? "status \(status)") }
  }

  /// An object as the server has it now; nil when there is none.
  public func object(
    _ resource: Resource, _ namespace: String, _ name: String
  ) async throws -> JSONValue? {
    let path = resource.path(namespace: self.namespace(namespace), name: name)
    let (status, body) = try await client.ask("GET", path)
    return status == 200 ? body : nil
  }

  /// Names of all of a kind in a namespace, in order.
  public func names(_ resource: Resource, _ namespace: String) async throws -> [String] {
    let path = resource.path(namespace: self.namespace(namespace))
    let items = try await client.ask("GET", path).body["items"]?.array ?? []
    return items.compactMap { $0[path: "metadata", "name"]?.string }.sorted()
  }
}

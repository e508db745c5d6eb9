import FoundationEssentials
import Glibc
import Kubernetes

/// The server that a test runs against: a stand-in, or the real one whose kubeconfig `PGVIGIL_TEST_KUBECONFIG` names.
///
/// A real one has no operator and no kubelet that would know of ours: what pods print and answer is played by the client
/// (`PlayedKubelet`). What only a stand-in can do is not run there: `standIn` is nil.
package struct TestServer: Sendable {
  package let standIn: StandIn?
  /// Somebody who may do everything.
  package let client: KubernetesClient
  package let kubelet: any Kubelet
  /// The administrator's.
  package let kubeconfig: String
  /// The name of the kubeconfig's context.
  package let context: String
  /// Files of this server's own, removed with it.
  package let directory: String
  /// In every name that others on the server could see; empty where there are no others.
  let suffix: String
  /// By the short name that was asked for.
  private let namespaces: [String: String]
  private let isShared: Bool

  package static var isReal: Bool { getenv("PGVIGIL_TEST_KUBECONFIG") != nil }

  /// Makes the namespaces too, on a server of its own, on `shared`, or on the real one wherever there is one.
  package static func open(
    namespaces names: [String], options: StandIn.Options = StandIn.Options(),
    on shared: StandIn? = nil
  ) async throws -> TestServer {
    let server: TestServer
    if let path = getenv("PGVIGIL_TEST_KUBECONFIG").map({ String(cString: $0) }) {
      server = try real(path, names)
    } else if let shared {
      server = try standIn(shared, names, isShared: true)
    } else {
      server = try standIn(try await StandIn.start(options), names, isShared: false)
    }
    opened?.add(server)
    for name in server.namespaces.values { try await server.make(namespace: name) }
    return server
  }

  private static func real(_ path: String, _ names: [String]) throws -> TestServer {
    let kubelet = PlayedKubelet()
    let connection = try StandIn.connection(kubeconfig: path, http: kubelet.behind(.patient))
    let suffix = randomSuffix()
    return TestServer(
      standIn: nil, client: connection.client, kubelet: kubelet, kubeconfig: path,
      context: connection.context, directory: try temporaryDirectory("testserver"),
      suffix: suffix, namespaces: placed(names, suffix, prefix: "pgvigil-test-"), isShared: true)
  }

  private static func standIn(
    _ standIn: StandIn, _ names: [String], isShared: Bool
  ) throws -> TestServer {
    let suffix = isShared ? randomSuffix() : ""
    let connection = try standIn.connection()
    return TestServer(
      standIn: standIn, client: connection.client, kubelet: standIn,
      kubeconfig: try standIn.kubeconfigFile(), context: connection.context,
      directory: standIn.directory, suffix: suffix, namespaces: placed(names, suffix, prefix: ""),
      isShared: isShared)
  }

  private static func placed(
    _ names: [String], _ suffix: String, prefix: String
  ) -> [String: String] {
    let end = suffix.isEmpty ? "" : "-" + suffix
    return Dictionary(names.map { ($0, prefix + $0 + end) }) { $1 }
  }

  private static func randomSuffix() -> String {
    String(UInt32.random(in: .min ... .max), radix: 36)
  }

  /// The real name of a namespace; a name that was not asked for is real already.
  package func namespace(_ name: String) -> String { namespaces[name] ?? name }

  /// nil for a namespace that is not its own.
  package func shortName(ofNamespace name: String) -> String? {
    namespaces.first { $0.value == name }?.key
  }

  /// Real names of all namespaces of its own.
  package var ownNamespaces: Set<String> { Set(namespaces.values) }

  // MARK: Opening and closing

  /// Servers that a test opened, for whoever closes them after it.
  @TaskLocal package static var opened: OpenedServers?

  /// Removes what was made: on a server that others use too the namespaces with all that is in them.
  package func close() async {
    guard isShared else {
      standIn?.stop()
      return
    }
    for name in namespaces.values {
      _ = try? await client.ask("DELETE", "/api/v1/namespaces/\(name)")
    }
    guard standIn == nil else { return }
    await removeClusterRoles()
    try? removeTree(directory)
  }

  private func make(namespace name: String) async throws {
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)],
    ]
    let (status, body) = try await client.ask("POST", "/api/v1/namespaces", object)
    guard status == 201 else { throw StandInError(body["message"]?.string ?? "status \(status)") }
    guard standIn == nil else { return }
    // A pod is refused for as long as its account is missing, before 1.24 also without the account's token.
    let path = "/api/v1/namespaces/\(name)/serviceaccounts/default"
    for _ in 0..<50_000 {
      if try await client.ask("GET", path).body["secrets"] != nil { return }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}

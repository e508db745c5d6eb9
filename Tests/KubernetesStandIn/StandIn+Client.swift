import FoundationEssentials
import Kubernetes
import Transports

extension StandIn {
  /// As the initializer, for callers on the cooperative pool: the blocking part has a thread of its own.
  package static func start(_ options: Options = Options()) async throws -> StandIn {
    try await withCheckedThrowingContinuation { continuation in
      Thread.start { continuation.resume(with: Result { try StandIn(options) }) }
    }
  }

  /// Our own client, logged in as one of the users, with a pool of its own.
  package func client(user: String = "admin") throws -> KubernetesClient {
    try connection(user: user).client
  }

  /// A context's connection, as the program makes it from a kubeconfig.
  package func connection(
    user: String = "admin", namespace: String? = nil
  ) throws -> KubernetesAccess.Connection {
    try Self.connection(kubeconfig: try kubeconfigFile(user: user, namespace: namespace))
  }

  /// The connection of any kubeconfig's current context: also a real server's.
  package static func connection(
    kubeconfig path: String, http: HTTPClient = .patient
  ) throws -> KubernetesAccess.Connection {
    let access = try KubernetesAccess(path: path, environment: [:]) { try readFile($0) }
    return try access.connect(
      context: nil, http: http, processes: .live, read: { try readFile($0) }, now: { Date() })
  }
}

extension KubernetesClient {
  /// An answer read as JSON: the status and the document, null where it was none.
  package func ask(
    _ method: String, _ path: String, query: [(String, String)] = [], _ body: JSONValue? = nil,
    contentType: String = "application/json", deadline: Double = 20
  ) async throws -> (status: Int, body: JSONValue) {
    let response = try await send(
      method, path, query: query, body: body?.bytes, contentType: contentType, deadline: deadline)
    return (response.status, (try? JSONValue(parsing: response.body)) ?? .null)
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

extension KubernetesContext {
  /// Requests at a time while namespaces are tried.
  private static var tries: Int { 20 }
  /// More namespaces than that are not tried one by one.
  private static var mostNamespaces: Int { 500 }
  private static var deadline: Double { 10 }

  /// The namespaces to watch; nil stands for all of them. Throws `RecoveryError` when the server does not say.
  package func scope() async throws -> [String?] {
    let connection = try connected()
    guard wishes.only.isEmpty else {
      restrict(nil)
      return wishes.only
    }
    let answer = try await ask(connection.client, namespace: nil)
    switch answer.status {
    // Not installed: the watch says so itself, and finds out when it is.
    case 200, 404:
      restrict(nil)
      return [nil]
    case 403: return try await smallerScope(connection)
    default: throw refusal(answer, connection)
    }
  }

  /// Those that may be seen of all namespaces, else the configured ones, else the context's.
  private func smallerScope(_ connection: KubernetesAccess.Connection) async throws -> [String?] {
    let principals = Kinds.Principal.resource.title
    let listed = try await namespaces(connection.client)
    let seen: [String]
    let how: String
    if let listed {
      seen = try await allowed(of: listed, connection.client)
      how = "of \(listed.count) namespaces"
    } else {
      seen = wishes.fallback
      how = "as configured; namespaces may not be listed either"
    }
    let found = seen.isEmpty ? [connection.namespace] : seen
    let shown = found.prefix(6).map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
    let more = found.count > 6 ? " and \(found.count - 6) more" : ""
    let words = seen.isEmpty ? "the context's own" : how
    restrict(
      FleetNotice(
        subject: connection.context, severity: .warning,
        text: "not allowed to list \(principals) in all namespaces: watching \(shown)\(more) "
          + "(\(words))",
        remedy:
          "grant list and watch on \(principals) in all namespaces (pgvigil manifest rbac), or "
          + "name namespaces with -n"))
    return found
  }

  /// nil when they may not be listed.
  private func namespaces(_ client: KubernetesClient) async throws -> [String]? {
    let resource = Resource(group: "", version: "v1", plural: "namespaces")
    let response = try await client.send(
      "GET", resource.path(namespace: nil), query: [("limit", "\(Self.mostNamespaces)")],
      deadline: Self.deadline)
    guard response.status == 200,
      let page = try? JSONDecoder().decode(NamespacePage.self, from: Data(response.body))
    else { return nil }
    return page.items.map(\.metadata.name)
  }

  private func allowed(of names: [String], _ client: KubernetesClient) async throws -> [String] {
    let tries = RequestGate(limit: Self.tries)
    return try await withThrowingTaskGroup(of: String?.self) { group in
      for name in names {
        group.addTask {
          let answer = await tries.pass { try? await self.ask(client, namespace: name) }
          return answer?.status == 200 ? name : nil
        }
      }
      var allowed: [String] = []
      for try await name in group { if let name { allowed.append(name) } }
      return allowed.sorted()
    }
  }

  private func ask(_ client: KubernetesClient, namespace: String?) async throws -> HTTPResponse {
    try await client.send(
      "GET", Kinds.Principal.resource.path(namespace: namespace), query: [("limit", "1")],
      deadline: Self.deadline)
  }

  private func refusal(
    _ answer: HTTPResponse, _ connection: KubernetesAccess.Connection
  ) -> RecoveryError {
    RecoveryError(
      answer, verb: "list", resource: Kinds.Principal.resource, namespace: nil,
      server: connection.client.server)
  }
}

private struct NamespacePage: Decodable {
  struct Item: Decodable { var metadata: ObjectMetadata }
  var items: [Item]
}

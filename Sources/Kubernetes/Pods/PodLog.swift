import FoundationEssentials
import RecoveryModel
import Transports

/// A bounded look at what a container printed: never followed, never more than so many bytes and seconds.
package struct PodLog: Sendable {
  package let client: KubernetesClient
  package let namespace: String

  package init(client: KubernetesClient, namespace: String) {
    self.client = client
    self.namespace = namespace
  }

  /// Seconds for one look.
  package static let deadline = 3.0
  package static let resource = Resource(group: "", version: "v1", plural: "pods/log")

  /// Which part of it.
  package struct Part: Sendable, Hashable {
    package var pod: String
    package var container: String
    /// nil = from its beginning.
    package var since: Date?
    package var lines: Int?
    package var bytes: Int

    package init(pod: String, container: String, since: Date? = nil, lines: Int? = nil, bytes: Int)
    {
      self.pod = pod
      self.container = container
      self.since = since
      self.lines = lines
      self.bytes = bytes
    }
  }

  /// Its lines. Throws `RecoveryError`: denied where the right is missing, invalid where pod or container is gone.
  package func lines(_ part: Part) async throws -> [String] {
    var query = [("container", part.container), ("limitBytes", "\(part.bytes)")]
    if let since = part.since { query.append(("sinceTime", Format.timestamp(since))) }
    if let lines = part.lines { query.append(("tailLines", "\(lines)")) }
    let path = Pod.resource.path(namespace: namespace, name: part.pod, subresource: "log")
    let answer = try await client.send("GET", path, query: query, deadline: Self.deadline)
    guard answer.status == 200 else {
      throw RecoveryError(
        answer, verb: "get", resource: Self.resource, namespace: namespace, server: client.server)
    }
    // A server that knows no limit must not fill the memory.
    return String(decoding: answer.body.prefix(2 * part.bytes), as: UTF8.self)
      .split(whereSeparator: \.isNewline).map(String.init)
  }
}

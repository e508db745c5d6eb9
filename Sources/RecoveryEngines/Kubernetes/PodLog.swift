import FoundationEssentials
import RecoveryModel

/// A bounded look at what a container printed: never followed, never more than so many bytes and seconds.
struct PodLog: Sendable {
  let client: KubernetesClient
  let namespace: String

  /// Seconds for one look.
  static let deadline = 3.0
  static let resource = Resource(group: "", version: "v1", plural: "pods/log")

  /// Which part of it.
  struct Part: Sendable, Hashable {
    var pod: String
    var container: String
    /// nil = from its beginning.
    var since: Date?
    var lines: Int?
    var bytes: Int
  }

  /// Its lines. Throws `RecoveryError`: denied where the right is missing, invalid where pod or container is gone.
  func lines(_ part: Part) async throws -> [String] {
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

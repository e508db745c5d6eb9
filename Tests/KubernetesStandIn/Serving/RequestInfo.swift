/// What a request asks for, taken from its method and path as the API server does.
struct RequestInfo: Sendable {
  var verb: String
  var group = ""
  var version = ""
  /// Plural; empty for paths that are no resource.
  var resource = ""
  var namespace: String?
  var name: String?
  var subresource: String?
  /// What follows a subresource: of the proxy.
  var rest: [String] = []

  var isResource: Bool { !resource.isEmpty }
  var resourceWithSubresource: String { subresource.map { "\(resource)/\($0)" } ?? resource }

  init(_ message: HTTPMessage) {
    verb = message.method.lowercased()
    var parts = message.path.split(separator: "/", omittingEmptySubsequences: false)
      .dropFirst().map(String.init)
    while parts.last == "" && !message.path.contains("/proxy/") { parts.removeLast() }
    if parts.first == "api", parts.count > 2 {
      version = parts[1]
      parts.removeFirst(2)
    } else if parts.first == "apis", parts.count > 3 {
      group = parts[1]
      version = parts[2]
      parts.removeFirst(3)
    } else {
      return
    }
    if parts[0] == "namespaces", parts.count > 1 {
      namespace = parts[1]
      if parts.count > 2, !["status", "finalize"].contains(parts[2]) { parts.removeFirst(2) }
    }
    resource = parts[0]
    name = parts.count > 1 ? parts[1] : nil
    subresource = parts.count > 2 ? parts[2] : nil
    rest = Array(parts.dropFirst(3))
    verb = Self.verb(message, hasName: name != nil)
    if subresource == "proxy", let name { self.name = Self.proxied(name).name }
  }

  private static func verb(_ message: HTTPMessage, hasName: Bool) -> String {
    switch message.method {
    case "GET", "HEAD":
      if hasName { "get" } else { message.flag("watch") ? "watch" : "list" }
    case "POST": "create"
    case "PUT": "update"
    case "PATCH": "patch"
    case "DELETE": hasName ? "delete" : "deletecollection"
    default: message.method.lowercased()
    }
  }

  /// `scheme:name:port`, `name:port` or `name`.
  static func proxied(_ segment: String) -> (scheme: String, name: String, port: String) {
    let parts = segment.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    return switch parts.count {
    case 3: (parts[0].isEmpty ? "http" : parts[0], parts[1], parts[2])
    case 2: ("http", parts[0], parts[1])
    default: ("http", segment, "")
    }
  }

  func access(name fieldName: String? = nil) -> AccessRequest {
    AccessRequest(
      verb: verb, group: group, resource: resourceWithSubresource,
      namespace: resource == "namespaces" ? nil : namespace, name: name ?? fieldName)
  }
}

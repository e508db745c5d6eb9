extension APIServer {
  /// Finds who answers. Throws `APIError` for what has no answer.
  func route(_ exchange: Exchange, _ info: RequestInfo, _ identity: Identity) throws {
    guard info.isResource else { return try discover(exchange) }
    if info.group == "authorization.k8s.io" { return try review(exchange, info, identity) }
    guard let kind = kinds["\(info.group)/\(info.resource)"], kind.version == info.version else {
      throw APIError.unknownPath
    }
    if kind.key == "/pods", let subresource = info.subresource {
      switch subresource {
      case "proxy": return try proxy(exchange, info)
      case "log": return try log(exchange, info)
      case "portforward": return try forward(exchange, info)
      default: break
      }
    }
    try check(info, of: kind)
    let call = ResourceCall(
      server: self, exchange: exchange, kind: kind, info: info, identity: identity)
    switch info.verb {
    case "get": try call.get()
    case "list": try call.list()
    case "watch": try call.watch()
    case "create": try call.create()
    case "update": try call.update()
    case "patch": try call.patch()
    case "delete": try call.delete()
    case "deletecollection": try call.deleteCollection()
    default:
      throw APIError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }
  }

  private func check(_ info: RequestInfo, of kind: Kind) throws {
    if let subresource = info.subresource {
      guard subresource == "status", kind.hasStatus else { throw APIError.unknownPath }
    }
    guard kind.isNamespaced else { return }
    // Only lists and watches may leave the namespace out.
    if info.namespace == nil, !["list", "watch"].contains(info.verb) { throw APIError.unknownPath }
  }
}

/// One call on one kind of resource.
struct ResourceCall {
  let server: APIServer
  let exchange: Exchange
  let kind: Kind
  let info: RequestInfo
  let identity: Identity

  var request: HTTPMessage { exchange.request }
  var store: Store { server.store }
  /// The key of the object that the path names.
  var key: String { Self.key(kind, namespace: info.namespace, name: info.name ?? "") }
  var isDryRun: Bool { request.query.contains { $0.name == "dryRun" && $0.value == "All" } }
  var isStatus: Bool { info.subresource == "status" }

  static func key(_ kind: Kind, namespace: String?, name: String) -> String {
    (kind.isNamespaced ? namespace ?? "" : "") + "/" + name
  }

  /// Throws for a `dryRun` that is not `All`.
  func checkDryRun() throws {
    for parameter in request.query where parameter.name == "dryRun" && parameter.value != "All" {
      throw APIError(
        422, "Invalid",
        "dryRun: Unsupported value: \"\(parameter.value)\": supported values: \"All\"")
    }
  }
}

extension APIServer {
  /// `pods/proxy`: whoever was put behind the pod's port answers.
  func proxy(_ exchange: Exchange, _ info: RequestInfo) throws {
    let kind = try podKind()
    // The path's own segment: the name in `info` is without scheme and port.
    let segments = exchange.request.path.split(separator: "/").map(String.init)
    let at = segments.firstIndex(of: "pods").map { $0 + 1 } ?? 0
    let (scheme, name, port) = RequestInfo.proxied(
      segments.indices.contains(at) ? segments[at] : "")
    guard let pod = pod(info) else { throw APIError.notFound(kind, name) }
    // Where nobody has placed it yet there is nowhere to go.
    guard !(pod.tree[path: "spec", "nodeName"]?.string ?? "").isEmpty else {
      throw APIError.badRequest("address not allowed")
    }
    let request = ProxyRequest(
      scheme: scheme, namespace: info.namespace ?? "", pod: name, port: port,
      method: exchange.request.method, path: "/" + info.rest.joined(separator: "/"),
      body: exchange.request.body)
    guard let response = pods.answer(request) else {
      throw APIError(
        503, "ServiceUnavailable",
        "error trying to reach service: dial tcp 10.0.0.1:\(port): connect: connection refused")
    }
    if response.delay > 0,
      exchange.connection.waitForPeer(orWake: -1, seconds: response.delay)
    {
      throw ConnectionEnded()
    }
    try exchange.respond(
      response.status, contentType: response.contentType, body: response.body)
  }

  /// `pods/log`, gone with its pod.
  func log(_ exchange: Exchange, _ info: RequestInfo) throws {
    let kind = try podKind()
    guard let pod = pod(info) else { throw APIError.notFound(kind, info.name ?? "") }
    let request = exchange.request
    let container = try container(of: pod, named: request.parameter("container"))
    let isPrevious = request.flag("previous")
    let key = PodBackends.LogKey(uid: pod.uid, container: container, isPrevious: isPrevious)
    guard let lines = pods.lines(key) ?? (isPrevious ? nil : []) else {
      throw APIError.badRequest(
        "previous terminated container \"\(container)\" in pod \"\(pod.name)\" not found")
    }
    if lines.isEmpty, let waiting = Self.waiting(pod.tree, container) {
      throw APIError.badRequest(
        "container \"\(container)\" in pod \"\(pod.name)\" is waiting to start: \(waiting)")
    }
    let tail = request.parameter("tailLines").flatMap { Int($0) } ?? Int.max
    let first = max(0, lines.count - tail)
    guard request.flag("follow") else {
      let text = lines[first...].map { $0 + "\n" }.joined()
      return try exchange.respond(200, contentType: "text/plain", body: Array(text.utf8))
    }
    try follow(exchange, info, key, from: first)
  }

  private func follow(
    _ exchange: Exchange, _ info: RequestInfo, _ key: PodBackends.LogKey, from first: Int
  ) throws {
    let (number, wake) = try pods.follow()
    defer { pods.unfollow(number) }
    try exchange.beginStream(contentType: "text/plain")
    var sent = first
    while true {
      let lines = pods.lines(key) ?? []
      if lines.count > sent {
        try exchange.chunk(Array(lines[sent...].map { $0 + "\n" }.joined().utf8))
        sent = lines.count
      }
      guard let pod = pod(info), pod.uid == key.uid, !Self.isOver(pod.tree, key.container) else {
        if (pods.lines(key) ?? []).count > sent { continue }
        return try exchange.endStream()
      }
      if exchange.connection.waitForPeer(orWake: wake.descriptor, seconds: 0.2) {
        throw ConnectionEnded()
      }
      wake.clear()
    }
  }

  func podKind() throws -> Kind {
    guard let kind = kinds["/pods"] else { throw APIError.unknownPath }
    return kind
  }

  func pod(_ info: RequestInfo) -> StoredObject? {
    let name = info.name ?? ""
    return store.transaction { $0.object("/pods", "\(info.namespace ?? "")/\(name)") }
  }

  private func container(of pod: StoredObject, named name: String?) throws -> String {
    let spec = pod.tree["spec"] ?? .empty
    let names = ["containers", "initContainers"].map { list in
      (spec[list]?.array ?? []).compactMap { $0["name"]?.string }
    }
    if let name, !name.isEmpty {
      guard names.joined().contains(name) else {
        throw APIError.badRequest("container \(name) is not valid for pod \(pod.name)")
      }
      return name
    }
    guard names[0].count == 1 else {
      throw APIError.badRequest(
        "a container name must be specified for pod \(pod.name), choose one of: \(names[0])")
    }
    return names[0][0]
  }

  private static func state(_ pod: JSONValue, _ container: String) -> JSONValue? {
    for list in ["containerStatuses", "initContainerStatuses"] {
      let statuses = pod[path: "status", list]?.array ?? []
      if let status = statuses.first(where: { $0["name"]?.string == container }) {
        return status["state"]
      }
    }
    return nil
  }

  private static func waiting(_ pod: JSONValue, _ container: String) -> String? {
    guard let waiting = state(pod, container)?["waiting"] else { return nil }
    return waiting["message"]?.string ?? waiting["reason"]?.string ?? "ContainerCreating"
  }

  private static func isOver(_ pod: JSONValue, _ container: String) -> Bool {
    if state(pod, container)?["terminated"] != nil { return true }
    return ["Succeeded", "Failed"].contains(pod[path: "status", "phase"]?.string ?? "")
  }
}

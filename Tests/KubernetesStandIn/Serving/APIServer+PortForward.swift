extension APIServer {
  private static let spdyProtocol = "portforward.k8s.io"
  private static let tunnelProtocol = "SPDY/3.1+portforward.k8s.io"

  /// `pods/portforward`: SPDY streams to the pod's ports, plain or in a WebSocket. The connection is spent afterwards.
  func forward(_ exchange: Exchange, _ info: RequestInfo) throws {
    let kind = try podKind()
    guard let pod = pod(info) else { throw APIError.notFound(kind, info.name ?? "") }
    let pipe = try upgrade(exchange)
    let session = try PortForwardSession(pipe) { [pods] port in
      guard let target = pods.target(of: port, pod: pod.uid) else {
        throw StandInError("connection refused")
      }
      return try PodConnection(port: target)
    }
    try session.run()
    throw ConnectionEnded()
  }

  private func upgrade(_ exchange: Exchange) throws -> any BytePipe {
    let headers = exchange.request.headers
    guard headers["connection"]?.lowercased().contains("upgrade") == true else {
      throw APIError.badRequest("Upgrade request required")
    }
    switch headers["upgrade"]?.lowercased() {
    case "spdy/3.1":
      guard headers["x-stream-protocol-version"]?.contains(Self.spdyProtocol) == true else {
        throw APIError(
          403, "Forbidden",
          "unable to upgrade: unable to negotiate protocol: client supports "
            + "[\(headers["x-stream-protocol-version"] ?? "")], server accepts "
            + "[\(Self.spdyProtocol)]")
      }
      try exchange.switchProtocols([
        ("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"),
        ("X-Stream-Protocol-Version", Self.spdyProtocol),
      ])
      return PlainPipe(exchange.connection)
    case "websocket":
      // A server before 1.31 takes this for the kubelet's own WebSocket protocol.
      guard settings.tunnelsWebSockets, let key = headers["sec-websocket-key"],
        headers["sec-websocket-protocol"]?.contains(Self.tunnelProtocol) == true
      else { throw APIError.badRequest("query parameter \"port\" is required") }
      try exchange.switchProtocols([
        ("Connection", "Upgrade"), ("Upgrade", "websocket"),
        ("Sec-WebSocket-Accept", WebSocketPipe.accept(key)),
        ("Sec-WebSocket-Protocol", Self.tunnelProtocol),
      ])
      return WebSocketPipe(exchange.connection)
    default: throw APIError.badRequest("Upgrade request required")
    }
  }
}

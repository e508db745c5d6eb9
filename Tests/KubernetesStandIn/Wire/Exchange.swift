/// One request and the way its answer goes out, with the faults that were ordered for it.
final class Exchange {
  let request: HTTPMessage
  let connection: TLSConnection
  /// What is to go wrong with this answer.
  var fault: Fault?
  /// Told once, when the head goes out.
  var onStatus: ((Int) -> Void)?
  /// Sent with every head: RFC 9111 warnings of the API server.
  var warnings: [String] = []
  private(set) var isAnswered = false
  private var bodyBytesSent = 0
  private var isChunked = false

  init(request: HTTPMessage, connection: TLSConnection) {
    self.request = request
    self.connection = connection
  }

  /// A whole answer with its length.
  func respond(
    _ status: Int, headers: [(String, String)] = [], contentType: String = "application/json",
    body: [UInt8]
  ) throws {
    try head(
      status,
      headers: headers + [("Content-Type", contentType), ("Content-Length", "\(body.count)")])
    try send(body)
  }

  func respond(_ status: Int, headers: [(String, String)] = [], _ value: JSONValue) throws {
    try respond(status, headers: headers, body: value.bytes + [0x0A])
  }

  /// From here on the connection speaks something else.
  func switchProtocols(_ headers: [(String, String)]) throws { try head(101, headers: headers) }

  /// Begins an answer of unknown length, sent in chunks.
  func beginStream(_ status: Int = 200, contentType: String) throws {
    isChunked = true
    try head(status, headers: [("Content-Type", contentType), ("Transfer-Encoding", "chunked")])
  }

  func chunk(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    try send(Array("\(String(bytes.count, radix: 16))\r\n".utf8), isFraming: true)
    try send(bytes)
    try send([13, 10], isFraming: true)
  }

  func endStream() throws { try send(Array("0\r\n\r\n".utf8), isFraming: true) }

  private func head(_ status: Int, headers: [(String, String)]) throws {
    isAnswered = true
    onStatus?(status)
    var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
    text += "Audit-Id: stand-in\r\nCache-Control: no-cache, private\r\n"
    for warning in warnings { text += "Warning: 299 - \"\(warning)\"\r\n" }
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    try connection.write(Array((text + "\r\n").utf8)[...])
  }

  /// Sends, and obeys the fault: `isFraming` bytes do not count as body.
  private func send(_ bytes: [UInt8], isFraming: Bool = false) throws {
    switch fault?.action {
    case .cut(let limit, let resets) where !isFraming:
      let left = limit - bodyBytesSent
      guard bytes.count > left else { break }
      try connection.write(bytes.prefix(max(0, left)))
      if resets { connection.reset() } else { connection.tear() }
      throw ConnectionEnded()
    case .slow(let step, let pause) where !isFraming:
      var rest = bytes[...]
      while !rest.isEmpty {
        try connection.write(rest.prefix(max(1, step)))
        rest = rest.dropFirst(max(1, step))
        Thread.sleep(seconds: pause)
      }
      bodyBytesSent += bytes.count
      return
    default: break
    }
    try connection.write(bytes[...])
    if !isFraming { bodyBytesSent += bytes.count }
  }

  private static func reason(_ status: Int) -> String {
    [
      101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request",
      401: "Unauthorized",
      403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 410: "Gone",
      413: "Request Entity Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Entity",
      429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
      504: "Gateway Timeout",
    ][status] ?? "Status"
  }
}

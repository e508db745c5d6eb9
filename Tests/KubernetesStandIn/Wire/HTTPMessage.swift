/// A request as it came.
struct HTTPMessage: Sendable {
  var method: String
  /// Decoded, without the query.
  var path: String
  /// As it was asked for.
  var target: String
  var query: [(name: String, value: String)]
  /// Names in lower case.
  var headers: [String: String]
  var body: [UInt8] = []

  func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// `1`, `true`; absent is false.
  func flag(_ name: String) -> Bool {
    guard let value = parameter(name) else { return false }
    return ["1", "t", "true", "True", "TRUE"].contains(value)
  }
}

/// Reads requests from a connection, one after the other.
struct HTTPReader {
  /// What an API server lets through: 3 MiB of object, and what clients send around it.
  static let maximumBody = 3 << 20
  private static let maximumHead = 64 << 10

  private var buffer: [UInt8] = []

  /// The next request; nil when the peer is done. Throws `ConnectionEnded` for what is no HTTP.
  mutating func next(from connection: TLSConnection) throws -> HTTPMessage? {
    guard let head = try readHead(from: connection) else { return nil }
    guard var message = HTTPMessage(head: head) else { throw ConnectionEnded() }
    if message.headers["expect"]?.lowercased() == "100-continue" {
      try connection.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)[...])
    }
    if message.headers["transfer-encoding"]?.lowercased() == "chunked" {
      message.body = try readChunks(from: connection)
    } else if let length = message.headers["content-length"].flatMap({ Int($0) }), length > 0 {
      message.body = try take(length, from: connection)
    }
    return message
  }

  private mutating func readHead(from connection: TLSConnection) throws -> String? {
    let end: [UInt8] = [13, 10, 13, 10]
    var searched = 0
    while true {
      if let at = Self.index(of: end, in: buffer, from: max(0, searched - 3)) {
        let head = String(decoding: buffer[..<at], as: UTF8.self)
        buffer.removeFirst(at + 4)
        return head
      }
      searched = buffer.count
      guard buffer.count < Self.maximumHead else { throw ConnectionEnded() }
      guard let more = try? connection.read() else {
        if buffer.isEmpty { return nil }
        throw ConnectionEnded()
      }
      buffer += more
    }
  }

  private mutating func take(_ count: Int, from connection: TLSConnection) throws -> [UInt8] {
    // Enough to answer 413 instead of cutting the connection.
    guard count <= 16 * Self.maximumBody else { throw ConnectionEnded() }
    while buffer.count < count { buffer += try connection.read() }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private mutating func readLine(from connection: TLSConnection) throws -> String {
    while true {
      if let at = Self.index(of: [13, 10], in: buffer, from: 0) {
        defer { buffer.removeFirst(at + 2) }
        return String(decoding: buffer[..<at], as: UTF8.self)
      }
      buffer += try connection.read()
    }
  }

  private mutating func readChunks(from connection: TLSConnection) throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let line = try readLine(from: connection)
      guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else { throw ConnectionEnded() }
      if size == 0 {
        while try !readLine(from: connection).isEmpty {}
        return body
      }
      body += try take(size, from: connection)
      _ = try readLine(from: connection)
    }
  }

  private static func index(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= pattern.count else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      var at = start
      while at + pattern.count <= bytes.count {
        if bytes[at] == pattern[0],
          pattern.indices.allSatisfy({ bytes[at + $0] == pattern[$0] })
        {
          return at
        }
        at += 1
      }
      return nil
    }
  }
}

extension HTTPMessage {
  /// Request line and headers; nil for what is none.
  init?(head: String) {
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    method = String(words[0])
    target = String(words[1])
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = Self.decode(parts[0], plusIsSpace: false)
    query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        Self.decode(sides[0], plusIsSpace: true),
        sides.count > 1 ? Self.decode(sides[1], plusIsSpace: true) : ""
      )
    }
    headers = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon].lowercased()
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers[name] = headers[name].map { $0 + ", " + value } ?? String(value)
    }
  }

  private static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let code = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
        bytes.append(code)
        rest.removeFirst(2)
      } else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

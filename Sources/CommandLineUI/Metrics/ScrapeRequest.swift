/// As much of HTTP/1.1 as a scraper speaks.
enum ScrapeRequest: Equatable {
  /// More has to come.
  case incomplete
  case get(path: String, headOnly: Bool)
  /// Answered with this status and closed.
  case refused(Int)

  static let maximumBytes = 8192

  init(_ bytes: [UInt8]) {
    guard let end = Self.headEnd(bytes) else {
      self = bytes.count >= Self.maximumBytes ? .refused(431) : .incomplete
      return
    }
    guard end <= Self.maximumBytes else {
      self = .refused(431)
      return
    }
    let head = String(decoding: bytes[..<end], as: UTF8.self)
    let line = head.prefix { $0 != "\r\n" && $0 != "\n" }
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/") else {
      self = .refused(400)
      return
    }
    guard words[0] == "GET" || words[0] == "HEAD" else {
      self = .refused(405)
      return
    }
    self = .get(path: String(words[1].prefix { $0 != "?" }), headOnly: words[0] == "HEAD")
  }

  /// Where the empty line after the head ends.
  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    var lineLength = 0
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0A {
        if lineLength == 0, index > 0 { return index + 1 }
        lineLength = 0
      } else if byte != 0x0D {
        lineLength += 1
      }
    }
    return nil
  }
}

/// What a scraper gets.
struct ScrapeAnswer: Equatable {
  var status: Int
  var contentType = "text/plain; charset=utf-8"
  var body: String

  /// The whole response; the connection is closed after it.
  func bytes(headOnly: Bool) -> [UInt8] {
    let body = Array(body.utf8)
    var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
    head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
    if status == 405 { head += "Allow: GET, HEAD\r\n" }
    head += "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + (headOnly ? [] : body)
  }

  static func refusal(_ status: Int) -> ScrapeAnswer {
    ScrapeAnswer(status: status, body: reason(status) + "\n")
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 431: "Request Header Fields Too Large"
    case 503: "Service Unavailable"
    default: "Internal Server Error"
    }
  }
}

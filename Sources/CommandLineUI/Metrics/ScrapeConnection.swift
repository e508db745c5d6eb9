import Glibc

/// One scraper's connection: reads a request, writes an answer, and is then done. Never blocks.
struct ScrapeConnection {
  let descriptor: Int32
  /// Monotonic seconds; whoever is slower is cut off.
  private(set) var deadline: Double
  private var received: [UInt8] = []
  private var answer: [UInt8] = []
  private var sent = 0
  private(set) var isDone = false

  init(descriptor: Int32, deadline: Double) {
    self.descriptor = descriptor
    self.deadline = deadline
  }

  var isAnswering: Bool { !answer.isEmpty }

  /// What to poll for.
  var interest: Int16 { Int16(isAnswering ? POLLOUT : POLLIN) }

  /// Takes what has come; `respond` is called once, when the request is complete.
  mutating func receive(_ respond: (String) -> ScrapeAnswer, deadline: Double) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &chunk, chunk.count)
    guard count > 0 else {
      isDone = count == 0 || (errno != EAGAIN && errno != EINTR)
      return
    }
    received += chunk[0..<count]
    switch ScrapeRequest(received) {
    case .incomplete: return
    case .refused(let status): answer = ScrapeAnswer.refusal(status).bytes(headOnly: false)
    case .get(let path, let headOnly): answer = respond(path).bytes(headOnly: headOnly)
    }
    received = []
    self.deadline = deadline
    send()
  }

  /// Sends as much as is taken.
  mutating func send() {
    while sent < answer.count {
      let count = answer.withUnsafeBytes { bytes in
        bytes.baseAddress.map {
          Glibc.send(descriptor, $0 + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        isDone = errno != EAGAIN
        return
      }
      sent += count
    }
    isDone = true
  }

  /// Too slow: told so where nothing has been answered yet.
  mutating func expire() {
    if !isAnswering {
      answer = ScrapeAnswer.refusal(408).bytes(headOnly: false)
      send()
    }
    isDone = true
  }
}

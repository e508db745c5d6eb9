import Synchronization

/// Cuts the bytes of a program's two streams into lines for a stream of `ProcessEvent`.
final class LineSplitter: Sendable {
  /// A longer line is cut here.
  private static let longest = 65_536

  private let continuation: AsyncThrowingStream<ProcessEvent, any Error>.Continuation
  private let pending = Mutex((output: [UInt8](), error: [UInt8]()))

  init(_ continuation: AsyncThrowingStream<ProcessEvent, any Error>.Continuation) {
    self.continuation = continuation
  }

  func started(pid: Int32) { continuation.yield(.started(pid: pid)) }

  func output(_ bytes: [UInt8]) {
    let lines = pending.withLock { Self.cut(&$0.output, adding: bytes) }
    for line in lines { continuation.yield(.outputLine(line)) }
  }

  func error(_ bytes: [UInt8]) {
    let lines = pending.withLock { Self.cut(&$0.error, adding: bytes) }
    for line in lines { continuation.yield(.errorLine(line)) }
  }

  /// Hands out what has no line end.
  func finish() {
    let rest = pending.withLock { state in
      defer { state = ([], []) }
      return state
    }
    if !rest.output.isEmpty { continuation.yield(.outputLine(Self.text(rest.output[...]))) }
    if !rest.error.isEmpty { continuation.yield(.errorLine(Self.text(rest.error[...]))) }
  }

  private static func cut(_ buffer: inout [UInt8], adding bytes: [UInt8]) -> [String] {
    buffer += bytes
    var lines: [String] = []
    var start = buffer.startIndex
    while let end = buffer[start...].firstIndex(of: 10) {
      lines.append(text(buffer[start..<end]))
      start = end + 1
    }
    buffer.removeSubrange(..<start)
    if buffer.count > longest {
      lines.append(text(buffer[...]))
      buffer = []
    }
    return lines
  }

  private static func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
  }
}

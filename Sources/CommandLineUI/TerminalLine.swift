import Dispatch

/// A line that a person types.
enum TerminalLine {
  /// Reads on a thread of its own, since nobody knows how long a person takes; nil = the input has ended.
  static func read() async -> String? {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "pgvigil.line").async { continuation.resume(returning: readLine()) }
    }
  }
}

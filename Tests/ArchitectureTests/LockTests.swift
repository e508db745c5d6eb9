import Testing

/// Waking a reader waits for the lock of its task; a reader that is being cancelled holds that while its handlers take
/// ours. So nobody is woken, ended or cancelled while one of our locks is held.
@Suite struct LockTests {
  private static let wakes = [".yield(", ".resume(", ".finish(", ".cancel("]
  /// What looks like it and is not: the closure is kept, or the call is of something that nobody waits for.
  private static let harmless: Set<String> = [
    "Sources/CommandLineUI/Operations/SignalStream.swift", "Sources/pgvigil/MainThread.swift",
    "Sources/ObjectStores/Restore/BarmanRestore.swift", "Sources/PostgresServers/WAL/WALDump.swift",
  ]

  /// What stands between the braces behind each `withLock`.
  static func bodies(in text: String) -> [String] {
    text.components(behind: ".withLock").compactMap { rest in
      var depth = 0
      var body = ""
      for character in rest {
        if character == "{" { depth += 1 }
        if character == "}" { depth -= 1 }
        if depth == 0, !body.isEmpty { return body }
        if depth > 0 { body.append(character) }
        if depth == 0, character == "\n" { return nil }
      }
      return nil
    }
  }

  @Test func nobodyIsWokenUnderALock() {
    for file in House.sources(in: "Sources") where !Self.harmless.contains(file) {
      for body in Self.bodies(in: House.text(file) ?? "") {
        for wake in Self.wakes where body.contains(wake) {
          Issue.record("\(file) calls \(wake)) under a lock: \(body.prefix(200))")
        }
      }
    }
  }

  @Test func theSearchFindsIt() {
    let text =
      "state.withLock { state in\n  for one in state.all { one.yield(3) }\n}\nother.resume()"
    #expect(Self.bodies(in: text).count == 1)
    #expect(Self.bodies(in: text).first?.contains(".yield(") == true)
    #expect(Self.bodies(in: text).first?.contains(".resume(") == false)
  }
}

extension String {
  /// What follows each `mark`.
  fileprivate func components(behind mark: String) -> [Substring] {
    var found: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: mark) {
      rest = rest[range.upperBound...]
      found.append(rest)
    }
    return found
  }
}

/// Reads an error line by line: what each says once its wrapping is off. A traceback's frames need the line before.
struct FailureLines {
  typealias Weight = FailureSentence.Weight
  typealias Candidate = FailureSentence.Candidate

  /// The last line was `File "…", line N`: its source follows.
  private var isInFrame = false

  mutating func candidates(_ raw: Substring) -> [Candidate] {
    if isFrame(raw) { return [] }
    if let entry = LogEntry(line: String(raw)) { return candidates(entry) }
    let line = Sanitizer.clean(Redaction.apply(to: MarkupText.plain(String(raw))), limit: 4000)
    guard !line.isEmpty, !Self.isScaffold(line) else { return [] }
    return Self.sentence(line).map { [$0] } ?? []
  }

  private mutating func candidates(_ entry: LogEntry) -> [Candidate] {
    entry.texts.flatMap { severity, text in
      text.split(whereSeparator: \.isNewline).compactMap { line -> Candidate? in
        let line = Sanitizer.clean(Redaction.apply(to: MarkupText.plain(String(line))), limit: 4000)
        guard !line.isEmpty, !Self.isScaffold(line), var found = Self.sentence(line) else {
          return nil
        }
        if let severity { found.weight = max(found.weight, Self.weight(ofLevel: severity) ?? 0) }
        return found
      }
    }
  }

  // MARK: What is no sentence

  /// Frames of a traceback, and the source that each shows.
  private mutating func isFrame(_ raw: Substring) -> Bool {
    let line = raw.drop { $0 == " " || $0 == "\t" }
    let indent = raw.count - line.count
    if line.hasPrefix("File \""), line.contains(", line ") {
      isInFrame = true
      return true
    }
    if isInFrame, indent >= 4 || line.allSatisfy({ "^~ ".contains($0) }) { return true }
    isInFrame = false
    return indent > 0 && line.contains(".go:") && !line.contains(": ")
  }

  /// What stands around errors and says nothing of them.
  private static func isScaffold(_ line: String) -> Bool {
    let starts = [
      "Traceback (most recent call last", "During handling of the above exception",
      "The above exception was the direct cause", "goroutine ", "github.com/", "k8s.io/",
      "sigs.k8s.io/", "runtime.", "stack traceback", "Stack trace", "created by ", "panic: main",
    ]
    return starts.contains(where: line.hasPrefix)
      || line.allSatisfy { !$0.isLetter && !$0.isNumber }
  }

  // MARK: What one line says

  static func sentence(_ line: String) -> Candidate? {
    var line = Substring(line)
    var level: String?
    while let shorter = unwrapped(line, &level), shorter.count < line.count { line = shorter }
    let text = line.trimmed
    guard !text.isEmpty else { return nil }
    if let call = StoreCall(text) { return Candidate(text: call.words, weight: Weight.storeCall) }
    if let answer = StoreCall.answer(text) {
      return Candidate(text: answer, weight: Weight.storeAnswer)
    }
    return Candidate(text: unclassed(text), weight: weight(text, level: level))
  }

  private static func weight(_ text: String, level: String?) -> Int {
    if let fixed = fixedWeight(text) { return fixed }
    let cause = KnownCause.strength(text) > 0 ? Weight.knownCause : 0
    let kind = isException(text) ? Weight.exception : Weight.prose
    return max(cause, kind, level.flatMap(weight(ofLevel:)) ?? 0)
  }

  /// Lines whose words sound worse, or more telling, than they are.
  private static func fixedWeight(_ text: String) -> Int? {
    let words = text.split(separator: " ")
    if words.count <= 3, text.contains("exit status") || text.contains("exit code") {
      return Weight.exitStatus
    }
    if words.count == 1, text.count > 60 || text == "None" { return Weight.filler }
    // The socket of a server that has stopped for another reason.
    if text.contains(".s.PGSQL.") { return Weight.consequence }
    let ordinary = [
      "archive command failed with exit code", "failed too many times, will try again later",
      "terminating any other active server processes", "shutting down due to startup process",
    ]
    if ordinary.contains(where: text.contains) { return Weight.exitStatus }
    if text.hasPrefix("WAL file "), text.hasSuffix("does not exist") { return Weight.ordinary }
    if text.hasSuffix("exit status 1") || text.contains("exit status"),
      KnownCause.strength(text) == 0
    {
      return Weight.consequence
    }
    return nil
  }

  static func weight(ofLevel level: String) -> Int? {
    switch level.uppercased() {
    case "FATAL", "PANIC", "CRITICAL": Weight.fatal
    case "ERROR", "EXCEPTION": Weight.error
    case "WARNING", "WARN": Weight.warning
    case "INFO", "DEBUG", "LOG", "HINT", "NOTICE": Weight.ordinary
    default: nil
    }
  }

  /// `botocore.exceptions.ClientError: …`, `ReferenceError: …`.
  private static func isException(_ text: String) -> Bool {
    guard let name = text.split(separator: ":", maxSplits: 1).first, !name.contains(" ") else {
      return false
    }
    return ["Error", "Exception", "Timeout", "Exit", "Interrupt", "Refused"]
      .contains(where: name.hasSuffix)
  }

  /// Without the modules that an exception's class lies in.
  private static func unclassed(_ text: String) -> String {
    guard isException(text), let colon = text.firstIndex(of: ":") else { return text }
    let name = text[..<colon].split(separator: ".").last ?? text[..<colon]
    return String(name + text[colon...])
  }

  // MARK: Wrapping

  /// One layer less; nil when nothing is wrapped around it any more.
  private static func unwrapped(_ line: Substring, _ level: inout String?) -> Substring? {
    if let range = line.firstRange(of: "rpc error: code = "),
      let desc = line[range.upperBound...].firstRange(of: " desc = ")
    {
      return line[desc.upperBound...]
    }
    for mark in ["with stderr: ", "stderr: "] {
      if let range = line.firstRange(of: mark),
        line.distance(
          from: line.startIndex, to: range.lowerBound) < 120
      {
        return line[range.upperBound...]
      }
    }
    if let range = line.firstRange(of: ", with stdout: ") { return line[..<range.lowerBound] }
    for prefix in ["exit status ", "exit code "] where line.hasPrefix(prefix) {
      let rest = line.dropFirst(prefix.count).drop { $0.isNumber }
      if rest.hasPrefix(": ") { return rest.dropFirst(2) }
    }
    if let rest = LogStamp.dropped(line) { return rest }
    return withoutLevel(line, &level)
  }

  private static let levels = [
    "ERROR", "FATAL", "PANIC", "CRITICAL", "WARNING", "WARN", "INFO", "DEBUG", "LOG", "EXCEPTION",
    "HINT", "NOTICE", "error", "fatal", "Error", "Fatal",
  ]

  private static func withoutLevel(_ line: Substring, _ level: inout String?) -> Substring? {
    for name in levels where line.hasPrefix(name) {
      let rest = line.dropFirst(name.count)
      guard let mark = rest.first, mark == ":" || mark == "]" else { continue }
      level = level ?? name
      return rest.dropFirst().drop { $0 == " " }
    }
    return nil
  }
}

/// What stands before a line's words in a log: a time, a process, a place.
enum LogStamp {
  /// nil when it begins with no time and no process.
  static func dropped(_ line: Substring) -> Substring? {
    if line.hasPrefix("["), let end = line.firstIndex(of: "]"),
      line.distance(from: line.startIndex, to: end) <= 24
    {
      return line[line.index(after: end)...].drop { $0 == " " }
    }
    let stamp = line.prefix { $0.isNumber || "-:.,TZ+/".contains($0) }
    guard stamp.filter(\.isNumber).count >= 6, stamp.contains(where: { ":-/".contains($0) }),
      stamp.count < line.count, line[stamp.endIndex] == " "
    else { return nil }
    var rest = line[stamp.endIndex...].drop { $0 == " " }
    if rest.hasPrefix("UTC ") { rest = rest.dropFirst(4) }
    return rest
  }
}

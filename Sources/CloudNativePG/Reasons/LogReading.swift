import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// Finds in a log's lines the one that says why. Pure.
struct LogReading {
  let question: LogQuestion

  private struct Line {
    var entry: LogEntry?
    var text: String
    var part: PodLog.Part
    var at: Date?
  }

  /// nil where no line says anything.
  func reason(_ logs: [(part: PodLog.Part, lines: [String])]) -> LogReason? {
    let lines = lines(logs)
    let own = lines.filter { isOwn($0) }
    guard let (line, candidate) = best(own) ?? best(lines.filter { isError($0) }) else {
      return nil
    }
    var reason = LogReason(
      sentence: FailureSentence.shorten(candidate.text, limit: 160),
      detail: FailureSentence.whole(words(line)), pod: line.part.pod,
      container: line.part.container, at: line.at)
    if question.subject == .bootstrap { reason.more = last("last completed transaction", lines) }
    return reason
  }

  private func lines(_ logs: [(part: PodLog.Part, lines: [String])]) -> [Line] {
    logs.flatMap { part, lines in
      lines.compactMap { text -> Line? in
        let entry = LogEntry(line: text)
        let at = kubernetesDate(entry?.at)
        if let at, let until = question.until, at > until { return nil }
        return Line(entry: entry, text: text, part: part, at: at)
      }
    }
  }

  // MARK: Which lines

  private static let backupLoggers: Set<String> = ["barman-cloud-backup"]
  private static let archiverLoggers: Set<String> = [
    "barman-cloud-wal-archive", "wal-archive", "barman-cloud-check-wal-archive",
  ]

  /// It belongs to what failed, by who printed it.
  private func isOwn(_ line: Line) -> Bool {
    guard let entry = line.entry else { return question.subject == .bootstrap }
    let logger = entry.logger ?? ""
    switch question.subject {
    case .backup(let name):
      return Self.backupLoggers.contains(logger)
        || entry.level == "error" && entry.backupName == name && logger != "barman"
    case .archiver: return Self.archiverLoggers.contains(logger)
    case .bootstrap: return !(entry.record ?? "").hasPrefix("the database system is ")
    }
  }

  /// It was printed as an error, whoever did.
  private func isError(_ line: Line) -> Bool {
    guard let entry = line.entry else { return true }
    return entry.level == "error" || ["ERROR", "FATAL", "PANIC"].contains(entry.severity ?? "")
      || (entry.message ?? "").contains("ERROR: ")
  }

  /// The most telling. Of equals the first: what follows is its consequence; of an archiver, which tries again and
  /// again, the last.
  private func best(_ lines: [Line]) -> (Line, FailureSentence.Candidate)? {
    var best: (line: Line, candidate: FailureSentence.Candidate)?
    let prefersLast = question.subject == .archiver
    for line in lines {
      guard let candidate = FailureSentence.best(in: line.text), candidate.isTelling,
        isWorthTelling(line, candidate)
      else { continue }
      let weight = best?.candidate.weight ?? -1
      if candidate.weight > weight || prefersLast && candidate.weight == weight {
        best = (line, candidate)
      }
    }
    return best
  }

  /// Prose is told only of who reports errors: everybody else tells of what goes well.
  private func isWorthTelling(_ line: Line, _ candidate: FailureSentence.Candidate) -> Bool {
    candidate.isReport && isError(line) || candidate.isGrave && line.entry == nil
  }

  private func words(_ line: Line) -> String {
    guard let entry = line.entry else { return line.text }
    if let record = entry.record { return "\(entry.severity ?? "LOG"): \(record)" }
    return [entry.message, entry.stderr, entry.error].compactMap { $0 }.filter { !$0.isEmpty }
      .joined(separator: ": ")
  }

  private func last(_ prefix: String, _ lines: [Line]) -> [String] {
    lines.compactMap { $0.entry?.record }.last { $0.hasPrefix(prefix) }.map { [$0] } ?? []
  }

  // MARK: How a recovery ended

  /// nil where replay did not come to an end.
  func ending(_ logs: [(part: PodLog.Part, lines: [String])]) -> RecoveryEnding? {
    let lines = lines(logs)
    guard let redo = last("redo done at ", lines).first else { return nil }
    var ending = RecoveryEnding(pod: logs.first?.part.pod ?? "")
    ending.endedAt = lines.last { $0.entry?.record?.hasPrefix("redo done at ") == true }?.at
    ending.redoDoneAt = redo.dropFirst("redo done at ".count).split(separator: " ").first
      .map(String.init)
    ending.lastTransaction = last("last completed transaction was at log time ", lines).first
      .map { String($0.dropFirst("last completed transaction was at log time ".count)) }
    for line in lines {
      if let name = line.entry?.record?.between("restored log file \"", and: "\""), name.count == 24
      {
        ending.lastSegment = name
      }
      let said = line.entry?.message ?? line.text
      if let name = said.between("WAL file ", and: " for server"), said.contains("does not exist"),
        name.count == 24
      {
        ending.missing = name
      }
    }
    return ending
  }
}

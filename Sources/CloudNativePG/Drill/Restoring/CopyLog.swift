import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// What the recovery job's pods have said so far; folds the JSON lines of the instance manager, of PostgreSQL and of the
/// plugin beside it.
struct CopyLog: Sendable, Equatable {
  /// Lines kept for the record of a failure.
  private static let kept = 60

  var recovery = RecoveryLog()
  private(set) var moments = CopyMoments()
  /// Messages of errors, oldest first, bounded.
  private(set) var errors: [String] = []
  /// WAL files that the store did not have, in the plugin's words.
  private(set) var missing: [String] = []

  enum Effect: Sendable, Equatable {
    /// Nothing to tell.
    case none
    case progress
    /// A line that a person wants to read.
    case worthTelling(String)
  }

  /// `elapsed` = seconds since the drill began, as it is read.
  mutating func read(_ line: String, at elapsed: Double) -> Effect {
    guard let entry = LogEntry(line: line) else { return readPlain(line) }
    let written = kubernetesDate(entry.at)?.timeIntervalSince1970
    let message = entry.record ?? entry.message ?? ""
    moments.hear(written: written, arrived: elapsed)
    moments.read(message, isServers: entry.record != nil, written: written, arrived: elapsed)
    if let record = entry.record { return readServer(entry.severity ?? "LOG", record) }
    return readManager(entry)
  }

  /// What a line says, without what stands around it.
  static func message(of line: String) -> String {
    let entry = LogEntry(line: line)
    return entry?.record ?? entry?.message ?? line
  }

  private mutating func readServer(_ severity: String, _ message: String) -> Effect {
    let moved = recovery.read("\(severity):  \(message)")
    if severity == "FATAL" || severity == "PANIC" || severity == "ERROR" {
      guard !message.hasPrefix("the database system is ") else { return .none }
      note(message)
      return .worthTelling("\(severity): \(Sanitizer.clean(message, limit: 300))")
    }
    let told = ["redo done", "consistent recovery", "recovery stopping", "selected new timeline"]
    if told.contains(where: message.hasPrefix) {
      return .worthTelling(Sanitizer.clean(message, limit: 200))
    }
    return moved ? .progress : .none
  }

  private mutating func readManager(_ entry: LogEntry) -> Effect {
    let message = entry.message ?? ""
    let said = [entry.error, entry.stderr].compactMap { $0 }.filter { !$0.isEmpty }
    let text = ([message] + said).joined(separator: ": ")
    if message.contains("WAL file not found"), let name = entry.walName { missing.append(name) }
    // Every recovery asks for a timeline, and for a segment, that are not there.
    if let name = message.between("ERROR: WAL file ", and: " for server"),
      message.contains("does not exist")
    {
      recovery.isNotThere(name)
      return .none
    }
    if entry.level == "error" || message.contains("ERROR:") || StoreRefusal.words(in: text) != nil {
      guard !Self.noise.contains(where: message.hasPrefix) else { return .none }
      note(text)
      return .worthTelling(Sanitizer.clean(text, limit: 300))
    }
    let told = [
      "Recovering from external cluster", "Target backup found", "Starting barman-cloud-restore",
      "Restore completed", "Generated recovery configuration", "Downloading backup catalog",
      "Restore through plugin",
    ]
    return told.contains(where: message.hasPrefix)
      ? .worthTelling(Sanitizer.clean(message, limit: 200)) : .none
  }

  /// Errors of recoveries that went well.
  private static let noise = ["While terminating server"]

  private mutating func readPlain(_ line: String) -> Effect {
    guard !line.isEmpty else { return .none }
    if line.contains("FATAL:  ") || line.contains("PANIC:  ") || line.contains("LOG:  ") {
      let moved = recovery.read(line)
      if let fatal = line.after("FATAL:  ") ?? line.after("PANIC:  "),
        !fatal.hasPrefix("the database system is ")
      {
        note(fatal)
        return .worthTelling(Sanitizer.clean(line, limit: 300))
      }
      return moved ? .progress : .none
    }
    if line.contains("ERROR") {
      note(line)
      return .worthTelling(Sanitizer.clean(line, limit: 300))
    }
    return .none
  }

  private mutating func note(_ text: String) {
    errors.append(Sanitizer.clean(text, limit: 500))
    if errors.count > Self.kept { errors.removeFirst() }
  }
}

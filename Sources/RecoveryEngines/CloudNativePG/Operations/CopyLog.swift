import FoundationEssentials
import RecoveryModel

/// What the recovery job's pods have said so far; folds the JSON lines of the instance manager, of PostgreSQL and of the
/// plugin beside it.
struct CopyLog: Sendable, Equatable {
  /// Lines kept for the record of a failure.
  private static let kept = 60

  var recovery = RecoveryLog()
  /// The base backup is there; replay is next.
  var isRestored = false
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

  private struct Entry: Decodable {
    struct Record: Decodable {
      var severity: String?
      var message: String?

      enum CodingKeys: String, CodingKey {
        case severity = "error_severity"
        case message
      }
    }
    var level: String?
    var msg: String?
    var error: String?
    var err: String?
    var walName: String?
    var record: Record?
  }

  mutating func read(_ line: String) -> Effect {
    guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)) else {
      return readPlain(line)
    }
    if let record = entry.record, let message = record.message {
      return readServer(record.severity ?? "LOG", message)
    }
    return readManager(entry)
  }

  private mutating func readServer(_ severity: String, _ message: String) -> Effect {
    let moved = recovery.read("\(severity):  \(message)")
    if severity == "FATAL" || severity == "PANIC" || severity == "ERROR" {
      guard !message.hasPrefix("the database system is ") else { return .none }
      note(message)
      return .worthTelling("\(severity): \(Sanitizer.clean(message, limit: 300))")
    }
    if message.hasPrefix("starting ") || message.hasPrefix("redo starts at") { isRestored = true }
    let told = ["redo done", "consistent recovery", "recovery stopping", "selected new timeline"]
    if told.contains(where: message.hasPrefix) {
      return .worthTelling(Sanitizer.clean(message, limit: 200))
    }
    return moved ? .progress : .none
  }

  private mutating func readManager(_ entry: Entry) -> Effect {
    let message = entry.msg ?? ""
    let said = entry.error ?? entry.err
    let text = said.map { "\(message): \($0)" } ?? message
    if message.contains("Restore completed") || message.contains("Generated recovery configuration")
    {
      isRestored = true
    }
    if message.contains("WAL file not found"), let name = entry.walName { missing.append(name) }
    if entry.level == "error" || message.contains("ERROR:") {
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

/// Why a copy did not come up, in words, and whose fault it is.
enum RecoveryFailureText {
  /// The backup or the archive; else something that stood in the way and proves nothing.
  private struct Row {
    var said: [String]
    var speaksAgainstBackup: Bool
    var words: String
  }

  private static let table: [Row] = [
    Row(
      said: ["No space left on device"], speaksAgainstBackup: false,
      words: "the copy's volume is full: raise storage_factor"),
    Row(
      said: ["Expected empty archive"], speaksAgainstBackup: false,
      words: "the copy wanted to archive where WAL lies already: it must have no archiver"),
    Row(
      said: ["NoSuchBucket", "The specified bucket does not exist"], speaksAgainstBackup: false,
      words: "the bucket does not exist as seen from the drill namespace"),
    Row(
      said: [
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "Access Denied", "Forbidden",
        "ExpiredToken", "Unable to locate credentials",
      ], speaksAgainstBackup: false,
      words: "the object store refuses the copied credentials"),
    Row(
      said: [
        "Could not connect to the endpoint", "EndpointConnectionError", "no such host",
        "connection refused", "i/o timeout", "Network is unreachable", "exit status 2",
      ], speaksAgainstBackup: false,
      words: "the object store cannot be reached from the drill namespace (NetworkPolicy?)"),
    Row(
      said: [RecoveryLog.endedEarly], speaksAgainstBackup: true,
      words: "WAL is missing from the archive: replay ended before its target"),
    Row(
      said: ["WAL ends before end of online backup"], speaksAgainstBackup: true,
      words: "the WAL that ends the base backup is missing from the archive"),
    Row(
      said: ["checking the presence of first needed WAL", "WAL not found"],
      speaksAgainstBackup: true,
      words: "the first WAL that the base backup needs is missing from the archive"),
    Row(
      said: ["no backup found with ID", "no target backup found"], speaksAgainstBackup: true,
      words: "the object store does not hold this base backup"),
    Row(
      said: ["is not a child of this server's history"], speaksAgainstBackup: true,
      words: "the archive's timelines do not descend from this base backup"),
    Row(
      said: ["could not locate required checkpoint record", "could not locate a valid checkpoint"],
      speaksAgainstBackup: true,
      words: "the base backup lacks the checkpoint that recovery starts from"),
    Row(
      said: ["before consistent recovery point"], speaksAgainstBackup: true,
      words: "the target lies before the point at which the base backup is consistent"),
    Row(
      said: ["archive file", "has wrong size"], speaksAgainstBackup: true,
      words: "a WAL file in the archive has the wrong size"),
    Row(
      said: ["Can't restore backup", "barman-cloud-restore"], speaksAgainstBackup: true,
      words: "the base backup could not be fetched"),
  ]

  /// The most telling of these errors; nil where none is known.
  static func end(of errors: [String], fallback: String) -> DrillEnd {
    for row in table {
      guard let error = errors.last(where: { error in row.said.contains { error.contains($0) } })
      else { continue }
      let text = "\(row.words): \(error)"
      return row.speaksAgainstBackup ? .failed(text) : .couldNotRun(text)
    }
    return .failed(errors.last.map { "\(fallback): \($0)" } ?? fallback)
  }
}

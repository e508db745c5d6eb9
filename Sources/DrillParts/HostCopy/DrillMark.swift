import FoundationEssentials
import Glibc
import PostgresServers
import RecoveryModel

/// The file that makes a directory ours: whose drill it is, until when it may stand, and how far it came.
package struct DrillMark: Sendable, Equatable, Codable {
  static let fileName = "pgvigil-drill.json"
  static let directoryPrefix = "pgvigil-drill-"
  /// Constant, so that nobody else's JSON is taken for a mark.
  static let word = "pgvigil verify drill: throw-away copy"

  var mark: String
  var id: String
  var cluster: String
  var ownerPID: Int32
  /// Clock ticks since boot (`DrillProcesses.start`).
  var ownerStart: UInt64
  var host: String
  var user: String
  var created: Date
  var expires: Date
  /// Where the copy's socket is.
  var socketDirectory: String
  var journal: DrillJournal
  /// Set once it is a recovery that stays: from then on nobody removes it but who is told to.
  var kept: KeptRecovery?

  /// Its owner lives, on this host. A drill of another host is alive until it expires.
  func isAlive(host here: String) -> Bool {
    host != here || DrillProcesses.start(of: ownerPID) == ownerStart
  }

  /// Reads the mark of `directory`: a plain file (no link) whose id is the directory's name.
  static func read(in directory: String) -> DrillMark? {
    guard let name = directory.split(separator: "/").last, name.hasPrefix(directoryPrefix),
      let mark = decode(in: directory), mark.mark == word, directoryPrefix + mark.id == name
    else { return nil }
    return mark
  }

  /// The mark of a recovery, in the directory that its note names.
  static func read(of note: RecoveryNote) -> DrillMark? {
    guard let mark = decode(in: note.directory), mark.mark == RecoveryNote.word,
      mark.id == note.id, mark.cluster == note.cluster
    else { return nil }
    return mark
  }

  private static func decode(in directory: String) -> DrillMark? {
    guard let facts = FileText.facts(directory), facts.st_mode & S_IFMT == S_IFDIR,
      let text = FileText.read(directory + "/" + fileName, following: false)
    else { return nil }
    return try? RecordCoding.decode(DrillMark.self, from: Array(text.utf8))
  }

  /// Replaces the file in one step; false when it could not be written (a full disk keeps the one before).
  @discardableResult
  func write(in directory: String) -> Bool {
    guard let bytes = try? RecordCoding.encode(self) else { return false }
    return FileText.replace(directory + "/" + Self.fileName, bytes)
  }
}

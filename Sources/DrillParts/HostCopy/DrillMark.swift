import FoundationEssentials
import Glibc
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

  /// Its owner lives, on this host. A drill of another host is alive until it expires.
  func isAlive(host here: String) -> Bool {
    host != here || DrillProcesses.start(of: ownerPID) == ownerStart
  }

  /// Reads the mark of `directory`: a plain file (no link) whose id is the directory's name.
  static func read(in directory: String) -> DrillMark? {
    guard let name = directory.split(separator: "/").last, name.hasPrefix(directoryPrefix),
      let facts = FileText.facts(directory), facts.st_mode & S_IFMT == S_IFDIR,
      let text = FileText.read(directory + "/" + fileName, following: false),
      let mark = try? JSONDecoder().decode(DrillMark.self, from: Data(text.utf8)),
      mark.mark == word, directoryPrefix + mark.id == name
    else { return nil }
    return mark
  }

  /// Replaces the file in one step; false when it could not be written (a full disk keeps the one before).
  @discardableResult
  func write(in directory: String) -> Bool {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(self) else { return false }
    let path = directory + "/" + Self.fileName
    let draft = path + ".new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return false }
    let bytes = [UInt8](data)
    let written = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    guard written, rename(draft, path) == 0 else {
      unlink(draft)
      return false
    }
    return true
  }
}

import FoundationEssentials
import RecoveryModel

/// A cluster's drills, one JSON line each, append-only and shared by all who watch the cluster.
package actor FileDrillLedger: DrillLedger {
  package nonisolated let path: String
  private let file: LineFile
  package nonisolated var place: String { path }
  private nonisolated let queue: FileQueue
  private var cached: (stamp: LineFile.Stamp?, contents: LedgerContents)?

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    queue.asUnownedSerialExecutor()
  }

  /// `shared`: other accounts of the file's group may append too, as far as the umask lets them.
  package init(path: String, shared: Bool = false) {
    self.path = path
    file = LineFile(path: path, mode: shared ? 0o660 : 0o600)
    queue = FileQueue(label: "pgvigil.ledger")
  }

  /// The drills so far; the file is read again only when its size or time changed.
  package func contents() throws(RecoveryError) -> LedgerContents {
    let stamp = try file.stamp()
    if let cached, cached.stamp == stamp { return cached.contents }
    let contents = try read()
    cached = (stamp, contents)
    return contents
  }

  /// Adds a drill; false when it already has its line (another process closed it first).
  @discardableResult
  package func append(_ drill: DrillRecord) throws(RecoveryError) -> Bool {
    guard try !contents().drills.contains(where: { $0.id == drill.id }) else { return false }
    do {
      try file.append(try RecordCoding.encode(RecordLine(drill)))
    } catch let error as RecoveryError {
      throw error
    } catch {
      throw RecoveryError(.failed, "could not encode the drill: \(error)")
    }
    cached = nil
    return true
  }

  /// Takes the cluster's operation lock, which lies beside the ledger so that all who share the one share the
  /// other.
  package func lock(_ holder: LockHolder) throws(RecoveryError) -> LockAttempt {
    try FileLock.take(path: path + ".lock", mode: file.mode, holder: holder)
  }

  private func read() throws(RecoveryError) -> LedgerContents {
    var contents = LedgerContents()
    let (lines, torn) = try file.lines()
    for (index, line) in lines.enumerated() {
      do {
        let entry = try RecordCoding.decode(RecordLine<DrillRecord>.self, from: line)
        contents.drills.append(entry.record)
      } catch {
        let place = "\(path): entry \(index + 1)"
        if torn, index == lines.count - 1 {
          contents.notices.append("\(place) is cut off; its writer died")
        } else if let version = (try? RecordCoding.decode(RecordLineVersion.self, from: line))?
          .schemaVersion, version > DrillRecord.lineVersion
        {
          contents.notices.append("\(place) was written by a newer pgvigil (format \(version))")
        } else {
          contents.notices.append("\(place) is not a drill that this version can read")
        }
      }
    }
    contents.drills.sort { $0.finishedAt < $1.finishedAt }
    return contents
  }
}

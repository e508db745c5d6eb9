import FoundationEssentials
import RecoveryModel

/// What scrubs of a cluster have read, a JSON line for each part; append-only, beside the ledger of its drills.
package actor FileScrubLedger: ScrubLedger {
  package nonisolated let path: String
  private let file: LineFile
  private nonisolated let queue: FileQueue
  private var cached: (stamp: LineFile.Stamp?, records: [ScrubRecord], history: ScrubHistory)?

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    queue.asUnownedSerialExecutor()
  }

  /// `shared`: other accounts of the file's group may append too, as far as the umask lets them.
  package init(path: String, shared: Bool = false) {
    self.path = path
    file = LineFile(path: path, mode: shared ? 0o660 : 0o600)
    queue = FileQueue(label: "pgvigil.scrub")
  }

  /// In the order of their lines; those that cannot be read are left out. The file is read again only when its size or
  /// time changed.
  package func records() throws(RecoveryError) -> [ScrubRecord] { try read().records }

  /// What they say together.
  package func history() throws(RecoveryError) -> ScrubHistory { try read().history }

  private func read() throws(RecoveryError) -> (records: [ScrubRecord], history: ScrubHistory) {
    let stamp = try file.stamp()
    if let cached, cached.stamp == stamp { return (cached.records, cached.history) }
    let records = try file.lines().lines.compactMap {
      try? RecordCoding.decode(RecordLine<ScrubRecord>.self, from: $0).record
    }
    let history = ScrubHistory(records)
    cached = (stamp, records, history)
    return (records, history)
  }

  package func append(_ record: ScrubRecord) throws(RecoveryError) {
    do {
      try file.append(try RecordCoding.encode(RecordLine(record)))
    } catch let error as RecoveryError {
      throw error
    } catch {
      throw RecoveryError(.failed, "could not encode the scrub: \(error)")
    }
    cached = nil
  }

  /// Two scrubs of a cluster at a time would read the same.
  package func lock(_ holder: LockHolder) throws(RecoveryError) -> LockAttempt {
    try FileLock.take(path: path + ".lock", mode: file.mode, holder: holder)
  }
}

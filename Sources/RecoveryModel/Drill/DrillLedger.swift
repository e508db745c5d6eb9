import FoundationEssentials

/// A cluster's drills and its operation lock, shared by all who watch the cluster. Append-only; old entries may go
/// where the room is bounded.
package protocol DrillLedger: Sendable {
  /// Where it lies, for messages: a path, or an object's kind, namespace and name.
  var place: String { get }

  /// The drills so far; cheap when nothing has changed. Throws `RecoveryError`.
  func contents() async throws(RecoveryError) -> LedgerContents

  /// Adds a drill; false when it already stands there (another process closed it first). Throws `RecoveryError`.
  @discardableResult
  func append(_ drill: DrillRecord) async throws(RecoveryError) -> Bool

  /// Takes the cluster's operation lock; never waits for a holder. Throws `RecoveryError`.
  func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt

  /// Adds to the notes of all who share it; nothing where none are kept here. Throws `RecoveryError`.
  func keep(_ notes: ClusterNotes) async throws(RecoveryError)
}

extension DrillLedger {
  package func keep(_ notes: ClusterNotes) async throws(RecoveryError) {}
}

/// What a ledger holds, as far as this version can read it.
package struct LedgerContents: Sendable, Equatable {
  /// Newest last.
  package var drills: [DrillRecord]
  /// Entries that were skipped and why, each a line; they stay where they are.
  package var notices: [String]
  /// What scrubs have read of the contents; the service adds it from the record beside.
  package var scrubs = ScrubHistory()
  /// What others have noted of the cluster; the service adds its own.
  package var notes = ClusterNotes()

  package init(drills: [DrillRecord] = [], notices: [String] = []) {
    self.drills = drills
    self.notices = notices
  }
}

/// Who holds a cluster's operation lock; what another process reads to name it.
package struct LockHolder: Sendable, Equatable, Codable {
  package var user: String
  package var host: String
  package var process: Int32
  /// In words, as `a verify drill`.
  package var operation: String
  package var since: Date

  package init(user: String, host: String, process: Int32, operation: String, since: Date) {
    self.user = user
    self.host = host
    self.process = process
    self.operation = operation
    self.since = since
  }

  /// `a verify drill by postgres on db1 (process 812) since 2026-11-22T03:00:00Z`.
  package var words: String {
    "\(operation) by \(user) on \(host) (process \(process)) since \(Format.timestamp(since))"
  }
}

/// What came of asking for the lock.
package enum LockAttempt: Sendable {
  case held(any OperationLock)
  /// Somebody else has it; nil when they did not say who they are.
  case busy(LockHolder?)
}

/// One operation per cluster at a time, across processes; it does not outlive its holder for long.
package protocol OperationLock: Sendable {
  /// Lets others in; a second call does nothing.
  func release() async
}

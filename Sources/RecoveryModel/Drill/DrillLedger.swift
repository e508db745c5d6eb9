import FoundationEssentials

/// A cluster's drills and its operation lock, shared by all who watch the cluster. Append-only; old entries may go
/// where the room is bounded.
public protocol DrillLedger: Sendable {
  /// Where it lies, for messages: a path, or an object's kind, namespace and name.
  var place: String { get }

  /// The drills so far; cheap when nothing has changed. Throws `RecoveryError`.
  func contents() async throws(RecoveryError) -> LedgerContents

  /// Adds a drill; false when it already stands there (another process closed it first). Throws `RecoveryError`.
  @discardableResult
  func append(_ drill: DrillRecord) async throws(RecoveryError) -> Bool

  /// Takes the cluster's operation lock; never waits for a holder. Throws `RecoveryError`.
  func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt
}

/// What a ledger holds, as far as this version can read it.
public struct LedgerContents: Sendable, Equatable {
  /// Newest last.
  public var drills: [DrillRecord]
  /// Entries that were skipped and why, each a line; they stay where they are.
  public var notices: [String]

  public init(drills: [DrillRecord] = [], notices: [String] = []) {
    self.drills = drills
    self.notices = notices
  }
}

/// Who holds a cluster's operation lock; what another process reads to name it.
public struct LockHolder: Sendable, Equatable, Codable {
  public var user: String
  public var host: String
  public var process: Int32
  /// In words, as `a verify drill`.
  public var operation: String
  public var since: Date

  public init(user: String, host: String, process: Int32, operation: String, since: Date) {
    self.user = user
    self.host = host
    self.process = process
    self.operation = operation
    self.since = since
  }

  /// `a verify drill by postgres on db1 (process 812) since 2026-11-22T03:00:00Z`.
  public var words: String {
    "\(operation) by \(user) on \(host) (process \(process)) since \(Format.timestamp(since))"
  }
}

/// What came of asking for the lock.
public enum LockAttempt: Sendable {
  case held(any OperationLock)
  /// Somebody else has it; nil when they did not say who they are.
  case busy(LockHolder?)
}

/// One operation per cluster at a time, across processes; it does not outlive its holder for long.
public protocol OperationLock: Sendable {
  /// Lets others in; a second call does nothing.
  func release() async
}

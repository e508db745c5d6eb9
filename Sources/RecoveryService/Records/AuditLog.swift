import FoundationEssentials
import RecoveryModel

/// One line of the audit log: who did what to which cluster, when, and what came of it.
public struct AuditEntry: Sendable, Equatable, Codable {
  public enum Event: String, Sendable, Codable {
    case started, ended, refused
    /// Leftovers of a dead drill were removed.
    case reaped
  }

  public var at: Date
  public var event: Event
  public var user: String
  public var host: String
  public var process: Int32
  public var cluster: String
  /// Where an orchestrator keeps it, as `context/namespace/name`: the same whatever it was called when this was written.
  public var place: String?
  /// It was done to the demo's throw-away cluster.
  public var sandbox: Bool?
  /// Operation id.
  public var operation: String
  public var kind: OperationKind
  /// The plan's title.
  public var what: String
  public var outcome: OperationOutcome.Status?
  public var summary: String?

  public init(
    at: Date, event: Event, user: String, host: String, process: Int32, cluster: String,
    operation: String, kind: OperationKind, what: String,
    outcome: OperationOutcome.Status? = nil, summary: String? = nil, place: ClusterPlace? = nil
  ) {
    self.place = place.map { "\($0.context)/\($0.namespace)/\($0.name)" }
    self.at = at
    self.event = event
    self.user = user
    self.host = host
    self.process = process
    self.cluster = cluster
    self.operation = operation
    self.kind = kind
    self.what = what
    self.outcome = outcome
    self.summary = summary
  }
}

/// The append-only record of everything that acted, 0600 in the state directory. Nothing acts unaudited: who
/// cannot write here is refused.
public actor AuditLog {
  public nonisolated let path: String
  private let file: LineFile
  private let isSandbox: Bool
  private nonisolated let queue = FileQueue(label: "pgvigil.audit")

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    queue.asUnownedSerialExecutor()
  }

  /// `isSandbox` marks every line.
  public init(path: String, isSandbox: Bool = false) {
    self.path = path
    self.isSandbox = isSandbox
    file = LineFile(path: path, mode: 0o600)
  }

  /// Returns when the line is on the disk.
  public func append(_ entry: AuditEntry) throws(RecoveryError) {
    var entry = entry
    if isSandbox { entry.sandbox = true }
    do {
      try file.append(try RecordCoding.encode(entry))
    } catch let error as RecoveryError {
      throw error
    } catch {
      throw RecoveryError(.failed, "could not write the audit line: \(error)")
    }
  }

  /// All entries that can be read, oldest first.
  public func entries() throws(RecoveryError) -> [AuditEntry] {
    try file.lines().lines.compactMap { try? RecordCoding.decode(AuditEntry.self, from: $0) }
  }
}

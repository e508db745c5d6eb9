import FoundationEssentials
import RecoveryModel
import RecoveryService

/// The service as the headless commands use it. One live implementation (`FleetAccess+Live`), so closures.
public struct FleetAccess: Sendable {
  public var declarations: [ClusterDeclaration]
  /// Asks every source and returns when all have answered or met their deadline.
  public var refresh: @Sendable () async -> FleetSnapshot
  public var snapshots: @Sendable () -> AsyncStream<FleetSnapshot>
  /// Refreshes by itself every so many seconds until the task is cancelled.
  public var watch: @Sendable (Double) async -> Void
  public var plan: @Sendable (OperationRequest, String, PlanPurpose) async throws -> OperationPlan
  /// Runs a plan to its end; refusals are outcomes.
  public var execute: @Sendable (OperationPlan) async -> OperationOutcome
  public var cancel: @Sendable (String) async -> Void
  public var reap: @Sendable () async -> [ReapedDrill]
  /// Names of the clusters whose drill is due.
  public var due: @Sendable () async -> [String]
  /// A cluster's drills from the ledger, newest last.
  public var drills: @Sendable (String) async throws -> [DrillRecord]
  /// The audit log, newest last.
  public var audit: @Sendable () async throws -> [AuditLine]
  /// Ends what is still being asked; for the end of the process.
  public var close: @Sendable () async -> Void
  /// Where a detached operation writes.
  public var logFile: String
  /// The configuration forbids everything that acts.
  public var readOnly: Bool

  public init(
    declarations: [ClusterDeclaration], refresh: @escaping @Sendable () async -> FleetSnapshot,
    snapshots: @escaping @Sendable () -> AsyncStream<FleetSnapshot>,
    watch: @escaping @Sendable (Double) async -> Void,
    plan: @escaping @Sendable (OperationRequest, String, PlanPurpose) async throws -> OperationPlan,
    execute: @escaping @Sendable (OperationPlan) async -> OperationOutcome,
    cancel: @escaping @Sendable (String) async -> Void,
    reap: @escaping @Sendable () async -> [ReapedDrill],
    due: @escaping @Sendable () async -> [String],
    drills: @escaping @Sendable (String) async throws -> [DrillRecord],
    audit: @escaping @Sendable () async throws -> [AuditLine],
    close: @escaping @Sendable () async -> Void = {}, logFile: String, readOnly: Bool = false
  ) {
    self.declarations = declarations
    self.refresh = refresh
    self.snapshots = snapshots
    self.watch = watch
    self.plan = plan
    self.execute = execute
    self.cancel = cancel
    self.reap = reap
    self.due = due
    self.drills = drills
    self.audit = audit
    self.close = close
    self.logFile = logFile
    self.readOnly = readOnly
  }

  /// Throws `.refused` where the configuration forbids everything that acts.
  public func allowActing() throws(RecoveryError) {
    guard readOnly else { return }
    throw RecoveryError(
      .refused, "the configuration says read_only", remedy: "take it out, or use another file")
  }

  public var names: [String] { declarations.map(\.name) }

  /// The named cluster. Throws `.invalid` that offers the nearest name.
  public func declaration(_ name: String) throws(RecoveryError) -> ClusterDeclaration {
    if let found = declarations.first(where: { $0.name == name }) { return found }
    throw RecoveryError(
      .invalid, "no cluster named \(Sanitizer.clean(name)) in the configuration",
      remedy: NearestName.hint(for: name, among: names))
  }

  /// The named clusters, or all of them when none is named; each once, in the order given.
  public func declarations(_ wanted: [String]) throws(RecoveryError) -> [ClusterDeclaration] {
    guard !wanted.isEmpty else { return declarations }
    var found: [ClusterDeclaration] = []
    for name in wanted {
      let declaration = try declaration(name)
      if !found.contains(where: { $0.name == name }) { found.append(declaration) }
    }
    return found
  }
}

/// Who did what, when, and how it ended.
public struct AuditLine: Sendable, Equatable, Encodable {
  public var at: Date
  public var user: String
  public var host: String
  public var cluster: String
  public var operation: String
  public var kind: OperationKind
  /// `started`, `ended`, `refused` or `reaped`.
  public var event: String
  /// nil until it has ended.
  public var outcome: String?
  public var summary: String

  public init(
    at: Date, user: String, host: String, cluster: String, operation: String,
    kind: OperationKind, event: String, outcome: String?, summary: String
  ) {
    self.at = at
    self.user = user
    self.host = host
    self.cluster = cluster
    self.operation = operation
    self.kind = kind
    self.event = event
    self.outcome = outcome
    self.summary = summary
  }
}

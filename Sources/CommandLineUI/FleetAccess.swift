import FoundationEssentials
import RecoveryModel
import RecoveryService

/// The service as the headless commands use it. One live implementation (`FleetAccess+Live`), so closures.
package struct FleetAccess: Sendable {
  /// Waits until clusters have been looked for: until all these full names are known, or (nil) until every place
  /// has been asked or its patience ends. Asks no cluster.
  package var look: @Sendable ([String]?) async -> FleetSnapshot
  /// Asks every source of these clusters, or (nil) of all that can be found, and returns when all have answered
  /// or met their deadline.
  package var refresh: @Sendable ([String]?) async -> FleetSnapshot
  package var snapshots: @Sendable () -> AsyncStream<FleetSnapshot>
  /// Refreshes by itself every so many seconds until the task is cancelled.
  package var watch: @Sendable (Double) async -> Void
  package var plan: @Sendable (OperationRequest, String, PlanPurpose) async throws -> OperationPlan
  /// What going back to a moment takes; changes nothing.
  package var recover: @Sendable (RecoveryQuestion, String) async throws -> RecoveryPlan
  /// Runs a plan to its end; refusals are outcomes.
  package var execute: @Sendable (OperationPlan) async -> OperationOutcome
  package var cancel: @Sendable (String) async -> Void
  /// Removes what dead drills left, on these clusters or (nil) on all.
  package var reap: @Sendable ([String]?) async -> Reaping
  /// Drills under way, which `reap` leaves alone.
  package var living: @Sendable () async -> LivingDrills
  /// Names of the clusters whose drill is due.
  package var due: @Sendable () async -> [String]
  /// Asks once a day whether the next drill of these could run, and notes the answer.
  package var askReadiness: @Sendable ([String]) async -> Void
  /// Reads contents of a cluster's archive and writes down what came of it.
  package var scrub:
    @Sendable (String, ScrubLimits, @escaping @Sendable (ScrubProgress) -> Void) async throws ->
      ScrubOutcome
  /// Looks through a stretch of a cluster's WAL for what was destroyed.
  package var find:
    @Sendable (String, ActSearchOrder, @escaping @Sendable (ActSearchProgress) -> Void) async throws
      -> ActSearch
  /// A cluster's drills from its ledger, newest last.
  package var drills: @Sendable (String) async throws -> [DrillRecord]
  /// The audit log, newest last.
  package var audit: @Sendable () async throws -> [AuditLine]
  /// Ends what is still being asked; for the end of the process.
  package var close: @Sendable () async -> Void
  /// Where a detached operation writes.
  package var logFile: String
  /// The configuration forbids everything that acts.
  package var readOnly: Bool
  /// Clusters are looked for; what is declared is not all there is.
  package var looksForClusters: Bool

  package init(
    look: @escaping @Sendable ([String]?) async -> FleetSnapshot,
    refresh: @escaping @Sendable ([String]?) async -> FleetSnapshot,
    snapshots: @escaping @Sendable () -> AsyncStream<FleetSnapshot>,
    watch: @escaping @Sendable (Double) async -> Void,
    plan: @escaping @Sendable (OperationRequest, String, PlanPurpose) async throws -> OperationPlan,
    execute: @escaping @Sendable (OperationPlan) async -> OperationOutcome,
    cancel: @escaping @Sendable (String) async -> Void,
    reap: @escaping @Sendable ([String]?) async -> Reaping,
    due: @escaping @Sendable () async -> [String],
    drills: @escaping @Sendable (String) async throws -> [DrillRecord],
    audit: @escaping @Sendable () async throws -> [AuditLine],
    living: @escaping @Sendable () async -> LivingDrills = { LivingDrills() },
    askReadiness: @escaping @Sendable ([String]) async -> Void = { _ in },
    scrub:
      @escaping @Sendable (String, ScrubLimits, @escaping @Sendable (ScrubProgress) -> Void)
      async throws -> ScrubOutcome = { _, _, _ in ScrubOutcome() },
    find:
      @escaping @Sendable (String, ActSearchOrder, @escaping @Sendable (ActSearchProgress) -> Void)
      async throws -> ActSearch = { _, order, _ in ActSearch(order) },
    recover:
      @escaping @Sendable (RecoveryQuestion, String) async throws -> RecoveryPlan = { _, _ in
        throw RecoveryError(.refused, "nobody plans recoveries here")
      },
    close: @escaping @Sendable () async -> Void = {}, logFile: String, readOnly: Bool = false,
    looksForClusters: Bool = false
  ) {
    self.look = look
    self.refresh = refresh
    self.snapshots = snapshots
    self.watch = watch
    self.plan = plan
    self.execute = execute
    self.cancel = cancel
    self.reap = reap
    self.living = living
    self.askReadiness = askReadiness
    self.scrub = scrub
    self.find = find
    self.recover = recover
    self.due = due
    self.drills = drills
    self.audit = audit
    self.close = close
    self.logFile = logFile
    self.readOnly = readOnly
    self.looksForClusters = looksForClusters
  }

  /// Throws `.refused` where the configuration forbids everything that acts.
  package func allowActing() throws(RecoveryError) {
    guard readOnly else { return }
    throw RecoveryError(
      .refused, "the configuration says read_only", remedy: "take it out, or use another file")
  }

  /// The named cluster, by as much of its name as is unique; waits until it has been found. Throws `.invalid`
  /// (`.unreachable` while some place has not answered) that offers the nearest name, or lists those that it may stand for.
  package func cluster(_ name: String) async throws(RecoveryError) -> ClusterDeclaration {
    try Self.resolve(name, in: await look([name]), looksForClusters: looksForClusters)
  }

  /// The named clusters, or all of them when none is named; each once, in the order given.
  package func clusters(_ wanted: [String]) async throws(RecoveryError) -> [ClusterDeclaration] {
    let picture = await look(wanted.isEmpty ? nil : wanted)
    guard !wanted.isEmpty else { return picture.clusters.map(\.declaration) }
    var found: [ClusterDeclaration] = []
    for name in wanted {
      let cluster = try Self.resolve(name, in: picture, looksForClusters: looksForClusters)
      if !found.contains(where: { $0.name == cluster.name }) { found.append(cluster) }
    }
    return found
  }

  static func resolve(
    _ wanted: String, in picture: FleetSnapshot, looksForClusters: Bool
  ) throws(RecoveryError) -> ClusterDeclaration {
    let names = ClusterNames(known: picture.clusters.map(\.declaration))
    let shown = Sanitizer.clean(wanted)
    switch names.match(wanted) {
    case .one(let name):
      if let found = names.known.first(where: { $0.name == name }) { return found }
    case .several(let all):
      throw RecoveryError(
        .invalid, "\(shown) may stand for \(NearestName.list(all))",
        remedy: "say which one, by as much of its name as it takes")
    case .none: break
    }
    var message =
      "no cluster named \(shown) "
      + (looksForClusters ? "was found" : "in the configuration")
    if !picture.isComplete { message += " yet" }
    if picture.hidesClusters { message += ", but not every place has answered" }
    for notice in picture.notices where notice.severity > .info {
      message += "\n\(notice.subject): \(notice.text)"
    }
    guard !picture.hidesClusters || !names.known.isEmpty else {
      throw RecoveryError(.unreachable, message, remedy: "nobody can say that there is none")
    }
    throw RecoveryError(
      picture.hidesClusters ? .unreachable : .invalid, message,
      remedy: names.nearest(to: wanted).map { "did you mean \(Sanitizer.clean($0))?" }
        ?? NearestName.hint(for: wanted, among: names.known.map(\.name)))
  }
}

/// Who did what, when, and how it ended.
package struct AuditLine: Sendable, Equatable, Encodable {
  package var at: Date
  package var user: String
  package var host: String
  package var cluster: String
  /// `context/namespace/name` of clusters that an orchestrator keeps, `stanza=demo` and what else tells it on hosts.
  package var place: String?
  /// Done to the demo's throw-away cluster; absent elsewhere.
  package var sandbox: Bool?
  package var operation: String
  package var kind: OperationKind
  /// `started`, `ended`, `refused` or `reaped`.
  package var event: String
  /// nil until it has ended.
  package var outcome: OperationOutcome.Status?
  package var summary: String
  /// Its process was killed before it could say how it ended; absent elsewhere.
  package var abandoned: Bool?

  package init(
    at: Date, user: String, host: String, cluster: String, operation: String,
    kind: OperationKind, event: String, outcome: OperationOutcome.Status?, summary: String
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

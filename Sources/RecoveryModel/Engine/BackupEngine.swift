import FoundationEssentials

/// What runs a cluster's backups. One instance per declared cluster.
///
/// Contract (Tests/EngineTests/EngineContract): `observe` never throws and ends within its deadline;
/// `plan` changes nothing; `start` changes nothing that the plan does not name; cancelling the task that reads
/// the stream cancels the operation and cleans up; `reap` removes only what carries our mark.
package protocol BackupEngine: Sendable {
  static var descriptor: EngineDescriptor { get }

  /// Fixed for the engine's lifetime.
  var sources: [ObservationSource] { get }

  /// The kinds of base backup that it can be asked for, the usual one first.
  var backupKinds: [BackupKind] { get }

  /// Where its drills are recorded for all who watch the cluster; nil = a file of this host's will do. An engine with a
  /// ledger closes the records of the drills that it reaps in it, each in its own cluster's; nobody else writes them.
  var ledger: (any DrillLedger)? { get }

  /// Where such an engine keeps what scrubs have read; nil = in a file of this host's.
  var scrubs: (any ScrubLedger)? { get }

  /// Names the place that its drills leave things in; clusters that share one are cleared together by any of them, so
  /// that such an engine has a ledger. nil = its place is its own.
  var reapScope: String? { get }

  /// Calls `tell`, from any thread, with each source that has news by itself, until what is returned is called; the
  /// service asks it at once. An engine that can only be asked never does.
  func listen(_ tell: @escaping @Sendable (ObservationSource.ID) -> Void) -> @Sendable () -> Void

  /// Asks one source. Failures arrive as `Observed.unavailable`.
  func observe(_ source: ObservationSource.ID) async -> ReportUpdate

  /// Says exactly what would be done. Throws `RecoveryError` when it cannot be done at all.
  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan

  /// Says exactly what a recovery takes, without doing any of it; what must be true first is looked at now. Throws
  /// `RecoveryError` where it can say nothing.
  func recovery(_ order: RecoveryOrder, report: EngineReport) async throws -> RecoveryPlan

  /// Says exactly what a drill to a moment before the end of the archive would do: from the outlook's base backup, to
  /// its effective moment. Throws `RecoveryError` when it cannot be done at all.
  func plan(drillTo outlook: RecoveryOutlook, report: EngineReport) async throws -> OperationPlan

  /// Says exactly what carrying out a recovery beside production would do, which stays. Throws `RecoveryError` when it
  /// cannot be done at all.
  func plan(recovering order: RecoveryOrder, report: EngineReport) async throws -> OperationPlan

  /// Whether a marker may be planted there.
  func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement

  /// Writes a row on the primary and deletes it, and waits until both are archived: the one thing of all that writes to
  /// production. Throws `RecoveryError` where that does not come to pass.
  func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker

  /// Runs a plan of this engine; the stream ends after `.finished`, or throws `RecoveryError`.
  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error>

  /// All that could be read of the contents of the archive now, and how. Throws `RecoveryError`.
  func contents() async throws -> ScrubInventory

  /// Looks through a stretch of the archive's WAL for what was destroyed. Changes nothing. Throws `RecoveryError`.
  func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch

  /// Waits until an operation whose stream was abandoned (cancelled, timed out) has cleaned up. Its closing
  /// record for a drill; nil for a backup, or when the engine has nothing to add. Ends within its own deadline.
  func settled(_ plan: OperationPlan) async -> DrillRecord?

  /// Removes what drills that died or expired left behind; never anything without our mark. Throws `RecoveryError` where
  /// it could not look for it.
  func reap() async throws -> [ReapedDrill]

  /// Drills that are under way where `reap` looks, and keep what they made. Throws when that cannot be told.
  func living() async throws -> [LivingDrill]
}

extension BackupEngine {
  package var backupKinds: [BackupKind] { BackupKind.allCases }
  package var ledger: (any DrillLedger)? { nil }
  package var scrubs: (any ScrubLedger)? { nil }
  package var reapScope: String? { nil }
  package func living() async throws -> [LivingDrill] { [] }
  package func contents() async throws -> ScrubInventory {
    throw RecoveryError(.refused, "the contents of this archive cannot be read here")
  }
  package func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    throw RecoveryError(.refused, "the WAL of this archive cannot be looked through here")
  }
  package func recovery(
    _ order: RecoveryOrder, report: EngineReport
  ) async throws -> RecoveryPlan {
    throw RecoveryError(.refused, "nobody knows here how this engine's backups are recovered")
  }
  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    throw RecoveryError(
      .refused, "drills of this engine go to the end of what is archived alone",
      remedy: "drill without a moment")
  }

  package func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement {
    .notMet("the marker's table can be written to", "this engine plants no markers")
  }
  package func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker {
    throw RecoveryError(.refused, "this engine plants no markers")
  }
  package func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    throw RecoveryError(
      .refused, "recoveries of this engine are carried out by hand",
      remedy: "pgvigil plan recovery says how")
  }

  package func listen(
    _ tell: @escaping @Sendable (ObservationSource.ID) -> Void
  ) -> @Sendable () -> Void { {} }

  /// For engines whose stream ends only after the clean-up.
  package func settled(_ plan: OperationPlan) async -> DrillRecord? { nil }
}

/// A row of the engine table: how an engine is named, configured and made.
package struct EngineDescriptor: Sendable {
  package var id: String
  package var title: String
  package var options: [EngineOption]
  package var make: @Sendable (ClusterDeclaration, EngineEnvironment) throws -> any BackupEngine
  /// What of this host does not fit what a cluster declares: files, programs and places that are not there. Asks no
  /// server and changes nothing.
  package var check: @Sendable (ClusterDeclaration) -> [DeclarationFault]

  package init(
    id: String, title: String, options: [EngineOption],
    check: @escaping @Sendable (ClusterDeclaration) -> [DeclarationFault] = { _ in [] },
    make: @escaping @Sendable (ClusterDeclaration, EngineEnvironment) throws -> any BackupEngine
  ) {
    self.check = check
    self.id = id
    self.title = title
    self.options = options
    self.make = make
  }
}

/// A key of a cluster that names something which is not there.
package struct DeclarationFault: Sendable, Equatable {
  /// Below the cluster, as `drill.place`.
  package var key: String
  package var expected: String
  package var found: String
  package var advice: String

  package init(key: String, expected: String, found: String, advice: String = "") {
    self.key = key
    self.expected = expected
    self.found = found
    self.advice = advice
  }
}

/// A key that an engine accepts under `clusters[]`.
package struct EngineOption: Sendable, Equatable {
  /// A `path` is made absolute: it counts from the configuration's own directory.
  package enum Shape: String, Sendable { case string, path, number, list, map }
  package var key: String
  package var shape: Shape
  package var required: Bool
  package var help: String

  package init(_ key: String, _ shape: Shape, required: Bool = false, help: String) {
    self.key = key
    self.shape = shape
    self.required = required
    self.help = help
  }
}

/// What an engine may know of the world outside; the clock comes in here.
package struct EngineEnvironment: Sendable {
  package var now: @Sendable () -> Date
  /// Host and user for marks and records.
  package var host: String
  package var user: String
  /// A fresh id for a drill, lower-case letters and digits.
  package var newID: @Sendable () -> String
  /// Version of pgvigil for records.
  package var version: String

  package init(
    now: @escaping @Sendable () -> Date, host: String, user: String,
    newID: @escaping @Sendable () -> String, version: String
  ) {
    self.now = now
    self.host = host
    self.user = user
    self.newID = newID
    self.version = version
  }
}

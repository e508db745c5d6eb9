import Kubernetes
import RecoveryModel

/// What can be done to a cluster, beside looking at it: backups, clearing, drills and what they leave.
package protocol ClusterOperations: Sendable {
  /// Where drills are recorded for all who watch the cluster.
  var ledger: (any DrillLedger)? { get }
  /// Where what scrubs have read is kept beside them.
  var scrubs: (any ScrubLedger)? { get }
  /// As `BackupEngine.plan`.
  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan
  func plan(drillTo outlook: RecoveryOutlook, report: EngineReport) async throws -> OperationPlan
  func plan(recovering order: RecoveryOrder, report: EngineReport) async throws -> OperationPlan
  /// As `BackupEngine.markerCheck` and `plant`.
  func markerCheck(_ place: MarkerPlace) async -> Requirement
  func plant(_ place: MarkerPlace, token: String) async throws -> PlantedMarker
  /// As `BackupEngine.start`.
  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error>
  /// As `BackupEngine.settled`.
  func settled(_ plan: OperationPlan) async -> DrillRecord?
  /// As `BackupEngine.reap`.
  func reap() async throws -> [ReapedDrill]
  /// As `BackupEngine.living`.
  func living() async throws -> [LivingDrill]
}

import FoundationEssentials
import RecoveryModel

/// The shared truth about every watched cluster, and the only way to act on one.
public actor FleetService {
  public init() {}

  /// The newest picture; cheap.
  public func snapshot() -> FleetSnapshot { FleetSnapshot(takenAt: .distantPast) }

  /// Every new picture from now on; a slow reader gets only the newest.
  public nonisolated func snapshots() -> AsyncStream<FleetSnapshot> { AsyncStream { $0.finish() } }

  /// Refreshes by itself every `interval` seconds until the task that awaits it is cancelled.
  public func run(interval: Double) async {}

  public func setInterval(_ seconds: Double) {}
  public func setPaused(_ paused: Bool) {}

  /// Asks the sources that are due (all of them when `force`), one child task per (cluster, source); returns when
  /// all have answered or met their deadline.
  public func refresh(force: Bool) async {}

  public func plan(_ request: OperationRequest, cluster: String) async throws -> OperationPlan {
    throw RecoveryError(.invalid, "no cluster named \(cluster)")
  }

  /// Runs a plan and waits for its end. Progress shows in the snapshots. Refusals are outcomes, not errors.
  public func execute(_ plan: OperationPlan) async -> OperationOutcome {
    OperationOutcome(
      operation: plan.id, cluster: plan.cluster, kind: plan.request.kind, status: .refused,
      startedAt: .distantPast, finishedAt: .distantPast, summary: "")
  }

  /// Asks the cluster's running operation to stop and clean up.
  public func cancel(cluster: String) {}

  /// Removes what dead drills left, on every cluster, and records them.
  public func reap() async -> [ReapedDrill] { [] }
}

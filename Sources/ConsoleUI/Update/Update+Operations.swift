import FoundationEssentials
import RecoveryModel
import TextScreen

extension AppState {
  /// Asks for a plan and opens the dialog that waits for it. The cluster is fixed from here on.
  mutating func plan(_ request: OperationRequest) -> [Effect] {
    guard let name = selectedCluster else { return [] }
    return plan(request, cluster: name)
  }

  mutating func plan(_ request: OperationRequest, cluster name: String) -> [Effect] {
    dialog = .planning(request, cluster: name, since: now)
    return [.plan(request, cluster: name)]
  }

  /// Shows a plan if somebody still waits for it.
  mutating func receive(_ plan: OperationPlan) -> [Effect] {
    guard case .planning(let request, let cluster, _) = dialog, cluster == plan.cluster,
      request == plan.request
    else { return [] }
    dialog = .confirm(Confirmation(plan: plan))
    return []
  }

  mutating func planFailed(cluster: String, _ error: RecoveryError) -> [Effect] {
    guard case .planning(let request, cluster, _) = dialog else { return [] }
    dialog = .refused(request, cluster: cluster, error)
    return []
  }

  mutating func operationEnded(_ outcome: OperationOutcome) -> [Effect] {
    notify(
      "\(outcome.cluster): \(outcome.summary)", outcome.status.role,
      seconds: outcome.status == .done ? 12 : 30)
    if case .cancelOperation(outcome.cluster, _, _) = dialog { dialog = nil }
    return renewPlan(after: outcome)
  }

  /// Says which dead drills were cleared away, and what could not be.
  mutating func tell(reaped drills: [ReapedDrill]) -> [Effect] {
    for drill in drills {
      if drill.remaining.isEmpty {
        notify("removed what the dead drill \(drill.id) had left", .notice, seconds: 15)
      } else {
        notify(
          "drill \(drill.id) died and left \(drill.remaining.joined(separator: ", "))", .warning,
          seconds: 30)
      }
    }
    return []
  }

  /// Quits, after asking where that would kill an operation.
  mutating func quit() -> [Effect] {
    let running = board.operating.compactMap { fleet?.clusters[$0].operation?.plan.title }
    if running.isEmpty { return [.quit] }
    if case .quit = dialog { return [.quit] }
    dialog = .quit(running: running, yes: false)
    return []
  }

  /// Why no operation may be started on the selected cluster; nil = one may.
  var operationObstacle: String? {
    if let readOnly { return "read-only (\(readOnly))" }
    guard let cluster else { return "no cluster is chosen" }
    guard let running = cluster.operation else { return nil }
    return "\(running.plan.request.words) is running since "
      + "\(Format.age(now.timeIntervalSince(running.startedAt))); x cancels it"
  }
}

extension OperationOutcome.Status {
  var role: Role {
    switch self {
    case .done: .good
    case .failed: .critical
    case .refused, .couldNotRun, .notTested: .warning
    case .cancelled: .notice
    }
  }
}

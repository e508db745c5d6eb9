import FoundationEssentials
import RecoveryModel

/// What the moment of a drill or a recovery comes to, and the plan that an engine makes of it.
struct DrillAim: Sendable {
  /// nil = it is no drill to a moment.
  var outlook: RecoveryOutlook?
  /// nil = it is no recovery.
  private var recovery: RecoveryOrder?

  /// Throws `RecoveryError`: refused where the moment cannot be reached.
  init(_ request: OperationRequest, _ cluster: ClusterSnapshot, now: Date) throws(RecoveryError) {
    if case .recover(let question) = request {
      recovery = try RecoveryChart(cluster.recalled?.cluster ?? cluster, now: now).order(question)
    }
    guard case .drill(let label, let moment?) = request else { return }
    let chart = RecoveryChart(cluster, now: now)
    let outlook = try chart.outlook(ofDrillTo: moment, from: label)
    guard outlook.isReachable, outlook.base != nil else {
      throw RecoveryError(
        .refused, "\(moment.text) cannot be drilled: \(outlook.standingWords)",
        remedy: "see what can be reached: pgvigil plan recovery "
          + "\(cluster.declaration.name) --at '\(moment.text)'")
    }
    self.outlook = outlook
  }

  func plan(
    _ request: OperationRequest, by engine: any BackupEngine, report: EngineReport
  ) async throws -> OperationPlan {
    if let recovery {
      var plan = try await engine.plan(recovering: recovery, report: report)
      plan.request = request
      return plan
    }
    guard let outlook else { return try await engine.plan(request, report: report) }
    var plan =
      outlook.effective == .latest
      ? try await engine.plan(.drill(backup: outlook.base?.id), report: report)
      : try await engine.plan(drillTo: outlook, report: report)
    plan.request = request
    plan.moment = outlook.drillMoment
    let size = report.walArchive.value?.segmentSize ?? report.archive.value?.segmentSize
    plan.notes = outlook.drillNotes(segmentSize: size) + plan.notes
    plan.expected = outlook.projection?.total
    return plan
  }
}

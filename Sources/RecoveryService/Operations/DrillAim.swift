import FoundationEssentials
import RecoveryModel

/// What the moment of a drill or a recovery comes to, and the plan that an engine makes of it.
struct DrillAim: Sendable {
  /// nil = it is no drill to a moment.
  var outlook: RecoveryOutlook?
  /// nil = it is no recovery.
  private var recovery: RecoveryOrder?
  /// Where its marker is planted; nil = it has none.
  private var marker: MarkerPlace?

  /// Throws `RecoveryError`: refused where the moment cannot be reached.
  init(_ request: OperationRequest, _ cluster: ClusterSnapshot, now: Date) throws(RecoveryError) {
    if case .recover(let question) = request {
      recovery = try RecoveryChart(cluster.recalled?.cluster ?? cluster, now: now).order(question)
    }
    if request == .markerDrill {
      guard let place = cluster.declaration.drill.marker else {
        throw MarkerPlace.missing(cluster.declaration.name)
      }
      marker = place
    }
    if case .drill(_, nil) = request, let left = cluster.leftLine {
      throw RecoveryError(.refused, left.headline, remedy: left.remedy)
    }
    guard case .drill(let label, let moment?) = request else { return }
    let chart = RecoveryChart(cluster, now: now)
    let outlook = try chart.outlook(ofDrillTo: moment, from: label)
    guard outlook.isReachable, outlook.base != nil else {
      throw RecoveryError(
        .refused, "\(moment.text) cannot be drilled: \(outlook.standingWords)",
        remedy: "see what can be reached: pgvigil plan recovery "
          + "\(cluster.declaration.typed) --at '\(moment.text)'")
    }
    self.outlook = outlook
  }

  func plan(
    _ request: OperationRequest, by engine: any BackupEngine, report: EngineReport
  ) async throws -> OperationPlan {
    if let recovery {
      var plan = try await engine.plan(recovering: recovery, report: report)
      plan.request = request
      plan.warnings += recovery.outlook.instead
      return plan
    }
    if let marker { return try await plan(planting: marker, by: engine, report: report) }
    guard let outlook else { return try await engine.plan(request, report: report) }
    var plan = try await engine.plan(drillTo: outlook, report: report)
    plan.request = request
    plan.moment = outlook.drillMoment
    let size = report.walArchive.value?.segmentSize ?? report.archive.value?.segmentSize
    plan.notes = outlook.drillNotes(segmentSize: size) + plan.notes
    plan.expected = outlook.projection?.total
    return plan
  }

  /// The drill's own part is planned anew once the marker is there: only then is it known where it is to end.
  private func plan(
    planting place: MarkerPlace, by engine: any BackupEngine, report: EngineReport
  ) async throws -> OperationPlan {
    var plan = try await engine.plan(.drill(backup: nil), report: report)
    plan.request = .markerDrill
    plan.title = "Plant a marker in \(plan.cluster), and recover to just before its deletion"
    plan.steps =
      [
        "Write a row of its own into \(place.table) of database \(place.database), on the primary",
        "Delete it in a transaction of its own",
        "Have the WAL segment ended (pg_switch_wal, where the role may) and wait until it is archived",
        "Then the drill, with replay to just before that transaction, where the row must be found:",
      ] + plan.steps.filter { $0.kind == .act }
    plan.safety = nil
    plan.notes.insert(
      "This writes to production: that row, and nothing else. It proves recovery to the transaction.",
      at: 0)
    plan.requirements.append(await engine.markerCheck(place, report: report))
    return plan
  }
}

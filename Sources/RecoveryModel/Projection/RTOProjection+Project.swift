import FoundationEssentials

extension RecoveryTimeModel {
  /// Of one recovery, by what it restores and replays; `drills` are those that it was learned from.
  func projection(
    restoreBytes: Int64, load: ReplayLoad, _ drills: [DrillRecord]
  ) -> RTOProjection {
    RTOProjection(
      total: estimate(restoreBytes: restoreBytes, load: load),
      restore: restoreSeconds(restoreBytes), replay: replaySeconds(load), start: start,
      fixed: fixed, replaySpread: replaySpread(load),
      basis: self.drills > 0 ? .measured : .assumed, drills: self.drills,
      lastDrillAt: lastDrillAt, lastError: RTOProjection.lastError(drills),
      restoreBytes: restoreBytes, load: load)
  }
}

extension RTOProjection {
  private static let week = 604_800.0

  /// How long it would take to get the cluster back now, from its newest restorable backup and the WAL after it.
  /// Nil when nothing can be restored, or the backup's size or the end of the WAL is unknown.
  package static func project(
    declaration: ClusterDeclaration, report: EngineReport, window: RecoveryWindow?,
    drills: [DrillRecord], now: Date
  ) -> RTOProjection? {
    guard let course = ReplayCourse(report: report, window: window, now: now),
      let bytes = course.backup.databaseBytes ?? report.configuration.value?.databaseBytes
        ?? lastRestoredBytes(drills)
    else { return nil }
    let (backup, load, rate) = (course.backup, course.load, course.rate)
    let model = RecoveryTimeModel(drills: drills, prior: report.recoveryPrior)
    var projection = model.projection(restoreBytes: bytes, load: load, drills)
    if let rate {
      let due = (backup.finishedAt ?? now).addingTimeInterval(declaration.targets.backupInterval)
      let growth = rate.load(over: max(0, due.timeIntervalSince(now)))
      projection.beforeNextBackup =
        model.estimate(restoreBytes: bytes, load: load + growth).expected
      projection.underWeeklySchedule =
        model.estimate(restoreBytes: bytes, load: rate.load(over: week)).expected
    }
    projection.advice =
      RTOAdvice(
        declaration: declaration, report: report, projection: projection,
        secondsPerSegment: model.secondsPerSegment
      ).lines
    return projection
  }

  /// What is assumed of a restore where nothing has been measured.
  package static func assumed(restoreBytes: Int64, load: ReplayLoad) -> Estimate {
    RecoveryTimeModel(drills: []).estimate(restoreBytes: restoreBytes, load: load)
  }

  /// What the newest passed drill restored: where neither the catalog nor a server tells a size, a copy was weighed.
  static func lastRestoredBytes(_ drills: [DrillRecord]) -> Int64? {
    RecoveryTimeModel.usable(drills).last { $0.restoredBytes ?? 0 > 0 }?.restoredBytes
  }

  /// Of the newest passed drill that had a prediction: measured over predicted, minus 1.
  static func lastError(_ drills: [DrillRecord]) -> Double? {
    let compared = RecoveryTimeModel.usable(drills).last { ($0.predicted?.expected ?? 0) > 0 }
    guard let measured = compared?.measuredRTO, let predicted = compared?.predicted else {
      return nil
    }
    return measured / predicted.expected - 1
  }
}

import FoundationEssentials

/// How figures stand against what the cluster is held to; nil = as they should.
extension RecoveryTargets {
  /// Times the interval: 25 h and 30 h of a nightly schedule, as CloudNativePG's dashboard has it.
  package static let late = 1.04
  package static let veryLate = 1.25

  /// Of the next base backup, when the newest is so old.
  package func lateness(ofBackupAged seconds: Double) -> Severity? {
    guard backupInterval > 0, seconds > Self.late * backupInterval else { return nil }
    return seconds > Self.veryLate * backupInterval ? .critical : .warning
  }

  /// Of the next verify drill, when the last that passed is so old.
  package func lateness(ofDrillAged seconds: Double) -> Severity? {
    seconds > drillInterval ? .warning : nil
  }

  /// Times the target: from there on a loss is grave, and nobody may go on not knowing whether it is one.
  private static let grave = 3.0

  /// What would be lost. A bound is no alarm where an idle server may have written what lies there.
  package func standing(of exposure: RPOExposure) -> Severity? {
    guard let seconds = exposure.seconds, seconds > rpo else { return nil }
    let certain = exposure.certainSeconds
    if certain > rpo { return certain > Self.grave * rpo ? .critical : .warning }
    return exposure.isIdle ? .info : .warning
  }

  /// The worst verdict that it still allows: at risk is what is certain; what may be missed by far is not known to be held.
  func ceiling(of exposure: RPOExposure) -> Verdict {
    guard let seconds = exposure.seconds, seconds > rpo else { return .proven }
    if exposure.certainSeconds > rpo { return .atRisk }
    return exposure.isIdle || seconds <= Self.grave * rpo ? .likely : .unknown
  }

  /// How long recovery would take; good only when even the slow end of the range meets the target.
  package func standing(of projection: RTOProjection) -> Severity? {
    if projection.total.expected > rto { return .critical }
    return projection.total.high > rto ? .warning : nil
  }
}

/// When the next verify drill is due: the one formula, for timers and for the screen.
extension RecoveryTargets {
  /// The drill interval after the start of the last that passed. nil = at once: none has passed, or one was tried since and
  /// did not; one that somebody stopped is no try. `drills` = oldest first.
  package func nextDrill(after drills: [DrillRecord]) -> Date? {
    guard let last = drills.last(where: { $0.outcome != .cancelled && $0.speaksOfNow }),
      last.outcome == .passed
    else { return nil }
    return last.startedAt.addingTimeInterval(drillInterval)
  }

  /// A fiftieth of the interval (at most ten minutes) is forgiven, so that a nightly timer is not a minute early.
  package func isDrillDue(after drills: [DrillRecord], at now: Date) -> Bool {
    guard let next = nextDrill(after: drills) else { return true }
    return now >= next.addingTimeInterval(-min(drillInterval / 50, 600))
  }
}

import FoundationEssentials

/// A row of the rule table: what it is about, what it must know, and what it makes of it.
package struct Rule: Sendable, Identifiable {
  package var id: String
  /// The worst severity that its findings have.
  package var severity: Severity
  /// What its findings are called in a column: at most 15 letters.
  package var words: String
  /// Parts without which it says nothing; that they are missing is a finding of its own.
  package var needs: [ReportPart]
  package var evaluate: @Sendable (RuleContext) -> [Finding]

  init(
    _ id: String, _ severity: Severity, _ words: String, needs: [ReportPart] = [],
    evaluate: @escaping @Sendable (RuleContext) -> [Finding]
  ) {
    self.id = id
    self.severity = severity
    self.words = words
    self.needs = needs
    self.evaluate = evaluate
  }

  /// The findings; none where something it needs is missing or too old to count.
  package func findings(in context: RuleContext) -> [Finding] {
    needs.allSatisfy(context.isFresh) ? evaluate(context).map { $0.named(words) } : []
  }
}

/// Every rule, in the order in which equally grave findings are shown. A new rule is a new row here.
package enum RuleTable {
  package static let all: [Rule] = [
    OutageRules.unanswered,
    RepositoryRules.unreadable,
    GapRules.noBaseBackup,
    IdentityRules.systemIdentifier,
    UsabilityRules.foreign,
    UsabilityRules.lacking,
    UsabilityRules.apart,
    UsabilityRules.damaged,
    ArchiverRules.notConfigured,
    BackupRules.incompleteWAL,
    BackupRules.damaged,
    BackupRules.unverifiable,
    ChainRules.hole,
    ChainRules.missingHistory,
    SpoiledRules.segments,
    SpoiledRules.timeline,
    IdentityRules.abandoned,
    IdentityRules.ahead,
    ChainRules.lostSegment,
    ScrubRules.damaged,
    IdentityRules.timeline,
    PrimaryRules.unreachable,
    PrimaryRules.several,
    StoppedRules.tool,
    ArchiverRules.failing,
    ArchiverRules.hung,
    ArchiverRules.skipped,
    SharedPlaceRules.shared,
    StoreTrafficRules.limit,
    ExposureRules.target,
    BackupRules.overdue,
    DrillOutcomeRules.failed,
    DrillReachRules.credentials,
    DrillReachRules.notTested,
    DrillOutcomeRules.couldNotRun,
    DrillReachRules.momentMissed,
    DrillOutcomeRules.untested,
    DrillScheduleRules.never,
    DrillScheduleRules.overdue,
    DrillScheduleRules.superseded,
    DrillScheduleRules.uncrossed,
    DrillScheduleRules.changed,
    DrillPlaceRules.blocked,
    DrillPlaceRules.leftovers,
    DrillPlaceRules.room,
    DrillPlaceRules.kept,
    RecoveryTimeRules.target,
    StandbyRules.down,
    StandbyRules.lag,
    StandbyRules.slot,
    RepositoryRules.room,
    RepositoryRules.retention,
    RepositoryRules.singleMoments,
    ClockRules.future,
    ClockRules.backups,
    ClockRules.window,
    PartRules.unavailable,
    PartRules.stale,
    PartRules.pending,
    StandbyRules.restartPending,
    PartRules.withheld,
    RepositoryRules.encryption,
    ScrubRules.read,
  ]
}

import FoundationEssentials

/// All that is known of one cluster at one moment; what rules read and screens draw.
package struct ClusterSnapshot: Sendable, Equatable, Identifiable {
  package var declaration: ClusterDeclaration
  package var engineTitle: String
  package var takenAt: Date
  /// Seconds between refreshes; a part older than three of its source's paces is UNKNOWN.
  package var interval: Double
  /// Seconds between two looks at a part, where its source has a pace of its own.
  package var paces: [ReportPart: Double]
  package var report: EngineReport
  /// Newest last.
  package var drills: [DrillRecord]
  package var operation: RunningOperation?
  /// The newest operations that ended while somebody watched, newest last.
  package var outcomes: [OperationOutcome]
  package var window: RecoveryWindow?
  package var exposure: RPOExposure?
  /// To when it could be brought back now, and what would be gone; nil = nobody can tell, or nothing can be restored.
  package var reach: RecoveryReach?
  /// Where the primary's WAL stood when, as far as this console has watched.
  package var clock = WALClock()
  /// The same as it was kept, of all who share the cluster's ledger.
  package var looks = WALLooks()
  /// What was found destroyed, by whoever shares its ledger.
  package var acts: [NotedAct] = []
  /// Whether a base backup leads to just before each of them, by where that is.
  var reachOfActs: [LSN: Bool] = [:]
  /// Whether the next drill could run; nil = nobody has asked lately, or a drill has told since.
  package var readiness: DrillReadiness?
  /// When each part and each server last answered, as far as this console has watched.
  package var lastAnswers = LastAnswers()
  /// How recoveries in sight go on, as far as this console has watched.
  package var recoveryWatch = RecoveryWatch()
  /// Whose backup it is made of, where that cluster is watched too.
  package var origin: RecoveryOrigin?
  package var projection: RTOProjection?
  /// What is known of the contents; nil = nobody has read them.
  package var scrub: ScrubStanding?
  /// The worst first.
  package var findings: [Finding]
  package var verdict: Verdict

  package var id: String { declaration.name }

  package init(
    declaration: ClusterDeclaration, engineTitle: String, takenAt: Date, interval: Double,
    paces: [ReportPart: Double] = [:],
    report: EngineReport = EngineReport(), drills: [DrillRecord] = [],
    operation: RunningOperation? = nil, outcomes: [OperationOutcome] = [],
    window: RecoveryWindow? = nil, exposure: RPOExposure? = nil, projection: RTOProjection? = nil,
    findings: [Finding] = [], verdict: Verdict = .unknown
  ) {
    self.declaration = declaration
    self.engineTitle = engineTitle
    self.takenAt = takenAt
    self.interval = interval
    self.paces = paces
    self.report = report
    self.drills = drills
    self.operation = operation
    self.outcomes = outcomes
    self.window = window
    self.exposure = exposure
    self.projection = projection
    self.findings = findings.worstFirst
    self.verdict = verdict
  }
}

extension ClusterSnapshot {
  /// Seconds between two looks at it: the interval, or more for one of a big fleet that nobody looks at.
  package var pace: Double { max(paces[.instances] ?? interval, interval) }

  /// What `none` is to mean where no base backup can be used as it is: one of them still brings a moment back by hand.
  package var windowWords: String? {
    if let descent = report.descent, origin?.holds == true {
      return "none of its own; \(descent.name) has what it was recovered to"
    }
    guard window?.restorable.isEmpty == true, verdict != .notRecoverable,
      report.backups.value?.flawed.contains(where: { $0.flaw.leavesMoment }) == true
    else { return nil }
    return "no moment as it stands: the base backups that are left take work by hand"
  }

  /// The newest backup that can bring back what runs now: usable, and not known to lack WAL of its own.
  package var lastGoodBackup: Backup? {
    report.backups.value?.newest(besides: window?.broken ?? [])
  }

  /// Backups that can bring back what runs now, with all the WAL that each needs for itself; nil = no catalog is known.
  package var goodBackups: Int? {
    report.backups.value.map { catalog in
      let broken = Set(window?.broken ?? [])
      return broken.isEmpty
        ? catalog.usable.count : catalog.usable.count { !broken.contains($0.id) }
    }
  }

  /// Nothing was written to it yet, and nothing is amiss with its recovery: there is nothing to judge.
  package var isOnlyBeingRecovered: Bool {
    verdict == .unknown && !report.recoveries.isEmpty
      && report.recoveries.allSatisfy { $0.isUnderWay && $0.obstacle == nil && $0.origin != nil }
  }

  /// The finding that made the verdict; nil without any.
  package var worstFinding: Finding? { findings.first }

  /// Puts one more in its place; the verdict is no better than that allows.
  package mutating func add(_ finding: Finding) {
    findings = (findings + [finding]).worstFirst
    verdict = verdict.worse(finding.ceiling)
  }

  /// No drill to the end of the archive is known, and somebody could tell: in an outage the ledger may lie behind it.
  package var isNeverDrilled: Bool { drills.ofNow.isEmpty && report.outage == nil }
}

/// Every watched cluster at one moment. `generation` only grows; older ones are dropped.
package struct FleetSnapshot: Sendable, Equatable {
  package var generation: UInt64
  package var takenAt: Date
  package var clusters: ClusterSnapshots
  /// What is to be known about the fleet as a whole.
  package var notices: [FleetNotice]
  /// False while clusters are still being looked for.
  package var isComplete: Bool
  /// Clusters that were deleted while they were watched, newest last.
  package var departures: [Departure]
  /// Where clusters are looked for, in the order asked for; empty where nothing is.
  package var contexts: [ContextState]

  package init(
    generation: UInt64 = 0, takenAt: Date, clusters: ClusterSnapshots = [],
    notices: [FleetNotice] = [], isComplete: Bool = true, departures: [Departure] = [],
    contexts: [ContextState] = []
  ) {
    self.contexts = contexts
    self.departures = departures
    self.generation = generation
    self.takenAt = takenAt
    self.clusters = clusters
    self.notices = notices
    self.isComplete = isComplete
  }

  /// Places that have not told what clusters they have, each a line.
  package var unanswered: [String] {
    let critical = notices.filter { $0.severity == .critical }.map { "\($0.subject): \($0.text)" }
    return critical.isEmpty && !isComplete ? ["not every place has answered"] : critical
  }

  /// Some place has not told what clusters it has.
  package var hidesClusters: Bool {
    !isComplete || notices.contains { $0.severity == .critical }
  }
}

import FoundationEssentials

/// All that is known of one cluster at one moment; what rules read and screens draw.
public struct ClusterSnapshot: Sendable, Equatable, Identifiable {
  public var declaration: ClusterDeclaration
  public var engineTitle: String
  public var takenAt: Date
  /// Seconds between refreshes; a part older than three of its source's paces is UNKNOWN.
  public var interval: Double
  /// Seconds between two looks at it: the interval, or more for one of a big fleet that nobody looks at.
  public var pace: Double
  public var report: EngineReport
  /// Newest last.
  public var drills: [DrillRecord]
  public var operation: RunningOperation?
  /// The newest operations that ended while somebody watched, newest last.
  public var outcomes: [OperationOutcome]
  public var window: RecoveryWindow?
  public var exposure: RPOExposure?
  /// To when it could be brought back now, and what would be gone; nil = nobody can tell, or nothing can be restored.
  public var reach: RecoveryReach?
  public var projection: RTOProjection?
  public var findings: [Finding]
  public var verdict: Verdict

  public var id: String { declaration.name }

  public init(
    declaration: ClusterDeclaration, engineTitle: String, takenAt: Date, interval: Double,
    pace: Double? = nil,
    report: EngineReport = EngineReport(), drills: [DrillRecord] = [],
    operation: RunningOperation? = nil, outcomes: [OperationOutcome] = [],
    window: RecoveryWindow? = nil, exposure: RPOExposure? = nil, projection: RTOProjection? = nil,
    findings: [Finding] = [], verdict: Verdict = .unknown
  ) {
    self.declaration = declaration
    self.engineTitle = engineTitle
    self.takenAt = takenAt
    self.interval = interval
    self.pace = max(pace ?? interval, interval)
    self.report = report
    self.drills = drills
    self.operation = operation
    self.outcomes = outcomes
    self.window = window
    self.exposure = exposure
    self.projection = projection
    self.findings = findings
    self.verdict = verdict
  }

  /// The newest drill that did run to an end, passed or failed.
  public var lastConclusiveDrill: DrillRecord? {
    drills.last { $0.outcome == .passed || $0.outcome == .failed }
  }
}

extension ClusterSnapshot {
  /// No drill is known, and somebody could tell: in an outage the ledger may lie behind it.
  public var isNeverDrilled: Bool { drills.isEmpty && report.outage == nil }
}

/// Every watched cluster at one moment. `generation` only grows; older ones are dropped.
public struct FleetSnapshot: Sendable, Equatable {
  public var generation: UInt64
  public var takenAt: Date
  public var clusters: [ClusterSnapshot]
  /// What is to be known about the fleet as a whole.
  public var notices: [FleetNotice]
  /// False while clusters are still being looked for.
  public var isComplete: Bool
  /// Clusters that were deleted while they were watched, newest last.
  public var departures: [Departure]
  /// Where clusters are looked for, in the order asked for; empty where nothing is.
  public var contexts: [ContextState]

  public init(
    generation: UInt64 = 0, takenAt: Date, clusters: [ClusterSnapshot] = [],
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
  public var unanswered: [String] {
    let critical = notices.filter { $0.severity == .critical }.map { "\($0.subject): \($0.text)" }
    return critical.isEmpty && !isComplete ? ["not every place has answered"] : critical
  }

  /// Some place has not told what clusters it has.
  public var hidesClusters: Bool {
    !isComplete || notices.contains { $0.severity == .critical }
  }
}

import FoundationEssentials
import RecoveryModel

/// All that a cluster is judged by at one moment.
public struct AssessmentInput: Sendable {
  public var declaration: ClusterDeclaration
  public var engineTitle: String
  /// Seconds between refreshes.
  public var interval: Double
  public var report: EngineReport
  /// Newest last.
  public var drills: [DrillRecord]
  public var operation: RunningOperation?
  public var outcomes: [OperationOutcome]
  public var clock: WALClock
  public var now: Date
  /// Seconds between two looks at a part.
  public var paces: [ReportPart: Double]
  /// What was concluded last, so that nothing unchanged is audited again.
  public var previous: ClusterSnapshot?
}

/// Makes a snapshot of what was observed: the model's rules, or a test's own.
public typealias Assess = @Sendable (AssessmentInput) -> ClusterSnapshot

/// The model's rules.
public let assessByRules: Assess = { input in
  ClusterAssessment.assess(
    declaration: input.declaration, engineTitle: input.engineTitle, interval: input.interval,
    report: input.report, drills: input.drills, operation: input.operation,
    outcomes: input.outcomes, clock: input.clock, now: input.now, paces: input.paces,
    previous: input.previous)
}

import FoundationEssentials
import RecoveryModel

/// All that a cluster is judged by at one moment.
package struct AssessmentInput: Sendable {
  package var declaration: ClusterDeclaration
  package var engineTitle: String
  /// Seconds between refreshes.
  package var interval: Double
  package var report: EngineReport
  /// Newest last.
  package var drills: [DrillRecord]
  package var operation: RunningOperation?
  package var outcomes: [OperationOutcome]
  package var clock: WALClock
  package var now: Date
  /// Seconds between two looks at a part.
  package var paces: [ReportPart: Double]
  /// What was read of the contents.
  package var scrubs = ScrubHistory()
  /// What is kept of it between looks.
  package var notes = ClusterNotes()
  /// What was concluded last, so that nothing unchanged is audited again.
  package var previous: ClusterSnapshot?
  /// Of the cluster that this one is recovered from.
  package var origin: RecoveryOrigin?
}

/// Makes a snapshot of what was observed: the model's rules, or a test's own.
package typealias Assess = @Sendable (AssessmentInput) -> ClusterSnapshot

/// The model's rules.
package let assessByRules: Assess = { input in
  ClusterAssessment.assess(
    declaration: input.declaration, engineTitle: input.engineTitle, interval: input.interval,
    report: input.report, drills: input.drills, operation: input.operation,
    outcomes: input.outcomes, clock: input.clock, now: input.now, paces: input.paces,
    scrubs: input.scrubs, notes: input.notes, previous: input.previous,
    origin: input.origin)
}

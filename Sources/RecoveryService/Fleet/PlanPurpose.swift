import RecoveryModel

/// What a plan is asked for.
package enum PlanPurpose: Sendable, Equatable {
  /// To be looked at; nothing is written, whatever comes of it.
  case showing
  /// To be run at once, without anybody looking.
  case running
}

/// A drill that was to be run and could not even be planned; its record has been written.
package struct DrillCouldNotRun: Error, Sendable {
  package var outcome: OperationOutcome

  package init(outcome: OperationOutcome) { self.outcome = outcome }
}

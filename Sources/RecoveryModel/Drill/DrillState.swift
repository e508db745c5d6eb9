/// Where a drill stands. Order is the order of a drill that goes well.
package enum DrillState: String, Sendable, Codable, CaseIterable {
  case planned, preflight, provisioning, restoring, replaying
  /// Replay is done: PostgreSQL promotes the copy.
  case starting
  /// PostgreSQL is up; whoever runs it (an operator) makes it an instance that serves.
  case handingOver
  case smokeTesting, destroying, recorded

  /// What a drill failed of that failed in this state for a reason of its own; nil = it tells nothing.
  package var failureCause: DrillFailureCause? {
    switch self {
    case .restoring, .replaying, .starting: .recovery
    case .smokeTesting: .smokeTest
    case .planned, .preflight, .provisioning, .handingOver, .destroying, .recorded: nil
    }
  }

  package var words: String {
    switch self {
    case .handingOver: "handing over"
    case .smokeTesting: "smoke testing"
    default: rawValue
    }
  }
}

/// How a drill ended. A drill that could not run proves nothing either way.
package enum DrillOutcome: String, Sendable, Codable, Equatable, CaseIterable {
  case passed, failed, cancelled
  case couldNotRun = "could_not_run"
  /// Restored and replayed to its target; what is in it could not be asked.
  case notTested = "restored_not_tested"

  /// What it is called everywhere; at most 13 letters.
  package var words: String {
    switch self {
    case .couldNotRun: "could not run"
    case .notTested: "not tested"
    case .passed, .failed, .cancelled: rawValue
    }
  }
}

/// What a drill came to nothing by, where it is known: only recovery itself speaks against the backup.
package enum DrillFailureCause: String, Sendable, Codable, Equatable {
  case recovery
  case smokeTest = "smoke_test"
  case timedOut = "timed_out"
  /// Whoever ran it died.
  case interrupted
  /// The object store refuses the credentials: those that a recovery would use.
  case credentials
  /// All that was archived was replayed, and the moment that was asked for did not come.
  case momentNotReached = "moment_not_reached"
}

/// Where a drill stands. Order is the order of a drill that goes well.
public enum DrillState: String, Sendable, Codable, CaseIterable {
  case planned, preflight, provisioning, restoring, replaying, smokeTesting, destroying, recorded

  public var words: String { self == .smokeTesting ? "smoke testing" : rawValue }
}

/// How a drill ended. A drill that could not run proves nothing either way.
public enum DrillOutcome: String, Sendable, Codable, Equatable {
  case passed, failed, cancelled
  case couldNotRun = "could_not_run"
}

/// What a failed drill failed of, where it is known: only recovery itself speaks against the backup.
public enum DrillFailureCause: String, Sendable, Codable, Equatable {
  case recovery
  case smokeTest = "smoke_test"
  case timedOut = "timed_out"
  /// Whoever ran it died.
  case interrupted
}

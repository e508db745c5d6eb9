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

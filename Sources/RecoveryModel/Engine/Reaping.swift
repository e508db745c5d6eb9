/// What became of a search for what dead drills left.
public struct Reaping: Sendable, Equatable {
  /// A place that could not be looked at: what lies there is not known.
  public struct Failure: Sendable, Equatable {
    /// The cluster whose drills it is for, perhaps among others.
    public var cluster: String
    public var error: RecoveryError

    public init(cluster: String, error: RecoveryError) {
      self.cluster = cluster
      self.error = error
    }
  }

  public var drills: [ReapedDrill]
  public var failures: [Failure]

  public init(drills: [ReapedDrill] = [], failures: [Failure] = []) {
    self.drills = drills
    self.failures = failures
  }
}

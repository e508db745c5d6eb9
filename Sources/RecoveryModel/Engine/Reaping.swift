/// What became of a search for what dead drills left.
package struct Reaping: Sendable, Equatable {
  /// A place that could not be looked at: what lies there is not known.
  package struct Failure: Sendable, Equatable {
    /// The cluster whose drills it is for, perhaps among others.
    package var cluster: String
    package var error: RecoveryError

    package init(cluster: String, error: RecoveryError) {
      self.cluster = cluster
      self.error = error
    }
  }

  package var drills: [ReapedDrill]
  package var failures: [Failure]

  package init(drills: [ReapedDrill] = [], failures: [Failure] = []) {
    self.drills = drills
    self.failures = failures
  }
}

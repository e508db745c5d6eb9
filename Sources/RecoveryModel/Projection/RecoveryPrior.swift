/// What a recovery costs under an engine, as it was measured elsewhere: what is believed until this cluster's own drills
/// tell better.
package struct RecoveryPrior: Sendable, Equatable {
  /// Seconds, and how far from them the truth is expected to lie.
  package struct Cost: Sendable, Equatable {
    package var mean: Double
    package var spread: Double

    package init(_ mean: Double, spread: Double) {
      self.mean = mean
      self.spread = spread
    }
  }

  /// Whatever the size: what is made before the restore, and what an operator does between PostgreSQL's promotion and an
  /// instance that serves. nil = the engine restores in place, and its drills have no such phases.
  package var fixed: Cost?
  /// Beside the bytes: finding the backup, preparing the directory.
  package var restore: Cost
  /// Beside the segments: looking for timelines, the end of the archive.
  package var replay: Cost
  package var perSegment: Cost
  /// Promotion and the first connection.
  package var start: Double

  package init(fixed: Cost?, restore: Cost, replay: Cost, perSegment: Cost, start: Double) {
    self.fixed = fixed
    self.restore = restore
    self.replay = replay
    self.perSegment = perSegment
    self.start = start
  }

  /// A tool that restores on the host itself. 70 ms per segment: one `archive-get` of pgBackRest 2.45 (55 to 90 ms).
  package static let direct = RecoveryPrior(
    fixed: nil, restore: Cost(1, spread: 1), replay: Cost(0.5, spread: 0.5),
    perSegment: Cost(0.07, spread: 0.05), start: 2)

  /// An operator that restores in a job and hands over to an instance. Measured with CloudNativePG 1.30 on a node of its
  /// own: the job's pod runs after 4 to 8 s; from the promotion to a ready instance 22 s (it stops, starts and stops the
  /// server, then makes a pod); each segment starts a Python program.
  package static let handedOver = RecoveryPrior(
    fixed: Cost(25.5, spread: 5), restore: Cost(2.5, spread: 2), replay: Cost(1.5, spread: 1),
    perSegment: Cost(0.7, spread: 0.3), start: 2)
}

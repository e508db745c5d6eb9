import FoundationEssentials

/// One phase of a drill and what it moved.
package struct DrillPhase: Sendable, Equatable, Codable {
  package var state: DrillState
  package var seconds: Double
  /// Bytes restored or WAL bytes replayed; nil for phases that move none.
  package var bytes: Int64?
  /// It lasted until the copy was handed over, and nobody knows when what it is called after was done: so older
  /// versions recorded it.
  package var includesHandover: Bool?

  package init(state: DrillState, seconds: Double, bytes: Int64? = nil) {
    self.state = state
    self.seconds = seconds
    self.bytes = bytes
  }

  package var words: String {
    includesHandover == true
      ? "\(state.words) and \(DrillState.handingOver.words)" : state.words
  }
}

/// How much WAL a drill replayed and of what kind: what the projection learns from.
package struct ReplayLoad: Sendable, Equatable, Codable {
  package var segments: Int
  package var walBytes: Int64
  /// The same segments as stored (compressed) in the repository.
  package var storedBytes: Int64

  package init(segments: Int, walBytes: Int64, storedBytes: Int64) {
    self.segments = segments
    self.walBytes = walBytes
    self.storedBytes = storedBytes
  }
}

/// What a drill did and proved; a line of the append-only ledger. A drill proves only what stands here.
package struct DrillRecord: Sendable, Equatable, Codable, Identifiable {
  package var id: String
  package var cluster: String
  package var engine: String
  package var startedAt: Date
  package var finishedAt: Date
  package var outcome: DrillOutcome
  /// Why, when it did not pass; what stood in the way, when it could not run.
  package var reason: String?
  /// The state it was in when it failed or was cancelled.
  package var failedIn: DrillState?
  /// Nil in records that do not tell; then the state it failed in decides.
  package var cause: DrillFailureCause?
  package var backup: String?
  package var backupFinishedAt: Date?
  /// Replay was told to go exactly this far.
  package var targetLSN: LSN?
  package var reachedLSN: LSN?
  /// Commit time of the last transaction replayed.
  package var reachedTime: Date?
  package var timeline: UInt32?
  /// The projection for this very drill, made before it started; seconds.
  package var predicted: Estimate?
  /// Seconds from the start of the restore until the copy took queries at its target.
  package var measuredRTO: Double?
  package var phases: [DrillPhase]
  package var restoredBytes: Int64?
  package var replay: ReplayLoad?
  package var tests: [SmokeTestResult]
  /// What a listing after the destruction still found; empty = proven gone.
  package var leftBehind: [String]
  package var host: String
  package var user: String
  package var version: String
  /// What it rests on; nil in records that do not tell.
  package var basis: ProofBasis?
  /// The moment that it was asked for; nil = the end of what was archived.
  package var moment: DrillMoment?

  package init(
    id: String, cluster: String, engine: String, startedAt: Date, finishedAt: Date,
    outcome: DrillOutcome, reason: String? = nil, failedIn: DrillState? = nil,
    cause: DrillFailureCause? = nil,
    backup: String? = nil, backupFinishedAt: Date? = nil, targetLSN: LSN? = nil,
    reachedLSN: LSN? = nil, reachedTime: Date? = nil, timeline: UInt32? = nil,
    predicted: Estimate? = nil, measuredRTO: Double? = nil, phases: [DrillPhase] = [],
    restoredBytes: Int64? = nil, replay: ReplayLoad? = nil, tests: [SmokeTestResult] = [],
    leftBehind: [String] = [], host: String, user: String, version: String
  ) {
    self.id = id
    self.cluster = cluster
    self.engine = engine
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.outcome = outcome
    self.reason = reason
    self.failedIn = failedIn
    self.cause = cause
    self.backup = backup
    self.backupFinishedAt = backupFinishedAt
    self.targetLSN = targetLSN
    self.reachedLSN = reachedLSN
    self.reachedTime = reachedTime
    self.timeline = timeline
    self.predicted = predicted
    self.measuredRTO = measuredRTO
    self.phases = phases
    self.restoredBytes = restoredBytes
    self.replay = replay
    self.tests = tests
    self.leftBehind = leftBehind
    self.host = host
    self.user = user
    self.version = version
  }
}

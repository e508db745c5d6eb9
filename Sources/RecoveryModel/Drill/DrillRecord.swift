import FoundationEssentials

/// One phase of a drill and what it moved.
public struct DrillPhase: Sendable, Equatable, Codable {
  public var state: DrillState
  public var seconds: Double
  /// Bytes restored or WAL bytes replayed; nil for phases that move none.
  public var bytes: Int64?
  /// It lasted until the copy was handed over, and nobody knows when what it is called after was done: so older
  /// versions recorded it.
  public var includesHandover: Bool?

  public init(state: DrillState, seconds: Double, bytes: Int64? = nil) {
    self.state = state
    self.seconds = seconds
    self.bytes = bytes
  }

  public var words: String {
    includesHandover == true
      ? "\(state.words) and \(DrillState.handingOver.words)" : state.words
  }
}

/// How much WAL a drill replayed and of what kind: what the projection learns from.
public struct ReplayLoad: Sendable, Equatable, Codable {
  public var segments: Int
  public var walBytes: Int64
  /// The same segments as stored (compressed) in the repository.
  public var storedBytes: Int64

  public init(segments: Int, walBytes: Int64, storedBytes: Int64) {
    self.segments = segments
    self.walBytes = walBytes
    self.storedBytes = storedBytes
  }
}

/// What a drill did and proved; a line of the append-only ledger. A drill proves only what stands here.
public struct DrillRecord: Sendable, Equatable, Codable, Identifiable {
  public var id: String
  public var cluster: String
  public var engine: String
  public var startedAt: Date
  public var finishedAt: Date
  public var outcome: DrillOutcome
  /// Why, when it did not pass; what stood in the way, when it could not run.
  public var reason: String?
  /// The state it was in when it failed or was cancelled.
  public var failedIn: DrillState?
  /// Nil in records that do not tell; then the state it failed in decides.
  public var cause: DrillFailureCause?
  public var backup: String?
  public var backupFinishedAt: Date?
  /// Replay was told to go exactly this far.
  public var targetLSN: LSN?
  public var reachedLSN: LSN?
  /// Commit time of the last transaction replayed.
  public var reachedTime: Date?
  public var timeline: UInt32?
  /// The projection for this very drill, made before it started; seconds.
  public var predicted: Estimate?
  /// Seconds from the start of the restore until the copy took queries at its target.
  public var measuredRTO: Double?
  public var phases: [DrillPhase]
  public var restoredBytes: Int64?
  public var replay: ReplayLoad?
  public var tests: [SmokeTestResult]
  /// What a listing after the destruction still found; empty = proven gone.
  public var leftBehind: [String]
  public var host: String
  public var user: String
  public var version: String

  public init(
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

import FoundationEssentials

/// A recovery that runs beside what is watched, whoever began it, as one look found it.
package struct RecoveryUnderWay: Sendable, Equatable {
  package enum Stage: String, Sendable, Equatable, Codable {
    /// Whatever is to do it has not begun.
    case scheduled
    /// It runs, and nobody may see what it is at.
    case working
    /// The base backup comes down.
    case restoring
    /// WAL is applied.
    case replaying
    /// Replay is over: the server begins a timeline of its own.
    case promoting
    /// The restored server is prepared for its place.
    case handingOver = "handing_over"
    /// It starts there.
    case starting
  }

  /// How often it was tried and failed, and how often it may be.
  package struct Tries: Sendable, Equatable {
    package var failed: Int
    package var most: Int
    /// When the next begins; nil = one runs.
    package var next: Date?

    package init(failed: Int, most: Int, next: Date? = nil) {
      self.failed = failed
      self.most = most
      self.next = next
    }
  }

  /// What it does not get past.
  package struct Obstacle: Sendable, Equatable {
    /// As `cannot begin`.
    package var words: String
    /// In the words of whoever saw it.
    package var cause: String

    package init(_ words: String, cause: String) { (self.words, self.cause) = (words, cause) }
  }

  /// How far it is to go, by the settings of the server that recovers.
  package enum Aim: Sendable, Equatable {
    case latest, immediate
    case time(Date)
    case lsn(LSN)
    /// A transaction or a restore point: where it lies is not known.
    case named(String)

    package var words: String {
      switch self {
      case .latest: "the end of the archive"
      case .immediate: "the end of the backup"
      case .time(let date): Format.timestamp(date)
      case .lsn(let lsn): "LSN \(lsn)"
      case .named(let name): name
      }
    }
  }

  /// The directory that it goes into.
  package var place: String
  package var stage: Stage
  /// Since when it is in this stage; nil = not known.
  package var since: Date?
  /// Since when it goes on as a whole; nil = since this stage, as far as is known.
  package var begunAt: Date?
  package var observedAt: Date
  /// The backup that it began with; nil = not known.
  package var label: String?
  /// Bytes that lie in the directory; nil = they tell nothing (it was not empty) or could not be counted.
  package var restoredBytes: Int64?
  /// Where replay began, and the begin of the segment that is being applied.
  package var replayedFrom: LSN?
  package var replayedTo: LSN?
  /// Bytes of WAL a second of late, by its own log; nil = that does not tell.
  package var latePace: Double?
  package var aim: Aim
  /// Where replay will end, where that is known better than from the archive in sight.
  package var end: LSN?
  /// Its target lies behind that: PostgreSQL fails there.
  package var isBeyondEnd = false
  package var obstacle: Obstacle?
  /// The watched cluster that the backup is of, where that is another.
  package var origin: ClusterPlace?
  package var tries: Tries?
  /// When it last got on, by its own log or its processes; nil = only looks can tell.
  package var movedAt: Date?
  /// What it said last of itself, and the command that shows more.
  package var doing = ""
  package var lookAt = ""
  /// It failed for good.
  package var hasFailed = false
  /// It is over, and that needs a person.
  package var ending: Finding?

  package init(
    place: String, stage: Stage, since: Date? = nil, observedAt: Date, label: String? = nil,
    restoredBytes: Int64? = nil, replayedFrom: LSN? = nil, replayedTo: LSN? = nil,
    aim: Aim = .latest
  ) {
    self.place = place
    self.stage = stage
    self.since = since
    self.observedAt = observedAt
    self.label = label
    self.restoredBytes = restoredBytes
    self.replayedFrom = replayedFrom
    self.replayedTo = replayedTo
    self.aim = aim
  }
}

extension RecoveryUnderWay {
  package var isUnderWay: Bool { !hasFailed && ending == nil }

  /// What may come next is its end. An operator hands a restored server over; on a host nothing comes after replay.
  package var mayEnd: Bool {
    switch stage {
    case .replaying, .promoting: tries == nil
    case .handingOver, .starting: true
    default: false
    }
  }

  /// What grows while it gets on; nil = it cannot be read.
  var figure: UInt64? {
    switch stage {
    case .restoring: restoredBytes.map(UInt64.init(clamping:))
    case .replaying: replayedTo?.rawValue
    default: nil
    }
  }
}

import FoundationEssentials

/// A recovery that runs beside what is watched, whoever began it, as one look found it.
package struct RecoveryUnderWay: Sendable, Equatable {
  package enum Stage: String, Sendable, Equatable, Codable {
    /// The base backup comes down.
    case restoring
    /// WAL is applied.
    case replaying
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
  package var observedAt: Date
  /// The backup that it began with; nil = not known.
  package var label: String?
  /// Bytes that lie in the directory; nil = they tell nothing (it was not empty) or could not be counted.
  package var restoredBytes: Int64?
  /// Where replay began, and the begin of the segment that is being applied.
  package var replayedFrom: LSN?
  package var replayedTo: LSN?
  package var aim: Aim

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

import FoundationEssentials

/// What a cluster's recovery to one moment would be like. What nobody knows is nil, and said in `remarks`.
package struct RecoveryOutlook: Sendable, Equatable {
  package enum Standing: Sendable, Equatable {
    /// The archive was looked at, and all that it takes is there.
    case reachable
    /// The engine says that it can be reached; nobody looked.
    case claimed
    /// Later than all that is archived: the latest is as near as it gets.
    case beyondEnd
    /// No base backup that is there had ended by then; when the first one did.
    case beforeFirstBackup(Date?)
    /// WAL is missing between the base backup and the moment.
    case cut(WALHole)
    /// It does not come to pass: why.
    case impossible(String)
    /// Nobody can tell: why.
    case unknown(String)

    /// For JSON and scripts.
    package var word: String {
      switch self {
      case .reachable: "reachable"
      case .claimed: "claimed"
      case .beyondEnd: "beyond_end"
      case .beforeFirstBackup: "before_first_backup"
      case .cut: "cut"
      case .impossible: "impossible"
      case .unknown: "unknown"
      }
    }
  }

  /// Whether a transaction that the archive holds was committed after the moment: PostgreSQL stops at a time only when it
  /// meets a later commit, and at a position when it meets a record there; else it calls the target not reached.
  package enum LaterCommit: String, Sendable, Equatable {
    /// Looks at the server or a drill saw one.
    case seen
    /// Later segments are archived, and segments are not closed for nothing.
    case likely
    /// Looks at the server saw none.
    case none
    case unknown
  }

  package var cluster: String
  /// As asked for.
  package var moment: RecoveryMoment
  /// As PostgreSQL has to be asked for it; nil = it cannot be reached.
  package var effective: RecoveryMoment?
  package var standing: Standing
  /// The time that it stands for, or the earliest that it may; nil = not known.
  package var at: Date?
  /// By then it was written, a transaction begun; nil = not known, or `at` is exact.
  package var until: Date?
  /// When what it ends just before was committed, where somebody has read that; nil = `at` is since when it may have been.
  package var before: Date?
  package var base: Backup?
  /// nil = nobody has looked at the archive, or there is no way to look at.
  package var route: RecoveryRoute?
  package var loss: MomentLoss
  /// What of production's own history is not in it, where it lies on another or lay so then: a clause; nil = nothing.
  package var astray: String?
  /// Where it parted from what production writes now; nil = it has not.
  var parting: LSN?
  /// nil = a size that it takes is not known, or it cannot be reached.
  package var projection: RTOProjection?
  /// nil where it does not matter.
  package var laterCommit: LaterCommit?
  /// What PostgreSQL stops at.
  var stop: String {
    if case .position = moment.target { return "a record there or behind it" }
    return "a transaction committed after it"
  }
  package var alternatives: [RecoveryAlternative] = []
  /// What has more than it and comes before it, where no primary answers.
  package var instead: [String] = []
  /// What else is to be known, and what cannot be, each a sentence.
  package var remarks: [String] = []
  package var basis: RecoveryWindow.Basis?
  package var now: Date
  /// What a drill of it has planted, and must find.
  package var marker: PlantedMarker?
  /// The operation that a drill of it is part of; nil = it is one of its own.
  package var operation: String?

  /// It can be asked for, by all that is known.
  package var isReachable: Bool { effective != nil }
}

/// What would be gone with a recovery.
package struct MomentLoss: Sendable, Equatable {
  /// nil = not known; 0 is a claim, that nobody wrote.
  package var seconds: Double?
  /// It may be less.
  package var isUpperBound = false
  /// WAL, from at least to at most; nil = not known.
  package var bytes: ClosedRange<Int64>?
  /// More may have been written than anybody has seen.
  package var mayBeMore = false
  /// What it is held against; nil = now.
  package var against: Date?
  /// No moment is left.
  var isEverything = false

  package static let unknown = MomentLoss()

  /// `26m of changes, 112 to 128 MiB of WAL`.
  package var words: String {
    guard !isEverything else { return "everything: no moment is left" }
    let wal = bytes.map { range in
      let least = Format.bytes(range.lowerBound)
      let most = Format.bytes(range.upperBound)
      let text =
        least == most ? most : range.lowerBound == 0 ? "at most \(most)" : "\(least) to \(most)"
      return "\(text) of WAL"
    }
    let more = mayBeMore ? ", and what nobody has seen" : ""
    let since = against.map { " up to \(RecoveryMoment.exact($0))" } ?? ""
    switch (seconds, wal) {
    case (nil, nil): return "unknown" + more
    case (nil, let wal?): return wal + since + more
    case (let seconds?, _) where seconds < 1 && !isUpperBound:
      return (against == nil ? "nothing: nobody wrote since" : "nothing of what lies there") + more
    case (let seconds?, let wal):
      let time = (isUpperBound ? "at most " : "") + Format.atMost(max(1, seconds)) + " of changes"
      return time + (wal.map { ", \($0)" } ?? "") + since + more
    }
  }
}

/// Another moment that may suit better.
package struct RecoveryAlternative: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable {
    /// The end of the next base backup: nearer to now, and nothing but its own WAL to replay.
    case nextBackup
    /// The last that a hole leaves before it.
    case beforeHole
    /// The end of the first base backup behind the hole.
    case behindHole
    /// The end of the first base backup there is.
    case firstBackup
  }

  package var kind: Kind
  package var moment: RecoveryMoment
  package var at: Date?
  package var loss: MomentLoss
  package var rto: Estimate?

  /// `end of the next base backup 20261122-030000F`.
  package var words: String {
    switch kind {
    case .nextBackup: "end of the next base backup"
    case .beforeHole: "last before the hole"
    case .behindHole: "first behind the hole, end of a base backup"
    case .firstBackup: "end of the first base backup"
    }
  }
}

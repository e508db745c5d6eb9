import FoundationEssentials

package enum OperationKind: String, Sendable, Codable {
  case backup, drill, clear
  /// A recovery beside production that stays, and its end.
  case recover, remove
  /// Somebody else's, watched.
  case recovery

  package var words: String {
    switch self {
    case .backup: "base backup"
    case .drill: "verify drill"
    case .clear: "clearing of a stuck backup"
    case .recover: "recovery"
    case .remove: "removal of a recovery"
    case .recovery: "recovery"
    }
  }
}

/// What a person (or a timer) asks for.
package enum OperationRequest: Sendable, Equatable {
  /// `name` = what the new backup is to be called, where the engine lets one choose (nil = the engine chooses).
  case backup(BackupKind, name: String? = nil)
  /// Restore this backup (nil = the newest good one) and replay to the end of what is archived; or to a moment, whose
  /// base backup is then chosen by it. A backup and a moment go together where nobody can tell which it needs.
  case drill(backup: String?, at: RecoveryMoment? = nil)
  /// Write a row on the primary, delete it, and recover to just before that.
  case markerDrill
  /// Take a stuck backup that blocks all later ones out of their way; what it has stored stays.
  case clear(backup: String)
  /// Recover beside production, into a place of its own, and let it stay.
  case recover(RecoveryQuestion)
  /// Remove such a recovery, by its id.
  case remove(recovery: String)

  /// As it is run by the clock.
  package static let nextDrill = OperationRequest.drill(backup: nil)

  package var kind: OperationKind {
    switch self {
    case .backup: .backup
    case .drill, .markerDrill: .drill
    case .clear: .clear
    case .recover: .recover
    case .remove: .remove
    }
  }

  /// `full backup`, `verify drill`.
  package var words: String {
    switch self {
    case .backup(let kind, _): "\(kind.rawValue) backup"
    case .drill(_, let moment):
      moment.map { "\(kind.words) to \($0.text)" } ?? kind.words
    case .markerDrill: "\(kind.words) of a planted marker"
    case .clear(let backup): "clearing of \(backup)"
    case .recover(let question): "\(kind.words) to \(question.moment.text)"
    case .remove(let recovery): "removal of recovery \(recovery)"
    }
  }
}

/// One thing that happened in a running operation, with its time.
package struct OperationEvent: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// A backup's or a drill's step began, in the operator's words.
    case stepBegan(String)
    case drillEntered(DrillState)
    /// 0...1 of the current step, bytes where known.
    case progress(fraction: Double?, bytesDone: Int64?, bytesTotal: Int64?)
    case log(String)
    /// Last event of a backup: the new label.
    case backupFinished(label: String)
    /// Last event of a clearing: the backup that is out of the way.
    case cleared(backup: String)
    /// Last event of a recovery that went well: from here on it stays. What a drill of it would have recorded, where known.
    case kept(KeptRecovery, DrillRecord?)
    /// Last event of a removal, with what is left on purpose: a sentence, nil = nothing.
    case removed(recovery: String, left: String? = nil)
    /// Last event of a drill, whatever its outcome.
    case drillFinished(DrillRecord)
  }

  package var at: Date
  package var kind: Kind

  package init(at: Date, kind: Kind) {
    self.at = at
    self.kind = kind
  }
}

/// An operation under way, as everybody watching sees it.
package struct RunningOperation: Sendable, Equatable {
  package var plan: OperationPlan
  package var startedAt: Date
  package var step: String
  package var drillState: DrillState?
  /// 0...1 of the current step.
  package var fraction: Double?
  package var bytesDone: Int64?
  package var bytesTotal: Int64?
  package var log: [String]
  package var cancelling: Bool

  package init(
    plan: OperationPlan, startedAt: Date, step: String = "starting", drillState: DrillState? = nil,
    fraction: Double? = nil, bytesDone: Int64? = nil, bytesTotal: Int64? = nil, log: [String] = [],
    cancelling: Bool = false
  ) {
    self.plan = plan
    self.startedAt = startedAt
    self.step = step
    self.drillState = drillState
    self.fraction = fraction
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
    self.log = log
    self.cancelling = cancelling
  }
}

/// How an operation ended, for the log on the screen and the audit.
package struct OperationOutcome: Sendable, Equatable {
  package enum Status: String, Sendable, Codable {
    case done, failed, refused, cancelled
    case couldNotRun = "could_not_run"
    /// Of a drill: the copy came back, and could not be asked.
    case notTested = "restored_not_tested"

    /// Also as older versions spelt it in their audit logs.
    package init(from decoder: any Decoder) throws {
      let text = try decoder.singleValueContainer().decode(String.self)
      let old: [String: Status] = ["couldNotRun": .couldNotRun, "notTested": .notTested]
      guard let status = Status(rawValue: text) ?? old[text] else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(codingPath: decoder.codingPath, debugDescription: text))
      }
      self = status
    }

    package var words: String {
      switch self {
      case .couldNotRun: DrillOutcome.couldNotRun.words
      case .notTested: DrillOutcome.notTested.words
      case .done, .failed, .refused, .cancelled: rawValue
      }
    }
  }
  package var operation: String
  package var cluster: String
  package var kind: OperationKind
  package var status: Status
  package var startedAt: Date
  package var finishedAt: Date
  /// One line: what came of it.
  package var summary: String
  package var drill: DrillRecord?
  /// The recovery that stays from here on.
  package var kept: KeptRecovery?

  package init(
    operation: String, cluster: String, kind: OperationKind, status: Status, startedAt: Date,
    finishedAt: Date, summary: String, drill: DrillRecord? = nil
  ) {
    self.operation = operation
    self.cluster = cluster
    self.kind = kind
    self.status = status
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.summary = summary
    self.drill = drill
  }
}

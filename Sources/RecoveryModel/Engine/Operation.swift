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

/// Something that must hold before an operation starts.
package struct Requirement: Sendable, Equatable {
  package var what: String
  /// nil = could not be told; the reason is in `detail`.
  package var satisfied: Bool?
  package var detail: String

  package init(what: String, satisfied: Bool?, detail: String) {
    self.what = what
    self.satisfied = satisfied
    self.detail = detail
  }
}

/// Exactly what will be done, to what, with what risk. Made by `BackupEngine.plan`, run by `start`.
package struct OperationPlan: Sendable, Equatable, Identifiable {
  /// Operation id; a drill's id too.
  package var id: String
  package var cluster: String
  package var request: OperationRequest
  /// One line: `Take a full base backup of auth-db`.
  package var title: String
  /// What will be done, in order, each a line a person can check.
  package var steps: [String]
  /// What it costs or risks.
  package var notes: [String]
  package var requirements: [Requirement]
  /// How long it should take; nil where nothing is known to go by.
  package var expected: Estimate?
  /// The backup that a drill restores, by the name that the catalog has; nil where it was not chosen.
  package var backup: String?
  /// What the engine that made it needs to carry it out (paths, labels, LSNs); shown nowhere.
  package var order: EngineOrder?
  /// What a drill's proof would rest on; nil = not told.
  package var basis: ProofBasis?
  /// The moment that a drill is to bring back; nil = the end of what is archived.
  package var moment: DrillMoment?
  /// What a person must type before it runs, as the name of the cluster; nil = a yes will do.
  package var typedConfirmation: String?

  package init(
    id: String, cluster: String, request: OperationRequest, title: String, steps: [String],
    notes: [String] = [], requirements: [Requirement] = [], expected: Estimate? = nil,
    backup: String? = nil, order: EngineOrder? = nil, typedConfirmation: String? = nil
  ) {
    self.id = id
    self.cluster = cluster
    self.request = request
    self.title = title
    self.steps = steps
    self.notes = notes
    self.requirements = requirements
    self.expected = expected
    self.backup = backup
    self.order = order
    self.typedConfirmation = typedConfirmation
  }

  /// Requirements known to be unmet: the plan must not run.
  package var unmet: [Requirement] { requirements.filter { $0.satisfied == false } }
}

extension Requirement {
  /// Why a plan does not run, of a requirement that is not met. `what` says how it should be: alone it would read as if
  /// it were.
  package var refusal: String { "not met: \(what)" + (detail.isEmpty ? "" : " (\(detail))") }
}

/// A value of an engine's own that a plan carries from `plan` to `start`.
package struct EngineOrder: Sendable, Equatable {
  private let value: any Sendable & Equatable

  package init(_ value: some Sendable & Equatable) { self.value = value }

  /// nil when it is another engine's, or another operation's.
  package func `as`<Order>(_ type: Order.Type) -> Order? { value as? Order }

  package static func == (one: EngineOrder, other: EngineOrder) -> Bool {
    func isEqual<Value: Equatable>(_ value: Value) -> Bool { value == other.value as? Value }
    return isEqual(one.value)
  }
}

/// A range of seconds with its likeliest value.
package struct Estimate: Sendable, Equatable, Codable {
  package var expected: Double
  package var low: Double
  package var high: Double

  package init(expected: Double, low: Double, high: Double) {
    self.expected = expected
    self.low = low
    self.high = high
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

/// A dead drill's leftovers that were removed.
package struct ReapedDrill: Sendable, Equatable {
  package var id: String
  /// A drill's, or those of a recovery that nobody finished.
  package var kind = OperationKind.drill
  /// What it had recorded before it died, closed; nil when nothing readable was left.
  package var record: DrillRecord?
  /// What was removed, each a line.
  package var removed: [String]
  /// What could not be removed, and why.
  package var remaining: [String]

  package init(id: String, record: DrillRecord?, removed: [String], remaining: [String]) {
    self.id = id
    self.record = record
    self.removed = removed
    self.remaining = remaining
  }
}

/// A drill that is under way, here or elsewhere.
package struct LivingDrill: Sendable, Equatable {
  package var id: String
  package var cluster: String
  /// Who runs it, and where.
  package var owner: String
  /// From then on what it made may be removed.
  package var expires: Date

  package init(id: String, cluster: String, owner: String, expires: Date) {
    self.id = id
    self.cluster = cluster
    self.owner = owner
    self.expires = expires
  }
}

/// The drills under way everywhere.
package struct LivingDrills: Sendable, Equatable {
  package var drills: [LivingDrill]
  /// Why some place could not tell, each a line.
  package var unknown: [String]

  package init(drills: [LivingDrill] = [], unknown: [String] = []) {
    self.drills = drills
    self.unknown = unknown
  }
}

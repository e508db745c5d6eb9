import FoundationEssentials

public enum OperationKind: String, Sendable, Codable { case backup, drill, clear }

/// What a person (or a timer) asks for.
public enum OperationRequest: Sendable, Equatable {
  /// `name` = what the new backup is to be called, where the engine lets one choose (nil = the engine chooses).
  case backup(BackupKind, name: String? = nil)
  /// Restore this backup (nil = the newest good one) and replay to the end of what is archived.
  case drill(backup: String?)
  /// Take a stuck backup that blocks all later ones out of their way; what it has stored stays.
  case clear(backup: String)

  public var kind: OperationKind {
    switch self {
    case .backup: .backup
    case .drill: .drill
    case .clear: .clear
    }
  }
}

/// Something that must hold before an operation starts.
public struct Requirement: Sendable, Equatable {
  public var what: String
  /// nil = could not be told; the reason is in `detail`.
  public var satisfied: Bool?
  public var detail: String

  public init(what: String, satisfied: Bool?, detail: String) {
    self.what = what
    self.satisfied = satisfied
    self.detail = detail
  }
}

/// Exactly what will be done, to what, with what risk. Made by `BackupEngine.plan`, run by `start`.
public struct OperationPlan: Sendable, Equatable, Identifiable {
  /// Operation id; a drill's id too.
  public var id: String
  public var cluster: String
  public var request: OperationRequest
  /// One line: `Take a full base backup of auth-db`.
  public var title: String
  /// What will be done, in order, each a line a person can check.
  public var steps: [String]
  /// What it costs or risks.
  public var notes: [String]
  public var requirements: [Requirement]
  /// How long it should take; nil where nothing is known to go by.
  public var expected: Estimate?
  /// Engine-private facts that `start` needs (paths, labels, LSNs); shown nowhere.
  public var details: [String: String]
  /// What a person must type before it runs, as the name of the cluster; nil = a yes will do.
  public var typedConfirmation: String?

  public init(
    id: String, cluster: String, request: OperationRequest, title: String, steps: [String],
    notes: [String] = [], requirements: [Requirement] = [], expected: Estimate? = nil,
    details: [String: String] = [:], typedConfirmation: String? = nil
  ) {
    self.id = id
    self.cluster = cluster
    self.request = request
    self.title = title
    self.steps = steps
    self.notes = notes
    self.requirements = requirements
    self.expected = expected
    self.details = details
    self.typedConfirmation = typedConfirmation
  }

  /// Requirements known to be unmet: the plan must not run.
  public var unmet: [Requirement] { requirements.filter { $0.satisfied == false } }
}

/// A range of seconds with its likeliest value.
public struct Estimate: Sendable, Equatable, Codable {
  public var expected: Double
  public var low: Double
  public var high: Double

  public init(expected: Double, low: Double, high: Double) {
    self.expected = expected
    self.low = low
    self.high = high
  }
}

/// One thing that happened in a running operation, with its time.
public struct OperationEvent: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
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
    /// Last event of a drill, whatever its outcome.
    case drillFinished(DrillRecord)
  }

  public var at: Date
  public var kind: Kind

  public init(at: Date, kind: Kind) {
    self.at = at
    self.kind = kind
  }
}

/// An operation under way, as everybody watching sees it.
public struct RunningOperation: Sendable, Equatable {
  public var plan: OperationPlan
  public var startedAt: Date
  public var step: String
  public var drillState: DrillState?
  /// 0...1 of the current step.
  public var fraction: Double?
  public var bytesDone: Int64?
  public var bytesTotal: Int64?
  public var log: [String]
  public var cancelling: Bool

  public init(
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
public struct OperationOutcome: Sendable, Equatable {
  public enum Status: String, Sendable, Codable {
    case done, failed, refused, couldNotRun, cancelled
    /// Of a drill: the copy came back, and could not be asked.
    case notTested

    public var words: String {
      switch self {
      case .couldNotRun: "could not run"
      case .notTested: DrillOutcome.notTested.words
      case .done, .failed, .refused, .cancelled: rawValue
      }
    }
  }
  public var operation: String
  public var cluster: String
  public var kind: OperationKind
  public var status: Status
  public var startedAt: Date
  public var finishedAt: Date
  /// One line: what came of it.
  public var summary: String
  public var drill: DrillRecord?

  public init(
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
public struct ReapedDrill: Sendable, Equatable {
  public var id: String
  /// What it had recorded before it died, closed; nil when nothing readable was left.
  public var record: DrillRecord?
  /// What was removed, each a line.
  public var removed: [String]
  /// What could not be removed, and why.
  public var remaining: [String]

  public init(id: String, record: DrillRecord?, removed: [String], remaining: [String]) {
    self.id = id
    self.record = record
    self.removed = removed
    self.remaining = remaining
  }
}

/// A drill that is under way, here or elsewhere.
public struct LivingDrill: Sendable, Equatable {
  public var id: String
  public var cluster: String
  /// Who runs it, and where.
  public var owner: String
  /// From then on what it made may be removed.
  public var expires: Date

  public init(id: String, cluster: String, owner: String, expires: Date) {
    self.id = id
    self.cluster = cluster
    self.owner = owner
    self.expires = expires
  }
}

/// The drills under way everywhere.
public struct LivingDrills: Sendable, Equatable {
  public var drills: [LivingDrill]
  /// Why some place could not tell, each a line.
  public var unknown: [String]

  public init(drills: [LivingDrill] = [], unknown: [String] = []) {
    self.drills = drills
    self.unknown = unknown
  }
}

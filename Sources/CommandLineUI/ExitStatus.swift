import RecoveryModel

/// What the process tells its caller; the README's table is generated from here.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  case good = 0
  case bad = 1
  case worst = 2
  case undecided = 3

  /// Of `status`: the convention of monitoring plugins.
  public init(verdict: Verdict) {
    switch verdict {
    case .proven, .likely: self = .good
    case .atRisk: self = .bad
    case .notRecoverable: self = .worst
    case .unknown: self = .undecided
    }
  }

  /// Of `status` over several clusters: that of the worst verdict, in the order
  /// NOT RECOVERABLE, AT RISK, UNKNOWN, good. No cluster at all is UNKNOWN: nothing vouches for anything.
  public init(verdicts: [Verdict]) {
    guard let first = verdicts.first else {
      self = .undecided
      return
    }
    self.init(verdict: verdicts.dropFirst().reduce(first) { $0.worse($1) })
  }

  /// Of an action.
  public init(outcome: OperationOutcome.Status) {
    switch outcome {
    case .done: self = .good
    case .failed, .cancelled: self = .bad
    case .refused: self = .worst
    case .couldNotRun: self = .undecided
    }
  }

  /// Of several actions: failed before could not run, before refused, before done.
  public init(outcomes: [OperationOutcome.Status]) {
    let statuses = Set(outcomes.map { ExitStatus(outcome: $0) })
    let order: [ExitStatus] = [.bad, .undecided, .worst]
    self = order.first { statuses.contains($0) } ?? .good
  }

  /// Of an action that threw before it could end.
  public init(error: RecoveryError.Code) {
    switch error {
    case .failed, .cancelled: self = .bad
    case .invalid, .refused: self = .worst
    case .unreachable, .timedOut, .denied: self = .undecided
    }
  }

  /// What it means after `status`.
  public var ofStatus: String {
    switch self {
    case .good: "PROVEN or LIKELY"
    case .bad: "AT RISK"
    case .worst: "NOT RECOVERABLE"
    case .undecided: "UNKNOWN"
    }
  }

  /// What it means after `lint`.
  public var ofLint: String {
    switch self {
    case .good: "clean, or remarks only"
    case .bad: "warnings"
    case .worst: "errors, or wrong usage"
    case .undecided: "a file could not be read"
    }
  }

  /// What it means after any other command.
  public var ofActions: String {
    switch self {
    case .good: "done"
    case .bad: "failed or cancelled"
    case .worst: "refused, or wrong usage or configuration"
    case .undecided: "could not run"
    }
  }

  /// The README's table, in Markdown.
  public static var table: String {
    (["| Exit status | `status` | `lint` | every other command |", "|---|---|---|---|"]
      + allCases.map {
        "| \($0.rawValue) | \($0.ofStatus) | \($0.ofLint) | \($0.ofActions) |"
      })
      .joined(separator: "\n")
  }
}

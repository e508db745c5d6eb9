import RecoveryModel

/// What the process tells its caller; the README's table is generated from here.
///
/// An action that was refused before it began (another operation runs, a requirement is known to be unmet, the
/// configuration is read-only) is `worst`; one that was to begin and could not (a drill that cannot be planned, or
/// whose preflight fails) is `undecided`, under `--due` and without.
package struct ExitStatus: RawRepresentable, Sendable, Hashable, CaseIterable {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let good = ExitStatus(rawValue: 0)
  package static let bad = ExitStatus(rawValue: 1)
  package static let worst = ExitStatus(rawValue: 2)
  package static let undecided = ExitStatus(rawValue: 3)

  /// What a number says depends on who is asked.
  package enum Convention: Sendable {
    case actions
    /// 1 and 2 are alarms about a cluster; whatever keeps the check from judging one is UNKNOWN, as for every monitoring
    /// plugin.
    case monitoring
  }

  /// Those that a command ends with by itself.
  package static let allCases = [good, bad, worst, undecided]

  /// Of a console that signal `number` ended: what a shell would say.
  package static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }

  /// Of `status`: the convention of monitoring plugins.
  package init(verdict: Verdict) {
    switch verdict {
    case .proven, .likely: self = .good
    case .atRisk: self = .bad
    case .notRecoverable: self = .worst
    case .unknown: self = .undecided
    }
  }

  /// Of `status` over several clusters: that of the worst verdict, in the order
  /// NOT RECOVERABLE, AT RISK, UNKNOWN, good. No cluster at all is UNKNOWN: nothing vouches for anything.
  package init(verdicts: [Verdict]) {
    guard let first = verdicts.first else {
      self = .undecided
      return
    }
    self.init(verdict: verdicts.dropFirst().reduce(first) { $0.worse($1) })
  }

  /// Of an action.
  package init(outcome: OperationOutcome.Status) {
    switch outcome {
    case .done: self = .good
    case .failed, .cancelled: self = .bad
    case .refused: self = .worst
    case .couldNotRun, .notTested: self = .undecided
    }
  }

  /// Of several actions: failed before could not run, before refused, before done.
  package init(outcomes: [OperationOutcome.Status]) {
    let statuses = Set(outcomes.map { ExitStatus(outcome: $0) })
    let order: [ExitStatus] = [.bad, .undecided, .worst]
    self = order.first { statuses.contains($0) } ?? .good
  }

  /// Of a command that threw before it could end, or was never begun: wrong usage is `invalid`.
  package init(error: RecoveryError.Code, convention: Convention = .actions) {
    guard convention == .actions else {
      self = .undecided
      return
    }
    switch error {
    case .failed, .cancelled: self = .bad
    case .invalid, .refused: self = .worst
    case .unreachable, .timedOut, .underWay, .denied: self = .undecided
    }
  }

  /// What it means after `status`.
  package var ofStatus: String {
    switch self {
    case .good: "\(Verdict.proven.rawValue) or \(Verdict.likely.rawValue)"
    case .bad: Verdict.atRisk.rawValue
    case .worst: Verdict.notRecoverable.rawValue
    case .undecided:
      "\(Verdict.unknown.rawValue), or could not judge (an error in the configuration, wrong usage)"
    default: "ended by signal \(rawValue - 128)"
    }
  }

  /// What it means after `lint`.
  package var ofLint: String {
    switch self {
    case .good: "clean, or remarks only"
    case .bad: "warnings"
    case .worst: "errors, or wrong usage"
    case .undecided: "a file could not be read"
    default: "ended by signal \(rawValue - 128)"
    }
  }

  /// What it means after any other command.
  package var ofActions: String {
    switch self {
    case .good: "done"
    case .bad: "failed or cancelled"
    case .worst: "refused before it began (busy, unmet requirement, read-only), or wrong usage"
    case .undecided:
      "could not run (no plan, failed preflight, nobody answers, a mishap of this machine), "
        + "or restored and not every test run"
    default: "ended by signal \(rawValue - 128)"
    }
  }

  /// The README's table, in Markdown.
  package static var table: String {
    (["| Exit status | `status`, `store` | `lint` | every other command |", "|---|---|---|---|"]
      + allCases.map {
        "| \($0.rawValue) | \($0.ofStatus) | \($0.ofLint) | \($0.ofActions) |"
      }
      + ["| 128 + n | | | signal n ended the console |"])
      .joined(separator: "\n")
  }
}

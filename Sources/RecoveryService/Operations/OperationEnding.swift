import FoundationEssentials
import RecoveryModel

/// Makes an outcome of what an operation left: its trace, an interruption, an error.
struct OperationEnding {
  let plan: OperationPlan
  let watched: WatchedCluster
  let environment: EngineEnvironment
  let startedAt: Date
  let interruption: StopReason?
  let error: (any Error)?

  func outcome(_ status: OperationOutcome.Status, _ summary: String) -> OperationOutcome {
    OperationOutcome(
      operation: plan.id, cluster: plan.cluster, kind: plan.request.kind, status: status,
      startedAt: startedAt, finishedAt: environment.now(), summary: summary)
  }

  func backup(_ trace: OperationTrace) -> OperationOutcome {
    let took = Format.duration(environment.now().timeIntervalSince(startedAt))
    if let label = trace.label { return outcome(.done, "took \(label) in \(took)") }
    switch (interruption, error) {
    case (.cancelled, _):
      return outcome(.cancelled, "cancelled after \(took)" + (error.map { ": \($0)" } ?? ""))
    case (.timedOut(let limit), _):
      return outcome(.failed, "stopped: it took longer than \(Format.duration(limit))")
    case (nil, let error?): return outcome(status(of: error), "\(error)")
    case (nil, nil): return outcome(.failed, "ended after \(took) without naming a new backup")
    }
  }

  func clearing(_ trace: OperationTrace) -> OperationOutcome {
    if let label = trace.cleared {
      return outcome(.done, "\(label) no longer blocks other backups")
    }
    switch (interruption, error) {
    case (.cancelled, _): return outcome(.cancelled, "cancelled before anything was changed")
    case (_, let error?): return outcome(status(of: error), "\(error)")
    default: return outcome(.failed, "ended without clearing anything")
    }
  }

  /// Of one that did not come to its end the engine has said what is left: it never ends before it has cleaned up.
  func recovery(_ trace: OperationTrace) -> OperationOutcome {
    if let kept = trace.kept {
      let record = trace.record
      let facts = (record?.arrivalWords ?? []) + [record?.testWords].compactMap { $0 }
      var lost: [LostTable] = []
      if case .recover(let question) = plan.request { lost = question.lost }
      let back = kept.givingBack(lost, to: watched.declaration)
      var outcome = outcome(
        .done,
        ([kept.sentence] + facts + [kept.way].filter { !$0.isEmpty }
          + (back.map { ["give back from it what was lost: \($0)"] } ?? [])
          + ["remove it with: \(kept.removal(of: watched.declaration))"]).joined(separator: "; "))
      outcome.kept = kept
      return outcome
    }
    switch (interruption, error) {
    case (.some, let error?):
      return outcome(.cancelled, (error as? RecoveryError)?.message ?? "\(error)")
    case (.some, nil): return outcome(.cancelled, "cancelled before anything was made")
    case (nil, let error?): return outcome(status(of: error), "\(error)")
    case (nil, nil): return outcome(.failed, "ended without a result")
    }
  }

  func removal(_ trace: OperationTrace) -> OperationOutcome {
    if let removed = trace.removed {
      let left = trace.leftOnPurpose.map { ". \($0)" } ?? ""
      return outcome(.done, "recovery \(removed) is gone\(left)")
    }
    switch (interruption, error) {
    case (.some, nil): return outcome(.cancelled, "cancelled before anything was removed")
    case (_, let error?): return outcome(status(of: error), "\(error)")
    case (nil, nil): return outcome(.failed, "ended without a result")
    }
  }

  /// The drill's record: the engine's own, or what can be said without it.
  func drill(_ trace: OperationTrace) -> DrillRecord {
    guard var record = trace.record else { return reconstructed(trace) }
    record.predicted = plan.expected
    record.moment = record.moment ?? plan.moment
    if case .timedOut(let limit) = interruption, record.outcome == .cancelled {
      record.outcome = .failed
      record.reason = tooLong(limit)
      record.cause = .timedOut
      record.failedIn = record.failedIn ?? trace.state
    }
    return record
  }

  private func reconstructed(_ trace: OperationTrace) -> DrillRecord {
    let now = environment.now()
    var trace = trace
    trace.close(at: now)
    let (result, reason, cause) = verdict(trace)
    var backup: String?
    if case .drill(let label, _) = plan.request { backup = label ?? plan.backup }
    if plan.request == .markerDrill { backup = plan.backup }
    var record = DrillRecord(
      id: plan.id, cluster: plan.cluster, engine: watched.declaration.engine,
      startedAt: startedAt, finishedAt: now, outcome: result, reason: reason,
      failedIn: trace.state, cause: result == .failed ? cause : nil, backup: backup,
      predicted: plan.expected, phases: trace.phases,
      host: environment.host, user: environment.user, version: environment.version)
    record.moment = plan.moment
    return record
  }

  private func verdict(_ trace: OperationTrace) -> (DrillOutcome, String, DrillFailureCause?) {
    let result: DrillOutcome = trace.leftPreflight ? .failed : .couldNotRun
    switch (interruption, error) {
    case (.cancelled, _): return (.cancelled, "cancelled by \(environment.user)", nil)
    case (.timedOut(let limit), _): return (.failed, tooLong(limit), .timedOut)
    case (nil, let error?):
      let code = (error as? RecoveryError)?.code
      if code == .cancelled { return (.cancelled, "\(error)", nil) }
      return (result, "\(error)", code == .timedOut ? .timedOut : trace.furthest.failureCause)
    case (nil, nil):
      return (result, "the engine ended it without a result", .interrupted)
    }
  }

  private func tooLong(_ limit: Double) -> String {
    "took longer than drill.timeout (\(Format.duration(limit)))"
  }

  private func status(of error: any Error) -> OperationOutcome.Status {
    switch (error as? RecoveryError)?.code {
    case .cancelled: .cancelled
    case .refused, .invalid: .couldNotRun
    default: .failed
    }
  }
}

extension OperationOutcome.Status {
  init(_ outcome: DrillOutcome) {
    switch outcome {
    case .passed: self = .done
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .couldNotRun: self = .couldNotRun
    case .notTested: self = .notTested
    }
  }
}

extension DrillRecord {
  /// Where a recovery came out, each a clause; empty = nothing told.
  var arrivalWords: [String] {
    let commit = reachedTime.map { "last commit \(RecoveryMoment.exact($0))" }
    return [momentWords ?? commit, reachedLSN.map { "replayed to \($0)" }].compactMap { $0 }
  }

  /// One line: what came of it.
  var summary: String {
    var text = headline
    if !leftBehind.isEmpty { text += "; left behind: " + leftBehind.joined(separator: ", ") }
    return text
  }

  private var headline: String {
    switch outcome {
    case .passed:
      var text = "restored \(backup ?? "the backup")"
      if let momentWords {
        text += ", \(momentWords)" + (isOfPast ? "; \(Self.pastOnly)" : "")
      } else if let reachedLSN {
        text += ", replayed to \(reachedLSN)"
      }
      if let tests = testWords { text += ", \(tests)" }
      if let measuredRTO { text += "; RTO \(Format.duration(measuredRTO))" }
      if let predicted { text += " (predicted \(Format.duration(predicted.expected)))" }
      return text
    case .failed:
      return "failed\(failedIn.map { " while \($0.words)" } ?? ""): \(reason ?? "no reason given")"
    case .cancelled: return reason ?? "cancelled"
    case .couldNotRun: return reason ?? "no reason given"
    case .notTested:
      let reached = reachedLSN.map { " and replayed to \($0)" } ?? ""
      let part = tally.notRun < tally.count ? "not tested in full" : "not tested"
      return "restored \(backup ?? "the backup")\(reached); \(part)"
        + (testWords.map { " (\($0))" } ?? "") + ": \(reason ?? "no reason given")"
    }
  }
}

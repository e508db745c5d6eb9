import FoundationEssentials
import RecoveryModel

/// Everything around an operation that is not the operation: who may, who is told, what is recorded.
struct OperationRunner: Sendable {
  let watched: WatchedCluster
  let environment: ServiceEnvironment
  let audit: AuditLog

  enum Admission: Sendable {
    case admitted(any OperationLock)
    /// Nothing was done, and why.
    case refused(OperationOutcome.Status, String)
    /// Something that the plan needs is missing.
    case unmet(String)
  }

  /// Takes the cluster's lock, checks the plan's preconditions (again, when a report is given) and writes the
  /// audit line. Whoever is admitted must be `close`d.
  func admit(
    _ plan: OperationPlan, report: EngineReport?, of cluster: ClusterSnapshot
  ) async -> Admission {
    let holder = LockHolder(
      user: environment.engine.user, host: environment.engine.host, process: environment.process,
      operation: "a \(plan.request.kind.words)", since: environment.engine.now())
    let lock: any OperationLock
    do {
      switch try await watched.ledger.lock(holder) {
      case .held(let taken): lock = taken
      case .busy(let other):
        let words = other?.words ?? "an operation of another process"
        return .refused(.refused, "\(plan.cluster) is busy: \(words)")
      }
    } catch {
      return .refused(.refused, "\(error)")
    }
    if let obstacle = await recheck(plan, report: report, of: cluster) {
      await lock.release()
      return obstacle
    }
    do {
      try await audit.append(entry(.started, plan))
    } catch {
      await lock.release()
      return .refused(.refused, "nothing that acts goes unaudited: \(error)")
    }
    return .admitted(lock)
  }

  /// Records an end: the drill's one ledger line, the audit's last line.
  func close(
    _ plan: OperationPlan, startedAt: Date, trace: OperationTrace, interruption: StopReason?,
    error: (any Error)?
  ) async -> OperationOutcome {
    let ending = OperationEnding(
      plan: plan, watched: watched, environment: environment.engine, startedAt: startedAt,
      interruption: interruption, error: error)
    var outcome: OperationOutcome
    switch plan.request {
    case .backup: outcome = ending.backup(trace)
    case .drill, .markerDrill: outcome = await record(ending.drill(trace), ending: ending)
    case .clear: outcome = ending.clearing(trace)
    case .recover: outcome = ending.recovery(trace)
    case .remove: outcome = ending.removal(trace)
    }
    await end(&outcome, event: .ended, plan)
    return outcome
  }

  /// Records that nothing was done. `recorded` gives a drill its ledger line, as one that could not run: somebody
  /// wanted a proof and got none.
  func refuse(
    _ plan: OperationPlan, _ status: OperationOutcome.Status, _ why: String, startedAt: Date,
    recorded: Bool = false
  ) async -> OperationOutcome {
    let ending = OperationEnding(
      plan: plan, watched: watched, environment: environment.engine, startedAt: startedAt,
      interruption: nil, error: RecoveryError(.refused, why))
    var outcome = ending.outcome(status, why)
    if plan.request.kind == .drill, recorded || status == .couldNotRun {
      let summary = await record(ending.drill(OperationTrace()), ending: ending)
      outcome.drill = summary.drill
      outcome.summary = summary.summary
    }
    await end(&outcome, event: status == .couldNotRun ? .ended : .refused, plan)
    return outcome
  }

  /// What stands in the way; nil = nothing.
  private func recheck(
    _ plan: OperationPlan, report: EngineReport?, of cluster: ClusterSnapshot
  ) async -> Admission? {
    var requirements = plan.unmet
    if requirements.isEmpty, let report {
      do {
        let aim = try DrillAim(plan.request, cluster, now: environment.engine.now())
        requirements = try await aim.plan(plan.request, by: watched.engine, report: report).unmet
      } catch {
        return .refused(plan.request.kind == .drill ? .couldNotRun : .refused, "\(error)")
      }
    }
    guard !requirements.isEmpty else { return nil }
    return .unmet(requirements.map(\.refusal).joined(separator: "; "))
  }

  private func record(_ drill: DrillRecord, ending: OperationEnding) async -> OperationOutcome {
    var drill = drill
    drill.basis = ending.plan.basis
    var outcome = ending.outcome(OperationOutcome.Status(drill.outcome), drill.summary)
    outcome.drill = drill
    do {
      try await watched.ledger.append(drill)
    } catch {
      outcome.summary += "; NOT RECORDED: \(error)"
      // An unrecorded proof is none: a timer that waits for it must notice.
      if outcome.status == .done { outcome.status = .failed }
      outcome.drill = nil
    }
    return outcome
  }

  private func end(
    _ outcome: inout OperationOutcome, event: AuditEntry.Event, _ plan: OperationPlan
  ) async {
    var line = entry(event, plan)
    line.outcome = outcome.status
    line.summary = outcome.summary
    do {
      try await audit.append(line)
    } catch {
      outcome.summary += "; its audit line is missing: \(error)"
    }
  }

  private func entry(_ event: AuditEntry.Event, _ plan: OperationPlan) -> AuditEntry {
    var entry = AuditEntry(
      at: environment.engine.now(), event: event, user: environment.engine.user,
      host: environment.engine.host, process: environment.process, cluster: plan.cluster,
      operation: plan.id, kind: plan.request.kind, what: plan.title,
      of: watched.declaration)
    if case .recover(let question) = plan.request { entry.moment = question.moment.text }
    return entry
  }
}

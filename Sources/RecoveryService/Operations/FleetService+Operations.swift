import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Age, in seconds, up to which a plan's preconditions need not be checked again.
  static let planFreshness = 5.0

  /// Says exactly what would be done. Throws `RecoveryError`.
  ///
  /// Planning to show changes nothing. Planning to run a drill that turns out to be impossible records it as one
  /// that could not run, and then throws `DrillCouldNotRun`.
  package func plan(
    _ request: OperationRequest, cluster name: String, for purpose: PlanPurpose = .showing
  ) async throws -> OperationPlan {
    guard clusters[name] != nil else {
      let nearest = Suggestion.nearest(to: name, among: order)
      throw RecoveryError(
        .invalid, "no cluster named \(name)",
        remedy: nearest.map { "did you mean \($0)?" } ?? "known: \(order.joined(separator: ", "))")
    }
    if let busy = busyWords(name) { throw RecoveryError(.refused, busy) }
    await freshen(name)
    guard let state = clusters[name] else { throw RecoveryError(.invalid, "no cluster \(name)") }
    let startedAt = environment.engine.now()
    do {
      var plan = try await DrillAim(request, state.assessed, now: startedAt)
        .plan(request, by: state.watched.engine, report: state.report)
      plan.expected = expectation(of: request, cluster: name) ?? plan.expected
      if request.kind == .drill { plan.basis = state.report.proofBasis }
      if case .backup(let kind, _) = request,
        let expiry = NextExpiry(state.assessed, after: kind, at: startedAt)
      {
        plan.note(expiry)
      }
      plannedAt[plan.id] = environment.engine.now()
      if request == .nextDrill { await noteReadiness(.success(plan), of: name) }
      return plan
    } catch {
      let failure = error as? RecoveryError ?? RecoveryError(.failed, "\(error)")
      if request == .nextDrill { await noteReadiness(.failure(failure), of: name) }
      guard purpose == .running, request.kind == .drill, failure.code != .cancelled,
        failure.code != .invalid
      else { throw failure }
      throw DrillCouldNotRun(
        outcome: await recordUnplannable(
          request, cluster: name, failure: failure, startedAt: startedAt))
    }
  }

  /// Runs a plan and waits for its end. Progress shows in the snapshots. Refusals are outcomes, not errors.
  /// Cancelling the caller cancels the operation, and its clean-up is still waited for.
  package func execute(_ plan: OperationPlan) async -> OperationOutcome {
    let now = environment.engine.now()
    guard let state = clusters[plan.cluster] else {
      return OperationOutcome(
        operation: plan.id, cluster: plan.cluster, kind: plan.request.kind, status: .refused,
        startedAt: now, finishedAt: now, summary: "no cluster named \(plan.cluster)")
    }
    let runner = OperationRunner(watched: state.watched, environment: environment, audit: audit)
    if let busy = busyWords(plan.cluster) {
      let outcome = await runner.refuse(plan, .refused, busy, startedAt: now)
      clusters[plan.cluster]?.remember(outcome)
      reassessAndPublish(plan.cluster)
      return outcome
    }
    // Reserved before the first suspension: a second one asking now finds it taken.
    clusters[plan.cluster]?.operation = ActiveOperation(plan: plan, startedAt: now)
    reassessAndPublish(plan.cluster)
    let work = Task { await self.carryOut(plan, runner: runner, startedAt: now) }
    return await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      Task { await self.interrupt(plan.cluster, operation: plan.id, .cancelled) }
    }
  }

  /// Asks the cluster's running operation to stop and clean up.
  package func cancel(cluster: String) {
    guard let id = clusters[cluster]?.operation?.running.plan.id else { return }
    interrupt(cluster, operation: id, .cancelled)
  }

  private func carryOut(
    _ plan: OperationPlan, runner: OperationRunner, startedAt: Date
  ) async -> OperationOutcome {
    let outcome: OperationOutcome
    guard let cluster = clusters[plan.cluster]?.assessed else {
      return await runner.refuse(
        plan, .refused, "no cluster named \(plan.cluster)", startedAt: startedAt)
    }
    switch await runner.admit(plan, report: reportForRecheck(plan), of: cluster) {
    case .refused(let status, let why):
      outcome = await runner.refuse(plan, status, why, startedAt: startedAt)
    case .unmet(let why):
      outcome = await runner.refuse(plan, .refused, why, startedAt: startedAt, recorded: true)
    case .admitted(let lock):
      let error = await follow(plan)
      let active = clusters[plan.cluster]?.operation
      outcome = await runner.close(
        plan, startedAt: startedAt, trace: active?.trace ?? OperationTrace(),
        interruption: active?.interruption, error: error)
      // A drill clears dead ones out of its way; their ledger lines are written here.
      if plan.request.kind == .drill || plan.request.kind == .recover {
        await recordPredecessors(runner, within: active?.interruption.map { _ in Self.farewell })
      }
      await lock.release()
    }
    finish(outcome)
    return outcome
  }

  /// The ledger lines of drills that were in the way. `patience` = seconds after which the rest is left to the next.
  private func recordPredecessors(_ runner: OperationRunner, within patience: Double?) async {
    // What could not be looked at now is looked at by the next drill.
    let work = Task { _ = try? await runner.recordReaped() }
    let limit = patience.map { seconds in
      Task { [environment] in
        do { try await environment.sleep(seconds) } catch { return }
        work.cancel()
      }
    }
    await work.value
    limit?.cancel()
  }

  /// Reads the engine's stream to its end; what it threw, if anything.
  private func follow(_ plan: OperationPlan) async -> (any Error)? {
    guard let state = clusters[plan.cluster], state.operation?.interruption == nil
    else { return nil }
    let engine = state.watched.engine
    let reader = Task { () -> (any Error)? in
      do {
        let carried = try await self.planting(plan, by: engine)
        for try await event in engine.start(carried) { self.fold(event, of: plan) }
        return nil
      } catch {
        return error
      }
    }
    clusters[plan.cluster]?.operation?.reader = reader
    let limit = state.watched.declaration.drill.timeout
    let watchdog = Task { [environment] in
      guard plan.request.kind == .drill else { return }
      do { try await environment.sleep(limit) } catch { return }
      self.interrupt(plan.cluster, operation: plan.id, .timedOut(limit))
    }
    let error = await reader.value
    watchdog.cancel()
    if clusters[plan.cluster]?.operation?.interruption != nil,
      let record = await engine.settled(plan),
      clusters[plan.cluster]?.operation?.trace.record == nil
    {
      clusters[plan.cluster]?.operation?.trace.record = record
    }
    return error
  }

  /// Of a drill with a marker the plan that its planting makes possible; else the plan as it is. Throws `RecoveryError`.
  private func planting(
    _ plan: OperationPlan, by engine: any BackupEngine
  ) async throws -> OperationPlan {
    guard plan.request == .markerDrill, let state = clusters[plan.cluster],
      let place = state.watched.declaration.drill.marker
    else { return plan }
    tell(.stepBegan("planting the marker"), plan)
    let marker = try await engine.plant(place, token: plan.id, report: state.report)
    tell(.log(marker.sentence), plan)
    tell(.stepBegan("looking at the archive"), plan)
    await wait(for: askSources(of: plan.cluster, force: true))
    reassessAndPublish(plan.cluster)
    try Task.checkCancellation()
    guard let now = clusters[plan.cluster] else {
      throw RecoveryError(.refused, "\(plan.cluster) is not watched any more")
    }
    let outlook = try RecoveryChart(now.assessed, now: environment.engine.now())
      .outlook(ofDrillTo: marker, operation: plan.id)
    let carried = try await engine.plan(drillTo: outlook, report: now.report)
    if let unmet = carried.unmet.first { throw RecoveryError(.refused, unmet.refusal) }
    return carried
  }

  private func tell(_ kind: OperationEvent.Kind, _ plan: OperationPlan) {
    fold(OperationEvent(at: environment.engine.now(), kind: kind), of: plan)
  }

  private func fold(_ event: OperationEvent, of plan: OperationPlan) {
    guard var active = clusters[plan.cluster]?.operation, active.running.plan.id == plan.id
    else { return }
    let matters = active.fold(event)
    clusters[plan.cluster]?.operation = active
    if matters {
      reassessAndPublish(plan.cluster)
    } else {
      // Progress changes nothing that rules look at, and comes often.
      clusters[plan.cluster]?.assessed.operation = active.running
      album.changed.insert(plan.cluster)
      publish()
    }
  }

  private func interrupt(_ name: String, operation: OperationPlan.ID, _ why: StopReason) {
    guard var active = clusters[name]?.operation, active.running.plan.id == operation,
      active.interruption == nil
    else { return }
    active.interruption = why
    active.running.cancelling = true
    clusters[name]?.operation = active
    active.reader?.cancel()
    reassessAndPublish(name)
  }

  private func finish(_ outcome: OperationOutcome) {
    let name = outcome.cluster
    plannedAt.removeValue(forKey: outcome.operation)
    clusters[name]?.operation = nil
    clusters[name]?.remember(outcome)
    if let drill = outcome.drill,
      clusters[name]?.ledger.drills.contains(where: { $0.id == drill.id }) == false
    {
      clusters[name]?.ledger.drills.append(drill)
    }
    reassessAndPublish(name)
    askSourcesAgain(of: name)
    // It may have gone, or been replaced, while the operation ran.
    adopt(search.found)
  }

  private func recordUnplannable(
    _ request: OperationRequest, cluster name: String, failure: RecoveryError, startedAt: Date
  ) async -> OperationOutcome {
    var plan = OperationPlan(
      id: environment.engine.newID(), cluster: name, request: request,
      title: "Verify drill of \(name)", steps: [])
    if case .drill(_, let moment?) = request {
      plan.moment = DrillMoment(asked: moment.text, at: nil)
    }
    guard let watched = clusters[name]?.watched else {
      return OperationOutcome(
        operation: plan.id, cluster: name, kind: .drill, status: .couldNotRun,
        startedAt: startedAt, finishedAt: startedAt, summary: "\(failure)")
    }
    let runner = OperationRunner(watched: watched, environment: environment, audit: audit)
    let outcome = await runner.refuse(plan, .couldNotRun, "\(failure)", startedAt: startedAt)
    clusters[name]?.remember(outcome)
    if let drill = outcome.drill { clusters[name]?.ledger.drills.append(drill) }
    reassessAndPublish(name)
    _ = askSources(of: name, force: false)
    return outcome
  }

  /// Judges the cluster anew and shows it.
  private func reassessAndPublish(_ name: String) {
    reassess(name)
    publish()
  }

  /// Asks what has not been told yet or is too old to act on, and waits for it.
  func freshen(_ name: String) async {
    guard let state = clusters[name],
      state.ledger.reading
        || state.isTooOldToActOn(interval: beat.interval, now: environment.engine.now())
    else { return }
    await wait(for: askSources(of: name, force: true))
    reassessAndPublish(name)
  }

  /// The report to check a plan's preconditions with again; nil while the plan is fresh.
  private func reportForRecheck(_ plan: OperationPlan) -> EngineReport? {
    guard let state = clusters[plan.cluster] else { return nil }
    let age = plannedAt[plan.id].map { environment.engine.now().timeIntervalSince($0) }
    if let age, (0...Self.planFreshness).contains(age) { return nil }
    return state.report
  }

  /// Who is at work on the cluster, in this process; nil = nobody.
  private func busyWords(_ name: String) -> String? {
    guard let running = clusters[name]?.operation?.running else { return nil }
    let since = Format.timestamp(running.startedAt)
    return "\(name) is busy: a \(running.plan.request.kind.words) by \(environment.engine.user)"
      + " on \(environment.engine.host) since \(since), now \(running.step)"
  }

  /// What the projection says about a drill of the newest backup, or the catalog about the next backup; nil where
  /// they say nothing.
  private func expectation(of request: OperationRequest, cluster name: String) -> Estimate? {
    guard let assessed = clusters[name]?.assessed else { return nil }
    let catalog = assessed.report.backups.value
    switch request {
    case .clear, .recover, .remove, .markerDrill: return nil
    case .backup(let kind, _):
      return catalog.flatMap { BackupEstimate.expected(kind: kind, catalog: $0) }
    case .drill(_, .some): return nil
    case .drill(let label, nil):
      guard label == nil || label == catalog?.lastGood?.id else { return nil }
      return assessed.projection?.total
    }
  }
}

import FoundationEssentials
import RecoveryModel
import RecoveryService

/// One request on its way: planned, shown, run and reported the same way for every command.
struct OperationRun: Sendable {
  var context: CommandContext
  var fleet: FleetRequest
  var request: OperationRequest
  /// The moment of a drill as it was typed; read once there is a catalog to find labels in.
  var at: String?

  /// Reads the moment, of that cluster. Throws `RecoveryError` (invalid) where it is not understood.
  mutating func settle(of cluster: String, in fleet: FleetAccess) async throws {
    guard let at, case .drill(let backup, _) = request else { return }
    let picture = await fleet.refresh([cluster])
    let report = picture.clusters.first { $0.declaration.name == cluster }?.report
    let moment = try MomentText(
      now: context.now(), zone: context.zone(),
      labels: report?.backups.value?.backups.map(\.id) ?? []
    ).parse(at)
    request = .drill(backup: backup, at: moment == .latest ? nil : moment)
  }

  /// Shows the plan. Exit status 2 when something that it needs is known to be missing.
  func show(cluster: String) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleet, nil)
    let cluster = try await fleet.cluster(cluster).name
    var run = self
    try await run.settle(of: cluster, in: fleet)
    let plan = try await run.plan(cluster: cluster, in: fleet, for: .showing)
    try context.output.emit(PlanReport(plan: plan))
    return plan.unmet.isEmpty ? .good : .worst
  }

  /// Plans and runs to the end, with progress. A signal cancels the operation; this still waits for its clean-up.
  /// A drill that cannot even be planned is an outcome, and recorded. Throws `.refused` where nothing may act.
  func perform(cluster: String, in fleet: FleetAccess) async throws -> OperationOutcome {
    try fleet.allowActing()
    let plan: OperationPlan
    do {
      plan = try await self.plan(cluster: cluster, in: fleet, for: .running)
    } catch let error as DrillCouldNotRun {
      return error.outcome
    }
    if plan.unmet.isEmpty { try await agree(toWarningsOf: plan) }
    return await follow(plan, in: fleet)
  }

  /// Throws `.refused` unless what the plan demands was given, or typed.
  func agree(to plan: OperationPlan, given: String?) async throws(RecoveryError) {
    let wanted = plan.typedConfirmation ?? plan.cluster
    var given = given
    if given == nil, context.hasTerminal {
      context.output.diagnostic(PlanReport(plan: plan).text(.plain))
      given = await context.ask("Type \(Sanitizer.clean(wanted)) to go on:")
    } else {
      // Nobody sees the plan: what could not be told stands in the log at least.
      warn(of: plan)
      for doubt in plan.requirements where doubt.satisfied == nil {
        context.output.diagnostic(Sanitizer.clean("unknown: \(doubt.what): \(doubt.detail)"))
      }
    }
    guard let given else {
      let word = ShellWord.argument(wanted) ?? Sanitizer.clean(wanted)
      throw RecoveryError(.refused, "nobody has confirmed it", remedy: "--confirm \(word)")
    }
    guard given == wanted else {
      throw RecoveryError(
        .refused, "\(Sanitizer.clean(given)) is not \(Sanitizer.clean(wanted)): nothing was done")
    }
  }

  /// Of a plan that else needs no agreement: what would be gone with it is agreed to by who is there. A timer goes on: a base
  /// backup that is not taken costs more.
  func agree(toWarningsOf plan: OperationPlan) async throws(RecoveryError) {
    guard !plan.warnings.isEmpty, plan.request.kind == .backup else { return }
    guard context.hasTerminal else { return warn(of: plan) }
    try await agree(to: plan, given: nil)
  }

  private func warn(of plan: OperationPlan) {
    for warning in plan.warnings {
      context.output.diagnostic(Sanitizer.clean("careful: \(warning)", limit: 2000))
    }
  }

  /// Runs a plan to its end.
  func follow(_ plan: OperationPlan, in fleet: FleetAccess) async -> OperationOutcome {
    let cluster = plan.cluster
    context.output.diagnostic(Sanitizer.clean(plan.title))
    let progress = ProgressLine(context.output)
    defer { progress.finish() }
    let output = context.output
    return await SignalWatch.watching(
      context.signals,
      onSignal: {
        progress.finish()
        output.diagnostic("cancelling; waiting until it has cleaned up")
        await fleet.cancel(cluster)
      },
      alongside: {
        for await snapshot in fleet.snapshots() {
          let running = snapshot.clusters.first { $0.declaration.name == cluster }?.operation
          if let running, running.plan.id == plan.id { progress.show(running) }
        }
      },
      body: { await fleet.execute(plan) })
  }

  /// Starts the operation in a process of its own and answers with its id. What is known to be impossible is
  /// refused here already.
  func detach(
    cluster: String, arguments: [String], options: [String] = []
  ) async throws -> ExitStatus {
    let id = context.newID()
    let fleet = try await context.openFleet(fleet, id)
    try fleet.allowActing()
    let cluster = try await fleet.cluster(cluster).name
    var run = self
    try await run.settle(of: cluster, in: fleet)
    let plan: OperationPlan
    do {
      plan = try await run.plan(cluster: cluster, in: fleet, for: .running)
    } catch let error as DrillCouldNotRun {
      try context.output.emit(OutcomeReport(outcomes: [error.outcome]))
      return ExitStatus(outcome: error.outcome.status)
    }
    if let unmet = plan.unmet.first {
      throw RecoveryError(.refused, unmet.refusal)
    }
    try await agree(toWarningsOf: plan)
    // As it was understood: `-5m` is another moment there.
    var options = options
    if case .drill(_, let moment?) = run.request { options += ["--at", moment.text] }
    let pid = try context.detach(
      arguments + [cluster] + options + self.fleet.arguments + ["--operation-id", plan.id],
      fleet.logFile)
    try context.output.emit(
      StartedReport(
        operation: plan.id, cluster: cluster, kind: request.kind, pid: pid, log: fleet.logFile))
    return .good
  }

  private func plan(
    cluster: String, in fleet: FleetAccess, for purpose: PlanPurpose
  ) async throws -> OperationPlan {
    _ = await fleet.refresh([cluster])
    return try await fleet.plan(request, cluster, purpose)
  }
}

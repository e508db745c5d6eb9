import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil recover`: carries out a recovery beside production, and lets it stay.
struct RecoverCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Recover to a moment into a new place beside production, where it stays.",
    discussion: """
      On hosts into a new directory, on Kubernetes into a new Cluster: what `plan recovery` says, done as a drill is \
      done, with the same checks, and kept instead of destroyed. Production is not touched. Asks for the cluster's \
      name to be typed, or takes it from --confirm where there is no terminal.

      Cancelled or failed on its way it removes what it has made. Once it stays, `status` names it with the way into \
      it, and nobody removes it but `pgvigil remove`.

      Moments: \(MomentText.understood).
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup var recoveryOptions: RecoveryOptions
  @Option(
    help: ArgumentHelp(
      "The cluster's full name again, instead of typing it when asked.", valueName: "name"))
  var confirm: String?
  @Argument(help: ArgumentHelp("The cluster to recover.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    try fleet.allowActing()
    let name = try await fleet.cluster(cluster).name
    // What a dead one left may lie in the very place.
    _ = await fleet.reap([name])
    let picture = await fleet.refresh([name])
    let report = picture.clusters.first { $0.declaration.name == name }?.report
    let question = try recoveryOptions.question(of: report, in: context)
    return try await OperationRun(
      context: context, fleet: fleetOptions.request,
      request: .recover(question)
    ).carryOut(on: name, in: fleet, given: confirm)
  }
}

/// `pgvigil remove`: ends a recovery that stayed.
struct RemoveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a recovery that `recover` made and that has served.",
    discussion: """
      Asks for its place to be typed, the directory or namespace/name, or takes it from --confirm where there is no \
      terminal. Nothing else ever removes one. One that archives, or that production has moved into, is refused.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp(
      "The recovery's place again, instead of typing it when asked.", valueName: "place"))
  var confirm: String?
  @Argument(help: ArgumentHelp("The cluster that was recovered.", valueName: "cluster"))
  var cluster: String
  @Argument(
    help: ArgumentHelp("The recovery's id; the only one where there is one.", valueName: "id"))
  var recovery: String?

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    try fleet.allowActing()
    let name = try await fleet.cluster(cluster).name
    let picture = await fleet.refresh([name])
    let kept = picture.clusters.first { $0.declaration.name == name }?.report.kept ?? []
    guard let id = recovery ?? (kept.count == 1 ? kept.first?.id : nil) else {
      throw RecoveryError(
        .refused,
        kept.isEmpty
          ? "no recovery of \(name) stays here" : "\(kept.count) recoveries stay: name one",
        remedy: kept.map { "\($0.id) in \(Sanitizer.clean($0.place))" }.joined(separator: ", "))
    }
    return try await OperationRun(
      context: context, fleet: fleetOptions.request, request: .remove(recovery: id)
    ).carryOut(on: name, in: fleet, given: confirm)
  }
}

extension OperationRun {
  /// Planned, agreed to by a typed name, and followed to its end.
  fileprivate func carryOut(
    on cluster: String, in fleet: FleetAccess, given: String?
  ) async throws -> ExitStatus {
    let plan = try await fleet.plan(request, cluster, .running)
    if let unmet = plan.unmet.first { throw RecoveryError(.refused, unmet.refusal) }
    try await agree(to: plan, given: given)
    let outcome = await follow(plan, in: fleet)
    try context.output.emit(OutcomeReport(outcomes: [outcome]))
    return ExitStatus(outcome: outcome.status)
  }
}

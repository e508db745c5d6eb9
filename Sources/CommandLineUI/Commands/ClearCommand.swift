import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil clear`: takes a stuck backup that blocks all later ones out of their way.
struct ClearCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear",
    abstract: "Take a stuck backup that blocks all later ones out of their way.",
    discussion: """
      Asks for the cluster's name to be typed, or takes it from --confirm where there is no terminal. What the \
      backup has stored stays. `plan clear` shows what it would do.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp(
      "The cluster's full name again, instead of typing it when asked.", valueName: "name"))
  var confirm: String?
  @Argument(help: ArgumentHelp("The cluster whose backups are blocked.", valueName: "cluster"))
  var cluster: String
  @Argument(help: ArgumentHelp("The stuck backup; the one that blocks.", valueName: "backup"))
  var backup: String?

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    try fleet.allowActing()
    let name = try await fleet.cluster(cluster).name
    let stuck = try await Self.stuck(backup, of: name, in: fleet)
    let plan = try await fleet.plan(.clear(backup: stuck), name, .running)
    if let unmet = plan.unmet.first {
      throw RecoveryError(.refused, unmet.refusal)
    }
    let run = OperationRun(
      context: context, fleet: fleetOptions.request, request: .clear(backup: stuck))
    try await run.agree(to: plan, given: confirm)
    let outcome = await run.follow(plan, in: fleet)
    try context.output.emit(OutcomeReport(outcomes: [outcome]))
    return ExitStatus(outcome: outcome.status)
  }

  /// The backup that was named, else the one that blocks. Throws `.refused` where none does.
  static func stuck(
    _ backup: String?, of name: String, in fleet: FleetAccess
  ) async throws(RecoveryError) -> String {
    let picture = await fleet.refresh([name])
    if let backup { return backup }
    let cluster = picture.clusters.first { $0.declaration.name == name }
    guard let blocking = cluster?.report.blockingBackup else {
      throw RecoveryError(.refused, "no backup is known to block others of \(name)")
    }
    return blocking.name
  }
}

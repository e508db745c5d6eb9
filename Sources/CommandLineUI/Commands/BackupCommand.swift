import ArgumentParser
import RecoveryModel

/// `pgvigil backup`: a base backup now.
struct BackupCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Take a base backup and wait for its end.",
    discussion:
      "Ctrl-C cancels it and waits until it has cleaned up. `plan backup` shows what it would do.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup var wait: WaitOptions
  @Option(help: "Kind of backup: full, differential or incremental.")
  var kind: BackupKind = .full
  @Option(
    help: ArgumentHelp(
      "What to call it, as initial-smoke-test, where the engine lets one choose.",
      valueName: "name"))
  var name: String?
  @Argument(help: ArgumentHelp("The cluster to back up.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let run = OperationRun(
      context: context, fleet: fleetOptions.request, request: .backup(kind, name: name))
    if wait.noWait {
      return try await run.detach(
        cluster: cluster, arguments: ["backup"],
        options: ["--kind", kind.rawValue] + (name.map { ["--name", $0] } ?? []))
    }
    let fleet = try await context.openFleet(fleetOptions.request, wait.operationID)
    try fleet.allowActing()
    let cluster = try await fleet.cluster(cluster).name
    // What a dead drill left has a record to get, and room to give back.
    _ = await fleet.reap([cluster])
    let outcome = try await run.perform(cluster: cluster, in: fleet)
    try context.output.emit(OutcomeReport(outcomes: [outcome]))
    return ExitStatus(outcome: outcome.status)
  }
}

import ArgumentParser
import RecoveryModel

/// `pgvigil backup`: a base backup now.
struct BackupCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Take a base backup and wait for its end.",
    discussion:
      "Ctrl-C cancels it and waits until it has cleaned up. `plan backup` shows what it would do.")

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption
  @OptionGroup var wait: WaitOptions
  @Option(help: "Kind of backup: full, differential or incremental.")
  var kind: BackupKind = .full
  @Argument(help: ArgumentHelp("The cluster to back up.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let run = OperationRun(
      context: context, configuration: configurationOption.path, request: .backup(kind))
    if wait.noWait {
      return try await run.detach(
        cluster: cluster, arguments: ["backup", cluster, "--kind", kind.rawValue])
    }
    let fleet = try await context.openFleet(configurationOption.path, wait.operationID)
    try fleet.allowActing()
    let name = try fleet.declaration(cluster).name
    // What a dead drill left has a record to get, and room to give back.
    _ = await fleet.reap()
    let outcome = try await run.perform(cluster: name, in: fleet)
    try context.output.emit(OutcomeReport(outcomes: [outcome]))
    return ExitStatus(outcome: outcome.status)
  }
}

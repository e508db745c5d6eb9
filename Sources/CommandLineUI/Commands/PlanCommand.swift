import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil plan`: exactly what an operation would do; changes nothing.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what an operation would do; changes nothing.",
    subcommands: [
      PlanBackupCommand.self, PlanDrillCommand.self, PlanClearCommand.self,
      PlanRecoveryCommand.self,
    ])
}

struct PlanBackupCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Show what a base backup would do.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(help: "Kind of backup: full, differential or incremental.")
  var kind: BackupKind = .full
  @Option(
    help: ArgumentHelp("What to call it, where the engine lets one choose.", valueName: "name"))
  var name: String?
  @Argument(help: ArgumentHelp("The cluster to back up.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    try await OperationRun(
      context: context, fleet: fleetOptions.request, request: .backup(kind, name: name)
    ).show(cluster: cluster)
  }
}

struct PlanDrillCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill", abstract: "Show what a verify drill would do.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp("Backup to restore instead of the newest good one.", valueName: "label"))
  var backup: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "To this moment instead of the end of what is archived.", valueName: "moment"))
  var at: String?
  @Flag(help: "Of a row that is planted on the primary, to just before its deletion.")
  var marker = false
  @Argument(help: ArgumentHelp("The cluster to drill.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    try await OperationRun(
      context: context, fleet: fleetOptions.request,
      request: marker ? .markerDrill : .drill(backup: backup),
      at: marker ? nil : at
    ).show(cluster: cluster)
  }
}

struct PlanClearCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear", abstract: "Show what clearing a stuck backup would do.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Argument(help: ArgumentHelp("The cluster whose backups are blocked.", valueName: "cluster"))
  var cluster: String
  @Argument(help: ArgumentHelp("The stuck backup; the one that blocks.", valueName: "backup"))
  var backup: String?

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    let name = try await fleet.cluster(cluster).name
    let stuck = try await ClearCommand.stuck(backup, of: name, in: fleet)
    let plan = try await fleet.plan(.clear(backup: stuck), name, .showing)
    try context.output.emit(PlanReport(plan: plan))
    return plan.unmet.isEmpty ? .good : .worst
  }
}

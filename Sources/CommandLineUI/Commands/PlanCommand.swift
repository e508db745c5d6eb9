import ArgumentParser
import RecoveryModel

/// `pgvigil plan`: exactly what an operation would do; changes nothing.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what a backup or a drill would do; changes nothing.",
    subcommands: [PlanBackupCommand.self, PlanDrillCommand.self])
}

struct PlanBackupCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Show what a base backup would do.")

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption
  @Option(help: "Kind of backup: full, differential or incremental.")
  var kind: BackupKind = .full
  @Argument(help: ArgumentHelp("The cluster to back up.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    try await OperationRun(
      context: context, configuration: configurationOption.path, request: .backup(kind)
    ).show(cluster: cluster)
  }
}

struct PlanDrillCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill", abstract: "Show what a verify drill would do.")

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp("Backup to restore instead of the newest good one.", valueName: "label"))
  var backup: String?
  @Argument(help: ArgumentHelp("The cluster to drill.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    try await OperationRun(
      context: context, configuration: configurationOption.path, request: .drill(backup: backup)
    ).show(cluster: cluster)
  }
}

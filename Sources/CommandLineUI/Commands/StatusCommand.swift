import ArgumentParser
import RecoveryModel

/// `pgvigil status`: the verdicts and what they rest on.
struct StatusCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Print the verdict of each cluster and its evidence.",
    discussion: """
      Exit status: 0 PROVEN or LIKELY, 1 AT RISK, 2 NOT RECOVERABLE, 3 UNKNOWN; of several clusters that of \
      the worst, in the order NOT RECOVERABLE, AT RISK, UNKNOWN, good.
      """)

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption
  @Argument(help: ArgumentHelp("Clusters; all when none is named.", valueName: "cluster"))
  var clusters: [String] = []

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(configurationOption.path, nil)
    let wanted = try fleet.declarations(clusters).map(\.name)
    var snapshot = await fleet.refresh()
    snapshot.clusters = wanted.compactMap { name in
      snapshot.clusters.first { $0.declaration.name == name }
    }
    try context.output.emit(StatusReport(fleet: snapshot))
    return ExitStatus(verdicts: snapshot.clusters.map(\.verdict))
  }
}

import ArgumentParser
import RecoveryModel

/// `pgvigil status`: the verdicts and what they rest on.
struct StatusCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Print the verdict of each cluster and its evidence.",
    discussion: """
      Exit status: 0 PROVEN or LIKELY, 1 AT RISK, 2 NOT RECOVERABLE, 3 UNKNOWN, which an error in the \
      configuration and wrong usage are too; of several clusters that of \
      the worst, in the order NOT RECOVERABLE, AT RISK, UNKNOWN, good. A context that does not answer counts as \
      UNKNOWN where no cluster is named: nobody knows what it hides. One that is just being recovered, beside others, \
      has no verdict yet and does not count.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Argument(help: ArgumentHelp("Clusters; all when none is named.", valueName: "cluster"))
  var clusters: [String] = []

  var format: OutputFormat { formatOption.format }
  static let convention = ExitStatus.Convention.monitoring

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    let wanted = clusters.isEmpty ? nil : try await fleet.clusters(clusters).map(\.name)
    var snapshot = await fleet.refresh(wanted)
    if let wanted {
      snapshot.clusters = ClusterSnapshots(
        wanted.compactMap { name in snapshot.clusters.first { $0.declaration.name == name } })
    }
    context.output.notices(of: snapshot)
    try context.output.emit(StatusReport(fleet: snapshot, looked: fleet.looksForClusters))
    let all = Array(snapshot.clusters)
    let counted = wanted == nil ? all.filter { !$0.isOnlyBeingRecovered } : all
    let verdicts = (counted.isEmpty ? all : counted).map(\.verdict)
    return ExitStatus(
      verdicts: verdicts + (wanted == nil && snapshot.hidesClusters ? [.unknown] : []))
  }
}

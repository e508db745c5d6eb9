import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil plan recovery`: what going back to a moment would be like.
struct PlanRecoveryCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "recovery",
    abstract: "Show what a recovery to a moment would bring back, lose and take; changes nothing.",
    discussion: """
      Moments: \(MomentText.understood). Times without a zone are those of this machine's clock (TZ), unless one stands behind them (Z for UTC).

      The base backup is chosen by its end. A moment later than all that is archived is taken for the latest. \
      Instead of a cluster, s3://BUCKET/PREFIX names what is left of one in a bucket.

      Exit status: 0 it can be reached, 2 it cannot (or the moment is not understood), 3 could not tell.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var storeOptions: StoreOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The moment to go back to.", valueName: "moment"))
  var at: String
  @Argument(help: ArgumentHelp("The cluster to recover.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let zone = context.zone()
    let subject = try await RecoverySubject.load(
      cluster, fleet: fleetOptions.request, store: storeOptions, in: context)
    let now = context.now()
    let labels = subject.cluster.report.backups.value?.backups.map(\.id) ?? []
    let moment = try MomentText(now: now, zone: zone, labels: labels).parse(at)
    let outlook = RecoveryChart(subject.cluster, now: now).outlook(of: moment)
    try context.output.emit(
      RecoveryPlanReport(
        outlook: outlook, zone: zone,
        segmentSize: subject.cluster.report.walArchive.value?.segmentSize
          ?? subject.cluster.report.archive.value?.segmentSize))
    if case .unknown = outlook.standing { return .undecided }
    return outlook.isReachable ? .good : .worst
  }
}

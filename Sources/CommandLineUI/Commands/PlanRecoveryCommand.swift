import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil plan recovery`: what going back to a moment would be like, and exactly what it takes.
struct PlanRecoveryCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "recovery",
    abstract:
      "Show what a recovery to a moment brings back, loses and takes, and how; changes nothing.",
    discussion: """
      Moments: \(MomentText.understood). Times without a zone are those of this machine's clock (TZ), unless one stands behind them (Z for UTC).

      The base backup is chosen by its end. A moment later than all that is archived is taken for the latest. \
      Instead of a cluster, s3://BUCKET/PREFIX names what is left of one in a bucket.

      What must be true first is looked at and told; then every step with its commands, what it changes and how to \
      undo it. On Kubernetes the manifest of a new Cluster is made, on hosts the commands for a directory beside \
      production and, apart, those that restore over it. None of it is carried out; `recover` does what stays beside \
      production.

      Exit status: 0 it can be reached and nothing is known to be in the way, 1 a check is not met, 2 it cannot be \
      reached (or the moment is not understood), 3 could not tell.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var storeOptions: StoreArguments
  @OptionGroup var formatOption: FormatOption
  @OptionGroup var recoveryOptions: RecoveryOptions
  @Option(
    help: ArgumentHelp(
      "Save the manifest or the script to a new file, for you alone.", valueName: "file"),
    completion: .file())
  var output: String?
  @Argument(help: ArgumentHelp("The cluster to recover.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let zone = context.zone()
    let subject = try await RecoverySubject.load(
      cluster, fleet: fleetOptions.request, store: storeOptions, in: context)
    let now = context.now()
    let chart = RecoveryChart(subject.cluster, now: now)
    let question = try recoveryOptions.question(of: subject.cluster.report, in: context)
    let moment = question.moment
    let plan = await plan(question, of: subject, on: chart)
    let outlook = (try? plan.get())?.order.outlook ?? chart.outlook(of: moment)
    let artefact = try? plan.get().artefact
    if let output, let artefact { try NewFile.write(artefact.text, to: output) }
    try context.output.emit(
      RecoveryPlanReport(
        outlook: outlook, zone: zone, segmentSize: chart.segmentSize, plan: plan,
        savedTo: artefact == nil ? nil : output,
        command: artefact == nil || subject.fleet == nil ? nil : command(subject, question)))
    return status(outlook, plan)
  }

  /// nil where a name can stand in no command.
  private func command(_ subject: RecoverySubject, _ question: RecoveryQuestion) -> String? {
    let place = question.place.map { ["--to", $0] } ?? []
    let base = question.backup.map { ["--backup", $0] } ?? []
    return ShellWord.command(
      ["pgvigil", "recover", subject.name, "--at", question.moment.text] + place + base
        + question.lost.arguments + subject.cluster.declaration.arguments)
  }

  /// What cannot be reached needs nobody asked.
  private func plan(
    _ question: RecoveryQuestion, of subject: RecoverySubject, on chart: RecoveryChart
  ) async -> Result<RecoveryPlan, RecoveryError> {
    do {
      _ = try chart.order(question)
      return .success(try await subject.recover(question))
    } catch {
      return .failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }

  private func status(
    _ outlook: RecoveryOutlook, _ plan: Result<RecoveryPlan, RecoveryError>
  ) -> ExitStatus {
    if case .unknown = outlook.standing { return .undecided }
    let isKept = (try? plan.get()).map { $0.order.base == nil } ?? false
    guard outlook.isReachable || isKept else { return .worst }
    switch plan {
    case .success(let plan): return plan.unmet.isEmpty ? .good : .bad
    case .failure(let error):
      return error.code == .invalid || error.code == .refused ? .worst : .undecided
    }
  }
}

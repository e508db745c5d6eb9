import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil incident`: the page that one wants when all is lost.
struct IncidentCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "incident",
    abstract:
      "Print on one page what answers, what would be lost, where to go back to and how long "
      + "that takes.",
    discussion: """
      Works with production gone, and with s3://BUCKET/PREFIX in place of a cluster where only a bucket is left.

      Exit status: 0 printed, 3 nobody answers and no moment is known.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var storeOptions: StoreArguments
  @OptionGroup var formatOption: FormatOption
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Look through the WAL from this time on for what was destroyed (pgvigil find).",
      valueName: "time"))
  var findFrom: String?
  @Flag(help: "Print Markdown, for a ticket.")
  var markdown = false
  @Argument(help: ArgumentHelp("The cluster in trouble.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if markdown && formatOption.json {
      throw ValidationError("--markdown and --json exclude each other.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    var subject = try await RecoverySubject.load(
      cluster, fleet: fleetOptions.request, store: storeOptions, in: context)
    let search = try await search(subject, context)
    if search != nil { await subject.refresh() }
    let page = IncidentPage(
      subject.cluster, acts: subject.acts, search: search, now: context.now(),
      command: subject.fleet == nil ? subject.name : nil)
    try context.output.emit(
      IncidentReport(page: page, zone: context.zone(), isMarkdown: markdown))
    let isBlind =
      page.choices.allSatisfy { $0.outlook == nil }
      && !page.answers.contains { $0.state == .answers }
    return isBlind ? .undecided : .good
  }

  /// nil = nobody asked for one. What keeps it from being made is said and keeps nobody from the page.
  private func search(
    _ subject: RecoverySubject, _ context: CommandContext
  ) async throws -> ActSearch? {
    guard let findFrom else { return nil }
    let order = try FindCommand.order(from: findFrom, to: nil, in: context)
    guard let fleet = subject.fleet else {
      context.output.diagnostic("--find-from looks through the WAL of a cluster that is watched")
      return nil
    }
    do {
      return try await FindCommand.search(subject.name, order, fleet, context)
    } catch let error as RecoveryError {
      context.output.diagnostic("not looked for what was destroyed: \(error.message)")
      return nil
    }
  }
}

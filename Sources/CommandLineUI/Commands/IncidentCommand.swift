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
  @OptionGroup var storeOptions: StoreOptions
  @OptionGroup var formatOption: FormatOption
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
    let subject = try await RecoverySubject.load(
      cluster, fleet: fleetOptions.request, store: storeOptions, in: context)
    let page = IncidentPage(
      subject.cluster, acts: subject.acts, now: context.now(), command: subject.name)
    try context.output.emit(
      IncidentReport(page: page, zone: context.zone(), isMarkdown: markdown))
    let isBlind =
      page.choices.allSatisfy { $0.outlook == nil }
      && !page.answers.contains { $0.state == .answers }
    return isBlind ? .undecided : .good
  }
}

import ArgumentParser
import RecoveryModel

/// `pgvigil store`: what a bucket alone would give back.
struct StoreCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Tell what could be restored from a bucket alone; asks no server and no cluster.",
    discussion: """
      Finds what barman-cloud (CloudNativePG, or on hosts) has put below the address, and audits it segment by \
      segment. It only reads: lists, catalog entries and history files, no data.

      Credentials: of --profile, else AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else web identity, else AWS_PROFILE \
      or the default profile of ~/.aws, else the container's role, else the machine's. AWS_ENDPOINT_URL, AWS_REGION and AWS_CA_BUNDLE count where no option says otherwise. Azure: \
      AZURE_STORAGE_SAS_TOKEN. Google: an HMAC key in the place of Amazon's.

      Exit status: 0 everything restorable with a whole chain, 1 AT RISK, as with a hole, 2 nothing is restorable, 3 \
      could not tell; of several servers that of the worst.
      """)

  @OptionGroup var formatOption: FormatOption
  @OptionGroup var storeOptions: StoreArguments
  @Argument(
    help: ArgumentHelp(
      "The place, as s3://bucket/prefix, gs://bucket/prefix or https://account.blob.core.windows.net/container/prefix.",
      valueName: "address"))
  var address: String

  var format: OutputFormat { formatOption.format }
  static let convention = ExitStatus.Convention.monitoring

  func run(in context: CommandContext) async throws -> ExitStatus {
    let survey = try await context.composition.surveyStore(storeOptions.question(address))
    let report = StoreReport(survey, now: context.now())
    try context.output.emit(report)
    return ExitStatus(verdicts: report.assessments.map(\.verdict))
  }
}

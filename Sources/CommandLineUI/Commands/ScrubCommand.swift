import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil scrub`: reads what lies in the archive instead of believing its names.
struct ScrubCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "scrub",
    abstract: "Read the contents of a cluster's archive: WAL records, base backups.",
    discussion: """
      Reads objects whole, decompresses them, and checks every WAL page and record and every base backup's files. \
      What was never read comes first, then what was read longest ago; an interrupted scrub goes on where it was. \
      What came of it counts in the verdict.

      Exit status: 0 all that was read is good, 1 something is damaged, or it was cancelled, 2 refused or wrong usage, \
      3 something could not be read, as for want of a program.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp(
      "Read only this share of all bytes.",
      discussion: "1/30 every day reads everything once a month.", valueName: "n/m"))
  var subset: String?
  @Option(help: ArgumentHelp("Read no faster, as 20MiB/s.", valueName: "rate"))
  var limit: String?
  @Option(
    help: ArgumentHelp(
      "Read no more in any 24 hours, as 50GiB, earlier scrubs included.", valueName: "size"))
  var dailyLimit: String?
  @Argument(help: ArgumentHelp("The cluster.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if let subset, ScrubLimits.share(subset) == nil {
      throw ValidationError("--subset takes a share, as 1/30.")
    }
    for (option, text) in [("--limit", limit), ("--daily-limit", dailyLimit)] {
      if let text, ScrubLimits.bytes(text) == nil {
        throw ValidationError("\(option) takes bytes with a unit, as 20MiB.")
      }
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    let name = try await fleet.cluster(cluster).name
    _ = await fleet.refresh([name])
    let progress = ProgressLine(context.output)
    defer { progress.finish() }
    let output = context.output
    let limits = limits
    let outcome = try await SignalWatch.cancelling(
      context.signals,
      onSignal: {
        progress.finish()
        output.diagnostic("cancelling; what has been read is kept")
      },
      body: {
        try await fleet.scrub(name, limits) { progress.show(Self.text($0, of: name)) }
      })
    progress.finish()
    let picture = await fleet.refresh([name])
    let report = ScrubReport(
      outcome: outcome, cluster: picture.clusters.first { $0.declaration.name == name },
      name: name, now: context.now())
    try context.output.emit(report)
    return report.status
  }

  private var limits: ScrubLimits {
    var limits = ScrubLimits()
    limits.share = subset.flatMap(ScrubLimits.share) ?? 1
    limits.rate = limit.flatMap(ScrubLimits.bytes)
    limits.daily = dailyLimit.flatMap(ScrubLimits.bytes).map { Int64($0) }
    return limits
  }

  private static func text(_ progress: ScrubProgress, of name: String) -> String {
    Sanitizer.clean("\(name) scrub: \(progress.words) \(progress.object)")
  }
}

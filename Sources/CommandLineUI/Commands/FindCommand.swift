import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService

/// `pgvigil find`: when was it dropped, and to where does one go back?
struct FindCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find what was dropped, truncated or deleted in a stretch of time; changes nothing.",
    discussion: """
      Fetches the WAL of the stretch from the archive, reads it by pg_waldump, and tells each committed DROP, \
      TRUNCATE and mass DELETE with its time, transaction and LSN, and how to recover to just before it. Times as for \
      plan recovery --at; without a zone they are those of this machine's clock (TZ).

      Exit status: 0 the whole stretch was read, without --to as far as it is archived, 2 refused or wrong usage, 3 part \
      of it could not be read (a hole, a missing pg_waldump, with --to also WAL that is not archived yet, or nothing of \
      the stretch is archived).
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Where the stretch begins, as 14:00 or -2h.", valueName: "time"))
  var from: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Where it ends (with what is archived by now).", valueName: "time"))
  var to: String?
  @Option(
    help: ArgumentHelp(
      "Tell deletions from so many rows of a relation in one transaction on.", valueName: "rows"))
  var deletes = ActSearchOrder.massDeletion
  @Option(help: ArgumentHelp("Fetch no more than this, as 10GiB (4GiB).", valueName: "size"))
  var limit: String?
  @Argument(help: ArgumentHelp("The cluster.", valueName: "cluster"))
  var cluster: String

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if deletes < 1 { throw ValidationError("--deletes takes a number from 1 on.") }
    if let limit, ScrubLimits.bytes(limit) == nil {
      throw ValidationError("--limit takes bytes with a unit, as 10GiB.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let order = try Self.order(
      from: from, to: to, leastRows: deletes,
      limit: limit.flatMap(ScrubLimits.bytes).map { Int64($0) } ?? ActSearchOrder.defaultLimit,
      in: context)
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    let declaration = try await fleet.cluster(cluster)
    let name = declaration.name
    context.output.notices(of: await fleet.refresh([name]))
    let search = try await Self.search(name, order, fleet, context)
    try context.output.emit(
      FindReport(
        search: search, cluster: name, command: declaration.typed,
        zone: context.zone(), now: context.now()))
    return search.isWhole ? .good : .undecided
  }

  /// With its progress on the terminal; a signal ends it, and what was found is told.
  static func search(
    _ name: String, _ order: ActSearchOrder, _ fleet: FleetAccess, _ context: CommandContext
  ) async throws -> ActSearch {
    let progress = ProgressLine(context.output)
    defer { progress.finish() }
    let output = context.output
    return try await SignalWatch.cancelling(
      context.signals,
      onSignal: {
        progress.finish()
        output.diagnostic("cancelling; what has been found is told")
      },
      body: {
        try await fleet.find(name, order) { progress.show(text($0, of: name)) }
      })
  }

  static func order(
    from: String, to: String?, leastRows: Int = ActSearchOrder.massDeletion,
    limit: Int64 = ActSearchOrder.defaultLimit, in context: CommandContext
  ) throws -> ActSearchOrder {
    let now = context.now()
    let text = MomentText(now: now, zone: context.zone())
    let end = try to.map { try time($0, text, "--to") } ?? now
    var order = ActSearchOrder(
      from: try time(from, text, "--from"), to: min(end, now), leastRows: leastRows, limit: limit)
    order.isOpen = to == nil
    guard order.from < order.to else {
      throw RecoveryError(
        .invalid,
        "the stretch would end before it begins: \(RecoveryMoment.exact(order.from)) to "
          + RecoveryMoment.exact(order.to), remedy: "give --from a time before --to, in the past")
    }
    return order
  }

  private static func time(_ given: String, _ text: MomentText, _ option: String) throws -> Date {
    let moment = try text.parse(given)
    guard let time = moment.time(now: text.now) else {
      throw RecoveryError(
        .invalid, "\(option) takes a time, not \(moment.text)",
        remedy: "as 14:03, yesterday 14:03, 2026-11-29T14:03:00Z, -5m")
    }
    return time
  }

  private static func text(_ progress: ActSearchProgress, of name: String) -> String {
    let of = progress.ofSegments.map { " of at most \($0)" } ?? ""
    let at = progress.at.map { ", \(RecoveryMoment.exact($0))" } ?? ""
    return Sanitizer.clean(
      "\(name) find: segment \(progress.segments)\(of)\(at), \(progress.found) found")
  }
}

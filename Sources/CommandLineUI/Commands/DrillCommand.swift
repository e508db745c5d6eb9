import ArgumentParser
import FoundationEssentials
import RecoveryModel

/// `pgvigil drill`: restores a backup into a throw-away copy and tests it.
struct DrillCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "Run a verify drill and wait for its end.",
    discussion: """
      Restores the backup into a throw-away directory, replays its WAL, runs the smoke tests, destroys the copy \
      and records what was proven. With --due, drills every cluster (or each named one) whose \
      last try did not pass or is older than its `drill.interval`, one after the other: for cron and timers.

      With --at it goes to a moment: \(MomentText.understood). The base backup is chosen by its end; only for a \
      restore point, of which nobody knows where it lies, may --backup name it. What it proves is that moment, and \
      never that a recovery to the end works.

      With --marker a row is written on the primary, into the table that drill.marker names, and deleted again; the drill \
      goes to just before that and must find it. It proves recovery to the transaction.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @OptionGroup var wait: WaitOptions
  @Flag(help: "Only where a drill is due.")
  var due = false
  @Option(
    help: ArgumentHelp("Backup to restore instead of the newest good one.", valueName: "label"))
  var backup: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Bring back this moment instead of the end of what is archived.", valueName: "moment"))
  var at: String?
  @Flag(help: "Plant a row on the primary and recover to just before its deletion.")
  var marker = false
  @Argument(
    help: ArgumentHelp("The cluster to drill; with --due any number.", valueName: "cluster"))
  var clusters: [String] = []

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if clusters.isEmpty && !due { throw ValidationError("Name a cluster, or say --due.") }
    // The same one twice comes of a value that belongs to no option: that is told by its name.
    if Set(clusters).count > 1 && !due {
      throw ValidationError("Several clusters go with --due only.")
    }
    if marker && (due || at != nil || backup != nil) {
      throw ValidationError("--marker goes with a cluster's name alone.")
    }
    if due && at != nil { throw ValidationError("--at cannot be combined with --due.") }
    if due && backup != nil { throw ValidationError("--backup cannot be combined with --due.") }
    if due && wait.noWait { throw ValidationError("--no-wait cannot be combined with --due.") }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    var run = OperationRun(
      context: context, fleet: fleetOptions.request,
      request: marker ? .markerDrill : .drill(backup: backup), at: at)
    if wait.noWait, let cluster = clusters.first {
      return try await run.detach(
        cluster: cluster,
        arguments: ["drill"],
        options: (backup.map { ["--backup", $0] } ?? []) + (marker ? ["--marker"] : []))
    }
    let fleet = try await context.openFleet(fleetOptions.request, wait.operationID)
    let named = try await fleet.clusters(clusters).map(\.name)
    var isBlind = false
    if clusters.isEmpty {
      let picture = await fleet.look(nil)
      context.output.notices(of: picture)
      isBlind = picture.hidesClusters
    }
    try fleet.allowActing()
    if let name = named.first { try await run.settle(of: name, in: fleet) }
    // What a dead drill left is its own record, and must not be in the way of a new one.
    _ = await fleet.reap(named)
    let dueNow = due ? await fleet.due() : named
    var outcomes: [OperationOutcome] = []
    for name in named where dueNow.contains(name) {
      outcomes.append(try await outcome(of: run, name, fleet, context))
      if outcomes.last?.status == .cancelled { break }
    }
    // Whoever runs by the clock tells beforehand what the next run would meet.
    if due { await fleet.askReadiness(named.filter { !dueNow.contains($0) }) }
    try context.output.emit(OutcomeReport(outcomes: outcomes))
    let status = ExitStatus(outcomes: outcomes.map(\.status))
    // Nobody knows what is due in a place that did not answer: a timer must not take that for nothing.
    return isBlind && status == .good ? .undecided : status
  }

  /// One cluster's drill. Under `--due` an error is that cluster's outcome, so that the others still get theirs.
  private func outcome(
    of run: OperationRun, _ name: String, _ fleet: FleetAccess, _ context: CommandContext
  ) async throws -> OperationOutcome {
    let startedAt = context.now()
    do {
      return try await run.perform(cluster: name, in: fleet)
    } catch let error as RecoveryError where due {
      return OperationOutcome(
        operation: "", cluster: name, kind: .drill,
        status: Self.status(of: error.code),
        startedAt: startedAt, finishedAt: context.now(), summary: error.description)
    }
  }

  private static func status(of error: RecoveryError.Code) -> OperationOutcome.Status {
    switch error {
    case .cancelled: .cancelled
    case .refused: .refused
    case .invalid, .failed, .unreachable, .timedOut, .underWay, .denied: .couldNotRun
    }
  }
}

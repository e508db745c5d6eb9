import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil drills`: what was proven, and when.
struct DrillsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "drills", abstract: "Print the history of verify drills, newest first.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption
  @Option(help: ArgumentHelp("At most so many per cluster.", valueName: "count"))
  var limit: Int = 20
  @Argument(help: ArgumentHelp("Clusters; all when none is named.", valueName: "cluster"))
  var clusters: [String] = []

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    var drills: [DrillRecord] = []
    var unread: [String] = []
    if clusters.isEmpty {
      let picture = await fleet.look(nil)
      unread = picture.unanswered
      context.output.notices(of: picture)
    }
    for declaration in try await fleet.clusters(clusters) {
      drills += try await fleet.drills(declaration.name).suffix(limit)
    }
    drills.sort { ($0.finishedAt, $0.id) > ($1.finishedAt, $1.id) }
    try context.output.emit(DrillsReport(drills: drills, unread: unread))
    return unread.isEmpty ? .good : .undecided
  }
}

/// `pgvigil audit`: who did what.
struct AuditCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Print who started what, when, and how it ended, newest first.")

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var formatOption: FormatOption
  @Option(help: ArgumentHelp("At most so many lines.", valueName: "count"))
  var limit: Int = 50

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(
      FleetRequest(configuration: configurationOption.path), nil)
    let lines = try await fleet.audit().suffix(limit).reversed()
    try context.output.emit(AuditReport(lines: Array(lines)))
    return .good
  }
}

/// `pgvigil reap`: removes what dead drills left.
struct ReapCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "reap",
    abstract: "Remove what drills that died left behind; nothing that does not carry our mark.")

  @OptionGroup var fleetOptions: FleetOptions
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    try fleet.allowActing()
    let picture = await fleet.look(nil)
    context.output.notices(of: picture)
    let reaping = await fleet.reap(nil)
    let report = ReapReport(reaping, living: await fleet.living(), picture: picture)
    try context.output.emit(report)
    guard reaping.drills.allSatisfy(\.remaining.isEmpty) else { return .bad }
    return report.isKnown ? .good : .undecided
  }
}

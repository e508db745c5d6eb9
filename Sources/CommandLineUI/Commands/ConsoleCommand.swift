import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil [console]`: the screen.
struct ConsoleCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "console", abstract: "Open the console (the default).")

  @OptionGroup var fleetOptions: FleetOptions
  @Option(help: ArgumentHelp("Theme, as dark or monochrome.", valueName: "name"))
  var theme: String?
  @Option(help: ArgumentHelp("Seconds between refreshes, 0.2 to 3600.", valueName: "seconds"))
  var interval: Double?
  @Flag(help: "Big verdicts for a screen on the wall; needs no keys.")
  var wallboard = false
  @Flag(name: .customLong("read-only"), help: "Switch off every key that acts.")
  var readOnly = false
  @Flag(help: "Draw with ASCII only.")
  var ascii = false
  @Flag(help: "Let the mouse select.")
  var mouse = false
  @Argument(help: ArgumentHelp("The cluster to open on.", valueName: "cluster"))
  var cluster: String?

  func validate() throws {
    if let interval, !(0.2...3600).contains(interval) {
      throw ValidationError("--interval must be between 0.2 and 3600 seconds.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let request = ConsoleRequest(
      fleet: fleetOptions.request, theme: theme, interval: interval, wallboard: wallboard,
      readOnly: readOnly, ascii: ascii, mouse: mouse, cluster: cluster)
    let wanted = cluster
    let status = try await context.composition.openConsole(request) { fleet in
      guard let wanted else { return nil }
      return try await Self.fullName(of: wanted, in: fleet)
    }
    return ExitStatus(rawValue: status)
  }

  /// The default subcommand also gets mistyped subcommands: says so.
  private static func fullName(of name: String, in fleet: FleetAccess) async throws -> String {
    let commands = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
    let picture = await fleet.look([name])
    let names = ClusterNames(known: picture.clusters.map(\.declaration))
    let isUnknown = names.match(name) == .none
    if isUnknown, names.nearest(to: name) == nil,
      let command = Suggestion.nearest(to: name, among: commands)
    {
      throw RecoveryError(
        .invalid, "no cluster and no command named \(Sanitizer.clean(name))",
        remedy: "did you mean `pgvigil \(command)`?")
    }
    return try FleetAccess.resolve(
      name, in: picture, looksForClusters: fleet.looksForClusters
    ).name
  }
}

import ArgumentParser
import RecoveryModel

/// `pgvigil sandbox`: real servers to try everything on.
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Start, stop or show a throw-away cluster of three real servers.",
    subcommands: [
      SandboxUpCommand.self, SandboxDownCommand.self, SandboxStatusCommand.self,
      SandboxKeepCommand.self,
    ])
}

struct SandboxUpCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Start a primary, two standbys, a repository and a writer.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp("Transactions per second of the writer; 0 stops it.", valueName: "tps"))
  var rate: Double?

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if let rate, !(0...1000).contains(rate) {
      throw ValidationError("--rate must be between 0 and 1000.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let state = try await SandboxLifecycle(context: context, directory: directory.path)
      .up(rate: rate)
    try context.output.emit(SandboxReport(state: state))
    return .good
  }
}

struct SandboxDownCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop its processes and remove its directory.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption
  @Flag(help: "Destroy recoveries and copies that were made in it as well.")
  var force = false

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let remains = try await context.composition.sandbox.down(directory.path, force)
    try context.output.emit(TeardownReport(leftBehind: remains))
    return remains.isEmpty ? .good : .bad
  }
}

struct SandboxStatusCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show which of its servers run.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let state = try await context.composition.sandbox.status(directory.path)
    try context.output.emit(SandboxReport(state: state))
    return state.running ? .good : .bad
  }
}

/// The process that keeps a sandbox's servers; started by `up` only.
struct SandboxKeepCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "keep", abstract: "Keep a sandbox running (started by `up`).", shouldDisplay: false
  )

  @Flag(help: "End with the process that started it.")
  var owned = false
  @Argument var directory: String

  func run(in context: CommandContext) async throws -> ExitStatus {
    await context.composition.sandbox.keep(directory, owned)
    return .good
  }
}

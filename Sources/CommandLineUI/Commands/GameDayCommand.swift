import ArgumentParser
import RecoveryModel

/// `pgvigil gameday`: something goes wrong in a sandbox, and somebody finds out what.
struct GameDayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gameday",
    abstract: "Plant a mishap in a sandbox, see what the console says, and mend it.",
    discussion: """
      pgvigil sandbox up --dir /tmp/try, pgvigil backup auth-db --config /tmp/try/config.yaml, then plant one: \
      by its name, or any one without a word of which it is.
      """,
    subcommands: [
      GameDayListCommand.self, GameDayPlantCommand.self, GameDayRevealCommand.self,
      GameDayMendCommand.self,
    ], defaultSubcommand: GameDayListCommand.self)
}

struct GameDayListCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What can go wrong, and which verdicts tell the truth of it.")

  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    try context.output.emit(MishapsReport(mishaps: context.composition.sandbox.gameDay.all))
    return .good
  }
}

struct GameDayPlantCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "plant", abstract: "Plant one in a sandbox that has a base backup.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption
  @Argument(help: ArgumentHelp("Which one; any one when none is named.", valueName: "mishap"))
  var mishap: String?

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let control = context.composition.sandbox.gameDay
    let chosen: GameDayControl.Mishap
    if let mishap {
      guard let found = control.all.first(where: { $0.id == mishap }) else {
        throw RecoveryError(
          .invalid, "there is no mishap \(Sanitizer.clean(mishap, limit: 60))",
          remedy: Suggestion.nearest(to: mishap, among: control.all.map(\.id)).map {
            "did you mean \($0)?"
          } ?? "pgvigil gameday list names them")
      }
      chosen = found
    } else {
      guard let any = control.all.randomElement() else {
        throw RecoveryError(.failed, "this program knows no mishaps")
      }
      chosen = any
    }
    context.output.diagnostic("archiving a few segments, then it happens")
    try await control.plant(directory.path, chosen.id)
    let state = try await context.composition.sandbox.status(directory.path)
    try context.output.emit(
      PlantedReport(
        mishap: mishap == nil ? nil : chosen, configuration: state.configuration ?? "",
        directory: directory.path))
    return .good
  }
}

struct GameDayRevealCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "reveal", abstract: "Say what is planted.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let planted = try await context.composition.sandbox.gameDay.planted(directory.path)
    try context.output.emit(MishapReport(mishap: planted))
    return .good
  }
}

struct GameDayMendCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "mend", abstract: "Undo what is planted, and say what it was.")

  @OptionGroup var directory: SandboxDirectory
  @OptionGroup var formatOption: FormatOption

  var format: OutputFormat { formatOption.format }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let mended = try await context.composition.sandbox.gameDay.mend(directory.path)
    try context.output.emit(MishapReport(mishap: mended, isMended: true))
    return .good
  }
}

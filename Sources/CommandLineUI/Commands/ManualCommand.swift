import ArgumentParser
import RecoveryModel

/// Prints the manual page; `make install` runs it.
struct ManualCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate-manual", abstract: "Print the manual page in roff.",
    shouldDisplay: false)

  func run(in context: CommandContext) async throws -> ExitStatus {
    context.output.raw(ManualPage.render(try CommandTree.root()))
    return .good
  }
}

import ArgumentParser
import RecoveryModel
import RecoveryService
import Synchronization

/// The command line as a whole: parses, runs, and turns whatever happens into an exit status.
package enum CommandLineTool {
  /// `arguments` without the program's name. Returns the process's exit status.
  package static func run(
    arguments: [String], environment: [String: String], composition: Composition
  ) async -> Int32 {
    let format: OutputFormat = arguments.contains("--json") ? .json : .text
    let context = CommandContext.live(
      composition: composition, environment: environment,
      output: .standard(format: format, environment: environment))
    return await run(arguments: arguments, in: context).rawValue
  }

  static func run(arguments: [String], in context: CommandContext) async -> ExitStatus {
    let status = await answer(arguments, in: context)
    guard let failure = context.output.failure else { return status }
    // Nobody may take silence for a good answer. A worse one stays what it is: the alarm outranks the disk.
    if !failure.isReaderGone {
      report(failure.explanation(insteadOf: status), .actions, to: context.output)
    }
    return status == .good ? .undecided : status
  }

  private static func answer(
    _ arguments: [String], in context: CommandContext
  ) async -> ExitStatus {
    let command: any ParsableCommand
    do {
      command = try RootCommand.parseAsRoot(OptionOrder.commandFirst(arguments))
    } catch {
      return explain(error, convention(of: arguments), to: context.output)
    }
    guard let runnable = command as? any ContextCommand else {
      return explainGroup(command, to: context.output)
    }
    var context = context
    context.output.format = runnable.format
    let (opened, open) = (OpenedFleets(), context.openFleet)
    context.openFleet = { request, operationID in
      let fleet = try await open(request, operationID)
      opened.add(fleet)
      return fleet
    }
    let status = await perform(runnable, in: context)
    // What an operation has changed is being asked anew: nothing of that may be left behind at the exit.
    await opened.close()
    return status
  }

  private static func perform(
    _ runnable: any ContextCommand, in context: CommandContext
  ) async -> ExitStatus {
    let convention = type(of: runnable).convention
    do {
      return try await runnable.run(in: context)
    } catch let error as ConfigurationError {
      let message = error.problems.map(\.description).joined(separator: "\n")
      return report(RecoveryError(.invalid, message), convention, to: context.output)
    } catch let error as RecoveryError {
      return report(error, convention, to: context.output)
    } catch is CancellationError {
      return report(RecoveryError(.cancelled, "cancelled"), convention, to: context.output)
    } catch {
      return report(RecoveryError(.failed, "\(error)"), convention, to: context.output)
    }
  }

  /// Of arguments that could not be parsed: by the first word that is a command's name, wherever it stands. An option
  /// before it that is unknown may or may not take a word.
  private static func convention(of arguments: [String]) -> ExitStatus.Convention {
    let commands = RootCommand.configuration.subcommands
    let named = arguments.lazy.compactMap { word in
      commands.first { $0.configuration.commandName == word }
    }
    return (named.first as? any ContextCommand.Type)?.convention ?? .actions
  }

  /// A command that only groups others, and the parser's own, answer with help.
  private static func explainGroup(
    _ command: any ParsableCommand, to output: Output
  ) -> ExitStatus {
    var command = command
    do {
      try command.run()
      return .good
    } catch {
      return explain(error, .actions, to: output)
    }
  }

  /// Help and completions are answers; wrong usage of an action is 2, as every tool around PostgreSQL has it (the
  /// parser's own default is 64).
  private static func explain(
    _ error: any Error, _ convention: ExitStatus.Convention, to output: Output
  ) -> ExitStatus {
    let message = RootCommand.fullMessage(for: error)
    guard RootCommand.exitCode(for: error).isSuccess else {
      output.diagnostic(message)
      return ExitStatus(error: .invalid, convention: convention)
    }
    output.raw(message + "\n")
    return .good
  }

  @discardableResult
  private static func report(
    _ error: RecoveryError, _ convention: ExitStatus.Convention, to output: Output
  ) -> ExitStatus {
    // Commands that follow one another stand on lines of their own.
    let text =
      error.remedy.contains("\n") ? "\(error.message)\n\(error.remedy)" : error.description
    for (index, line) in text.split(separator: "\n").enumerated() {
      output.diagnostic((index == 0 ? "pgvigil: " : "  ") + Sanitizer.clean(String(line)))
    }
    if output.format == .json { try? output.emit(ErrorReport(error)) }
    return ExitStatus(error: error.code, convention: convention)
  }
}

/// The fleets that a command has opened.
private final class OpenedFleets: Sendable {
  private let fleets = Mutex<[FleetAccess]>([])

  func add(_ fleet: FleetAccess) { fleets.withLock { $0.append(fleet) } }

  func close() async {
    for fleet in fleets.withLock({ $0 }) { await fleet.close() }
  }
}

import ArgumentParser
import RecoveryModel
import RecoveryService

/// `pgvigil demo`: a sandbox, the console on it, and nothing left afterwards.
struct DemoCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Open the console on a throw-away cluster of three real servers.",
    discussion: """
      The cluster archives its WAL but has no base backup: press `b` to take one and `v` to prove it. With \
      --unattended it plays that story by itself and exits 0 only if the last verdict is PROVEN.
      """)

  @Option(
    name: .customLong("dir"),
    help: ArgumentHelp("Its directory instead of one in /tmp.", valueName: "directory"),
    completion: .directory)
  var directory: String?
  @Flag(help: "Play gap, backup, drill and verdict without a screen.")
  var unattended = false
  @OptionGroup var formatOption: FormatOption
  @Option(
    help: ArgumentHelp("Transactions per second of the writer; 0 stops it.", valueName: "tps"))
  var rate: Double?

  var format: OutputFormat { formatOption.format }

  func validate() throws {
    if formatOption.json && !unattended {
      throw ValidationError("--json needs --unattended: the console prints no document.")
    }
    if let rate, !(0...1000).contains(rate) {
      throw ValidationError("--rate must be between 0 and 1000.")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    let session = SandboxLifecycle(
      context: context, directory: directory ?? context.composition.sandbox.newDirectory())
    return unattended
      ? try await DemoStory(session: session, rate: rate).play()
      : try await attended(session)
  }

  private func attended(_ session: SandboxLifecycle) async throws -> ExitStatus {
    let context = session.context
    guard context.hasTerminal else {
      throw RecoveryError(
        .invalid, "the console needs a terminal", remedy: "pgvigil demo --unattended needs none")
    }
    let result: Result<Int32, any Error>
    do {
      let state = try await session.upForDemo(rate: rate)
      let request = ConsoleRequest(
        fleet: FleetRequest(configuration: state.configuration))
      result = .success(try await context.composition.openConsole(request) { _ in request.cluster })
    } catch let error as AlreadyRunning {
      throw error.explanation
    } catch {
      result = .failure(error)
    }
    let opened = (try? result.get()) != nil
    let remains = opened ? try await session.down() : try await session.downAfterFailure()
    for line in remains { context.output.diagnostic("left behind: " + Sanitizer.clean(line)) }
    if opened, remains.isEmpty {
      context.output.diagnostic("the sandbox is gone; nothing is left")
    }
    let status = ExitStatus(rawValue: try result.get())
    return remains.isEmpty ? status : .bad
  }
}

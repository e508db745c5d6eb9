import ConsoleUI
import FoundationEssentials
import Glibc
import RecoveryModel
import RecoveryService
import TextScreen

/// The full-screen console over running services.
package enum Console {
  /// There is no terminal to draw on.
  private static let couldNotRun: Int32 = 3

  /// Runs until the user quits; blocks, and must be called on the main thread, outside of any task.
  ///
  /// Returns the exit status: 0 after quitting, 3 where there can be no screen, 128 + n after signal n. The cluster to
  /// open on is a full name.
  package static func run(services: Services, options: ConsoleRequest) -> Int32 {
    let configuration = services.configuration
    let library = ThemeLibrary.standard()
    let (theme, problem) = startingTheme(options.theme ?? configuration.theme, in: library)
    let mailbox = Mailbox()
    if let problem {
      mailbox.post(.themeFailed(kept: theme.name, reason: problem.description))
    }
    makeFolder(services.paths.stateDirectory)
    let session = TerminalSession(
      theme: theme, ascii: options.ascii, mouse: options.mouse, logFile: services.paths.logFile)
    let runner = EffectRunner(
      fleet: services.fleet, mailbox: mailbox, audit: services.audit)
    let interval = options.interval ?? configuration.interval
    let watching = runner.watch(interval: interval)
    defer { watching.cancel() }
    do {
      let status = try session.run(mailbox: mailbox) { screen in
        let program = ConsoleProgram(
          state: state(on: screen, library: library, services: services, options: options),
          screen: screen, library: library, mailbox: mailbox, runner: runner)
        if screen.description.isStandIn {
          mailbox.post(
            .terminalSubstituted(
              term: screen.description.term, standIn: screen.description.name))
        }
        if readOnlyReason(options, configuration) == nil { runner.reap() }
        return program.loopProgram()
      }
      finish(runner, mailbox: mailbox)
      return status
    } catch {
      say("\(error)")
      return couldNotRun
    }
  }

  private static func state(
    on screen: TerminalScreen, library: ThemeLibrary, services: Services, options: ConsoleRequest
  ) -> AppState {
    let configuration = services.configuration
    var state = AppState(
      columns: screen.size.columns, rows: screen.size.rows, now: Date(),
      interval: options.interval ?? configuration.interval,
      readOnly: readOnlyReason(options, configuration),
      themes: library.names(), theme: screen.theme.name, glyphs: screen.glyphs,
      wallboard: options.wallboard, cluster: options.cluster,
      zone: .system(
        environment: ["TZ": getenv("TZ").map { String(cString: $0) } ?? ""], now: Date()))
    state.wallboard.dwell = configuration.wallboardCycle
    return state
  }

  /// Why this console may not act; nil = it may.
  static func readOnlyReason(
    _ options: ConsoleRequest, _ configuration: Configuration
  ) -> String? {
    if options.readOnly { return "started with --read-only" }
    return configuration.readOnly ? "the configuration says read_only" : nil
  }

  /// A theme that cannot be had is no reason to stay without a console.
  private static func startingTheme(
    _ name: String?, in library: ThemeLibrary
  ) -> (Theme, ThemeError?) {
    do {
      return (try library.theme(named: name ?? Theme.dark.name), nil)
    } catch {
      return (.dark, error)
    }
  }

  /// Longest wait for cancelled operations to clean up, in seconds: a shutdown may take a minute.
  private static let patience = 180.0

  /// Leaves no drill behind: cancels what this console started and waits until it has cleaned up.
  private static func finish(_ runner: EffectRunner, mailbox: Mailbox) {
    let end = Date().addingTimeInterval(patience)
    let busy = runner.busyClusters()
    guard !busy.isEmpty else { return }
    say("cancelling what runs on \(busy.joined(separator: ", ")), and cleaning up")
    for cluster in busy { runner.perform(.cancelOperation(cluster: cluster)) }
    while !runner.busyClusters().isEmpty, Date() < end {
      var source = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&source, 1, 1000)
      for case .operationEnded(let outcome) in mailbox.drain() {
        say("\(outcome.cluster): \(outcome.summary)")
      }
    }
  }

  /// One line on standard error; nothing where that stands still, as a terminal after ^S.
  private static func say(_ text: String) {
    let line = "pgvigil: \(text)\n"
    var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&errors, 1, 200) > 0 else { return }
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  }

  /// With its parents, for the user alone. Failing only means that there is no log.
  private static func makeFolder(_ path: String) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/\(part)"
      mkdir(made, 0o700)
    }
  }
}

/// The state of a running console, between the loop and the pure functions that know what it means.
private final class ConsoleProgram {
  private var state: AppState
  private let screen: TerminalScreen
  private let library: ThemeLibrary
  private let mailbox: Mailbox
  private let runner: EffectRunner

  init(
    state: AppState, screen: TerminalScreen, library: ThemeLibrary, mailbox: Mailbox,
    runner: EffectRunner
  ) {
    self.state = state
    self.screen = screen
    self.library = library
    self.mailbox = mailbox
    self.runner = runner
  }

  func loopProgram() -> UILoop.Program {
    UILoop.Program(
      handle: { [self] message in update(&state, message) },
      render: { [self] frame in draw(state, into: &frame) },
      perform: { [self] effect in
        if case .selectTheme(let name) = effect {
          selectTheme(name)
        } else {
          runner.perform(effect)
        }
      })
  }

  /// A small local file, read on the screen's thread at a key's press.
  private func selectTheme(_ name: String) {
    do {
      screen.theme = try library.theme(named: name)
    } catch {
      mailbox.post(.themeFailed(kept: screen.theme.name, reason: error.description))
    }
  }
}

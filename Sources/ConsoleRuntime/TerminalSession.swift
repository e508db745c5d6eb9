import CNcurses
import CTerminal
import Glibc
import TextScreen

/// The time in which the terminal is ours: takes it with every safeguard, and gives it back whatever happens.
package struct TerminalSession {
  package var theme: Theme
  package var ascii: Bool
  package var mouse: Bool
  /// Where standard error goes meanwhile; nil = nowhere new.
  package var logFile: String?
  /// How long a paste may halt on its way before its end counts as lost.
  package var pasteSilence = Duration.seconds(3)

  package init(theme: Theme, ascii: Bool = false, mouse: Bool = false, logFile: String? = nil) {
    self.theme = theme
    self.ascii = ascii
    self.mouse = mouse
    self.logFile = logFile
  }

  /// Takes the terminal on standard input and output, runs the program until it ends, and returns its status.
  ///
  /// `program` is called once the screen is there. Call on the main thread.
  package func run(
    mailbox: Mailbox, program: (TerminalScreen) -> UILoop.Program
  ) throws(TerminalError) -> Int32 {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
    let description = try TerminalDescription.load(
      term: Environment["TERM"], output: STDOUT_FILENO)
    guard mailbox.descriptor >= 0 else { throw .noDescriptors }
    guard terminal_guard_arm(STDIN_FILENO, STDOUT_FILENO) else { throw .notATerminal }
    defer { terminal_guard_disarm() }
    // Errors of libraries belong on nobody's screen; where they already go elsewhere, they stay.
    if let logFile, isatty(STDERR_FILENO) == 1 { _ = terminal_guard_redirect_errors(logFile) }
    let screen = try TerminalScreen(
      description, input: standard_input(), output: standard_output(), theme: theme, ascii: ascii)
    defer { screen.close() }
    let signals = terminal_guard_catch_signals()
    guard signals >= 0 else { throw .noDescriptors }
    guard
      let loop = UILoop(
        screen: screen, mailbox: mailbox, input: STDIN_FILENO, signals: signals, mouse: mouse,
        pasteSilence: pasteSilence, program: program(screen))
    else { throw .noDescriptors }
    return loop.run()
  }
}

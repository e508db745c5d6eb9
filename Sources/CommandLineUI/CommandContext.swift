import FoundationEssentials
import RecoveryModel
import RecoveryService

/// What a command runs in; tests give it a fleet in memory, a fixed clock and captured streams.
struct CommandContext: Sendable {
  var composition: Composition
  var output: Output
  var environment: [String: String]
  var now: @Sendable () -> Date
  /// Loads the configuration and opens the fleet that is asked for. The second argument fixes the id of the next
  /// operation. Throws `RecoveryError` or `ConfigurationError`.
  var openFleet: @Sendable (FleetRequest, String?) async throws -> FleetAccess
  /// SIGINT, SIGTERM and SIGHUP from now on, until the reader stops.
  var signals: @Sendable () -> AsyncStream<Int32>
  /// Starts this program again with these arguments, without a terminal, writing to the log file (second
  /// argument). Returns its process id.
  var detach: @Sendable ([String], String) throws -> Int32
  /// Standard input and output are a terminal.
  var hasTerminal: Bool
  /// Asks the person at the terminal for one line; nil = the input has ended.
  var ask: @Sendable (String) async -> String?
  /// A fresh id for an operation.
  var newID: @Sendable () -> String
  /// The clock on the user's wall.
  var zone: @Sendable () -> LocalZone = { .utc }
}

/// A command that runs in a context instead of by itself.
protocol ContextCommand {
  var format: OutputFormat { get }
  /// How its exit status is read.
  static var convention: ExitStatus.Convention { get }
  /// Throws `RecoveryError` or `ConfigurationError` where there is nothing to report.
  func run(in context: CommandContext) async throws -> ExitStatus
}

extension ContextCommand {
  var format: OutputFormat { .text }
  static var convention: ExitStatus.Convention { .actions }
}

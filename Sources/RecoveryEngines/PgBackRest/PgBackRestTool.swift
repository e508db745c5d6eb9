import FoundationEssentials
import Glibc
import RecoveryModel

/// Runs `pgbackrest` to look at a repository; never anything that changes it.
struct PgBackRestTool: Sendable {
  var settings: PgBackRestSettings
  /// nil = as we are.
  var account: Account?
  var processes: ProcessRunner

  /// Seconds for one look: `info` and `repo-ls` take 40 ms on disk or S3 (engines.md A2).
  static let deadline = 20.0

  /// Standard output of a command. Throws `RecoveryError` in the tool's own words.
  func ask(_ arguments: [String]) async throws(RecoveryError) -> String {
    let request = ProcessRequest(
      settings.executable,
      [
        "--config=\(settings.config)", "--stanza=\(settings.stanza)", "--log-level-console=off",
        "--log-level-file=off", "--log-level-stderr=error",
      ] + arguments, account: account, deadline: Self.deadline)
    let result: ProcessResult
    do { result = try await processes.run(request) } catch {
      throw error as? RecoveryError ?? RecoveryError(.failed, "\(settings.executable): \(error)")
    }
    guard result.status == 0 else { throw failure(result, arguments: arguments) }
    return result.output
  }

  private func failure(_ result: ProcessResult, arguments: [String]) -> RecoveryError {
    let words = PlainText.complaint(result.error)
    let command = arguments.first { !$0.hasPrefix("--") } ?? ""
    let message = "pgbackrest \(command) ended with status \(result.status): \(words)"
    return RecoveryError(
      words.contains("ermission denied") ? .denied : .failed, message,
      remedy: remedy(status: result.status, words: words))
  }

  /// What to try, from pgBackRest's exit status (its error code) and words.
  func remedy(status: Int32, words: String) -> String {
    if words.contains("ermission denied") {
      let me = account?.name ?? Account.current.name
      return
        "account \(me) may not read it: set run_as to the account that owns the repository, "
        + "or run pgvigil as that account"
    }
    switch status {
    case 55: return "check that \(settings.config) exists and that config names it"
    case 27, 31, 32, 37: return "check the options in \(settings.config)"
    case 103, 55 + 48: return "check the stanza name \(settings.stanza)"
    default: return "run pgbackrest --config=\(settings.config) --stanza=\(settings.stanza) check"
    }
  }
}

extension RecoveryError {
  func unavailable(_ part: String) -> Unavailable {
    Unavailable(part: part, reason: message, remedy: remedy)
  }
}

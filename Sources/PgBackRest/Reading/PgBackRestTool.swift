import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

/// Runs `pgbackrest` to look at a repository; never anything that changes it.
struct PgBackRestTool: Sendable {
  var settings: PgBackRestSettings
  var sources: OptionSources
  /// Number of the repository that is looked at.
  var repository: Int
  /// nil = as we are.
  var account: Account?
  var processes: ProcessRunner

  /// Seconds for one look: `info` and `repo-ls` take 40 ms on disk or S3.
  static let deadline = 20.0

  /// Standard output of a command. Throws `RecoveryError` in the tool's own words.
  func ask(
    _ arguments: [String], deadline: Double = deadline, endsWithUs: Bool = false
  ) async throws(RecoveryError) -> String {
    var request = request(arguments, deadline: deadline)
    request.endsWithUs = endsWithUs
    let result: ProcessResult
    do { result = try await processes.run(request) } catch {
      throw error as? RecoveryError ?? RecoveryError(.failed, "\(settings.executable): \(error)")
    }
    guard result.status == 0 else { throw failure(result, arguments: arguments) }
    return result.output
  }

  /// Names of the stanzas that the repository has besides ours; nil where nobody tells.
  func stanzas() async -> [String]? {
    struct Named: Decodable { var name: String }
    let question = request(
      ["--repo=\(repository)", "--output=json", "info"], deadline: Self.deadline, stanza: nil)
    guard let result = try? await processes.run(question), result.status == 0,
      let data = TolerantJSON.payload(result.output),
      let named = try? JSONDecoder().decode([Named].self, from: data)
    else { return nil }
    return named.map(\.name).filter { $0 != settings.stanza }
  }

  /// A command of the tool as it is run, of our stanza.
  func request(_ arguments: [String], deadline: Double) -> ProcessRequest {
    request(arguments, deadline: deadline, stanza: settings.stanza)
  }

  /// `stanza` nil = of all of them.
  private func request(
    _ arguments: [String], deadline: Double, stanza: String?
  ) -> ProcessRequest {
    ProcessRequest(
      settings.executable,
      sources.arguments + (stanza.map { ["--stanza=\($0)"] } ?? []) + [
        "--log-level-console=off", "--log-level-file=off", "--log-level-stderr=error",
      ] + arguments, environment: sources.declared.mapValues(\.revealed), account: account,
      deadline: deadline)
  }

  func failure(_ result: ProcessResult, arguments: [String]) -> RecoveryError {
    let told = result.error.contains { !$0.isWhitespace } ? result.error : result.output
    let words = PlainText.complaint(told)
    var complaint = RepositoryComplaint(words)
    switch result.status {
    case 27, 31, 32, 37, 55, 103: if complaint.kind == .other { complaint.kind = .options }
    default: break
    }
    let command = arguments.first { !$0.hasPrefix("--") } ?? ""
    let said = words.isEmpty ? " and said nothing" : ": \(words)"
    return RecoveryError(
      complaint.kind == .denied ? .denied : .failed,
      "pgbackrest \(command) ended with status \(result.status)\(said)",
      remedy: remedy(complaint))
  }

  /// The answer is not what was asked for: says what it is instead.
  func undecodable(_ answer: String, command: String) -> RecoveryError {
    let complaint = RepositoryComplaint(answer)
    if complaint.kind != .other {
      let what = complaint.kind == .cipher ? ": the repository cannot be decrypted" : ""
      return RecoveryError(
        complaint.kind == .denied ? .denied : .failed,
        "pgbackrest \(command) answered no JSON\(what): \(complaint.words)",
        remedy: remedy(complaint))
    }
    return RecoveryError(
      .failed, "pgbackrest \(command) answered no JSON: \(Self.oddity(answer))",
      remedy: "run \(shown([command, "--output=json"])) and look at what it prints; "
        + "executable must name pgBackRest itself")
  }

  private static func oddity(_ answer: String) -> String {
    let text = answer.trimmed
    guard let first = text.first else { return "nothing at all" }
    let start = Sanitizer.clean(text, limit: 120)
    switch first {
    case "<": return "a web page or XML: \(start)"
    case "[", "{": return "it is cut off or garbled after \(text.utf8.count) bytes: \(start)"
    default: return start
    }
  }

  /// A command line for a person, without what the environment holds.
  func shown(_ arguments: [String]) -> String {
    let words =
      [settings.executable] + sources.arguments + ["--stanza=\(settings.stanza)"] + arguments
    return (ShellWord.command(words) ?? words.joined(separator: " "))
      + (account.map { " as \($0.name)" } ?? "")
  }

  /// pgBackRest's own test of archive_command and repository; it switches to a new segment and waits for it.
  var checkCommand: String { shown(["check"]) }

  /// Ends what `pgbackrest stop` began.
  var startCommand: String { shown(["start"]) }
}

extension RecoveryError {
  package func unavailable(_ part: String) -> Unavailable {
    Unavailable(part: part, reason: message, remedy: remedy, code: code)
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// psql inside the copy's own pod, by `kubectl exec`: over the server's socket, as its superuser, where no tunnel is to be
/// had.
struct CopyExec: Sendable {
  var site: ClusterSite
  var namespace: String
  var pod: String
  var kubectl: String
  var processes: ProcessRunner

  /// What kubectl gets beyond the question's own time; seconds.
  private static let grace = 20.0
  /// What psql writes for NULL: nothing that anybody stores.
  private static let null = "\u{1F}null"

  /// Throws `RecoveryError`: `unreachable` where kubectl came to nothing, else what PostgreSQL said.
  func query(_ sql: String, in database: String, _ seconds: Double) async throws -> SQLRows {
    // To psql that would be a command of its own, to the server it is none.
    guard sql.first(where: { !$0.isWhitespace }) != "\\" else {
      throw RecoveryError(.failed, "a statement cannot begin with a backslash")
    }
    let result = try await processes.run(request(sql, in: database, seconds))
    guard result.status != 0 else { return try Self.rows(result.output) }
    throw Self.failure(result)
  }

  func request(_ sql: String, in database: String, _ seconds: Double) -> ProcessRequest {
    let milliseconds = Int(min(max(seconds, 0.001) * 1000, 2e9).rounded(.up))
    return ProcessRequest(
      kubectl,
      [
        "--context", site.context, "--namespace", namespace, "exec", pod, "-c", "postgres", "--",
        "env",
        "PGOPTIONS=-c default_transaction_read_only=on -c statement_timeout=\(milliseconds)",
        "PGAPPNAME=pgvigil drill", "PGCONNECT_TIMEOUT=10", "PGDATABASE=\(database)", "psql", "-X",
        "-q", "--csv", "-P", "null=\(Self.null)", "-v", "ON_ERROR_STOP=1", "-v",
        "VERBOSITY=verbose", "-c", sql,
      ], environment: site.kubectlVariables,
      inheritsEnvironment: true, directory: FileManager.default.currentDirectoryPath,
      deadline: seconds + Self.grace)
  }

  static func failure(_ result: ProcessResult) -> RecoveryError {
    let said = result.error.split(whereSeparator: \.isNewline).map(String.init)
    if let line = said.first(where: { $0.contains("ERROR:  ") }) {
      return ServerMessage(text: line, secret: nil).error(target: "the copy")
    }
    let lines = said.map { Sanitizer.clean($0, limit: 300) }
    if let line = lines.first(where: { $0.hasPrefix("psql: error: ") || $0.contains("FATAL: ") }) {
      return RecoveryError(.failed, "the copy's PostgreSQL takes no connection: \(line)")
    }
    // kubectl repeats the exit status of what it ran; that is no reason.
    let reason = lines.last { !$0.hasPrefix("command terminated with exit code") }
    return RecoveryError(
      .unreachable,
      "kubectl exec ended with status \(result.status): \(reason ?? lines.last ?? "it said nothing")"
    )
  }

  /// Throws where it is no table.
  static func rows(_ text: String) throws(RecoveryError) -> SQLRows {
    var lines = CSVText.lines(text)
    guard !lines.isEmpty else { return SQLRows(columns: [], rows: []) }
    let columns = lines.removeFirst()
    guard lines.allSatisfy({ $0.count == columns.count }) else {
      throw RecoveryError(.failed, "psql's answer is no table")
    }
    return SQLRows(columns: columns, rows: lines.map { $0.map { $0 == Self.null ? nil : $0 } })
  }
}

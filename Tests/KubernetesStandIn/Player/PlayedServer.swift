import Glibc
import TestSupport

/// A real PostgreSQL server that was restored for a recovery cluster.
package final class PlayedServer: Sendable {
  package let directory: String
  package let port: UInt16
  let timeline: Int

  init(directory: String, port: UInt16, timeline: Int) {
    self.directory = directory
    self.port = port
    self.timeline = timeline
  }

  /// One line per row, values separated by `|`; blocks.
  static func blockingQuery(
    port: UInt16, database: String = "postgres", _ sql: String
  ) throws -> String {
    let result = try PostgresTools.blockingRun(
      "psql",
      [
        "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-d", database, "-XAtq", "-v",
        "ON_ERROR_STOP=1", "-c", sql,
      ])
    guard result.status == 0 else { throw StandInError("psql: \(result.error)") }
    return result.output.last == "\n" ? String(result.output.dropLast()) : result.output
  }

  /// One line per row of a server's answer, values separated by `|`.
  package static func query(
    port: UInt16, _ sql: String, in database: String = "postgres"
  ) async throws -> String {
    try await PostgresTools.onThread { try blockingQuery(port: port, database: database, sql) }
  }

  /// As the other, of this server.
  func query(_ sql: String, database: String = "postgres") async throws -> String {
    try await Self.query(port: port, sql, in: database)
  }

  /// What the operator does with the owner of the application's database: made if missing, password set anew.
  func setPassword(_ password: String, of owner: String, database: String) async throws {
    let roles = try await query("SELECT count(*) FROM pg_roles WHERE rolname = '\(owner)'")
    if roles == "0" { _ = try await query("CREATE ROLE \"\(owner)\" LOGIN") }
    _ = try await query("ALTER ROLE \"\(owner)\" LOGIN PASSWORD '\(password)'")
    let databases = try await query(
      "SELECT count(*) FROM pg_database WHERE datname = '\(database)'")
    if databases == "0" {
      _ = try await query("CREATE DATABASE \"\(database)\" OWNER \"\(owner)\"")
    }
  }

  /// Stops it and removes its files.
  func stop() async {
    let directory = directory
    _ = try? await PostgresTools.onThread {
      _ = try? PostgresTools.blockingRun(
        "pg_ctl", ["-D", directory + "/data", "-m", "immediate", "-w", "-s", "stop"])
      try? removeTree(directory)
    }
  }
}

/// A line of a server's log.
struct ServerLogLine: Sendable, Equatable {
  var severity: String
  var message: String

  /// Lines as `log_line_prefix = ''` writes them; others are passed over.
  static func lines(of text: String) -> [ServerLogLine] {
    text.split(separator: "\n").compactMap { line in
      for severity in ["LOG", "FATAL", "PANIC", "ERROR", "WARNING", "HINT", "DETAIL"]
      where line.hasPrefix(severity + ":  ") {
        return ServerLogLine(
          severity: severity, message: String(line.dropFirst(severity.count + 3)))
      }
      return nil
    }
  }
}

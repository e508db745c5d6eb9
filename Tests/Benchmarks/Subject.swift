import Foundation
import TestSupport

/// The binary under test and a sandbox of real servers for it.
struct Subject {
  let binary: String
  let directory: String
  /// Socket directory and port of the sandbox's primary, from its config.yaml.
  let host: String
  let port: String

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// Brings the sandbox up with a silent writer; throws what `sandbox up` said when it could not.
  init(binary: String) throws {
    self.binary = binary
    directory = "/tmp/pgvigil-bench-\(getpid())"
    let up = try Command.run(
      binary, ["sandbox", "up", "--dir", directory, "--rate", "0"])
    guard up.status == 0 else { throw Failure(description: up.error + up.output) }
    let text = try String(contentsOfFile: directory + "/config.yaml", encoding: .utf8)
    func first(_ key: String) throws -> String {
      guard let range = text.range(of: key + "="),
        let value = text[range.upperBound...].split(whereSeparator: { " \"'\n".contains($0) }).first
      else { throw Failure(description: "no \(key)= in config.yaml") }
      return String(value)
    }
    host = try first("host")
    port = try first("port")
  }

  var configuration: String { directory + "/config.yaml" }

  func down() {
    _ = try? Command.run(binary, ["sandbox", "down", "--dir", directory])
  }

  func run(_ arguments: String...) throws -> Command {
    try Command.run(binary, arguments + ["--config", configuration])
  }

  /// Runs SQL on the primary as its superuser.
  @discardableResult
  func sql(_ statement: String) throws -> String {
    let finished = try Command.run(
      "/usr/bin/psql",
      ["-XAtq", "-h", host, "-p", port, "-U", superuser, "-d", "keycloak", "-c", statement])
    guard finished.status == 0 else { throw Failure(description: finished.error) }
    return finished.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  let superuser = "postgres"

  func console(
    columns: Int = 80, rows: Int = 24, configuration: String? = nil
  ) throws
    -> EmulatedTerminal
  {
    try EmulatedTerminal(
      binary, ["--config", configuration ?? self.configuration, "--interval", "1"],
      environment: Self.environment,
      columns: columns, rows: rows)
  }

  func peer() throws -> EmulatedTerminal? {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/pg_activity") else { return nil }
    return try EmulatedTerminal(
      "/usr/bin/pg_activity",
      ["-h", host, "-p", port, "-U", superuser, "-d", "keycloak", "--refresh", "1"],
      environment: Self.environment)
  }

  static let environment = [
    "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/tmp",
    "XDG_STATE_HOME": "/tmp/pgvigil-bench-state-\(getpid())", "TZ": "UTC",
  ]
}

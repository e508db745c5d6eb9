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

  /// pgBackRest on the sandbox's stanza.
  var pgbackrest: [String] {
    ["pgbackrest", "--config=\(directory)/pgbackrest.conf", "--stanza=\(stanza)"]
  }

  /// The section of pgbackrest.conf that is not `[global…]`.
  private var stanza: String {
    let text =
      (try? String(contentsOfFile: directory + "/pgbackrest.conf", encoding: .utf8)) ?? ""
    let section = text.split(separator: "\n").first {
      $0.hasPrefix("[") && !$0.hasPrefix("[global")
    }
    return section.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "[] ")) } ?? "auth-db"
  }

  /// Arguments of env(1) that run a command as the servers' account.
  func ownerCommand(_ command: [String], _ account: String) -> [String] {
    guard getuid() == 0 else { return command }
    return ["setpriv", "--reuid=\(account)", "--regid=\(account)", "--clear-groups", "--"] + command
  }

  func asOwner(_ command: [String], _ account: String) throws -> Command {
    try Command.run("/usr/bin/env", ownerCommand(command, account))
  }

  /// Finishes the present segment and waits until it is archived.
  func archiveAll() throws {
    let last = try sql("SELECT pg_walfile_name(pg_switch_wal())")
    let end = EmulatedTerminal.now + 900
    while EmulatedTerminal.now < end {
      let archived = try sql("SELECT last_archived_wal FROM pg_stat_archiver")
      if archived >= last { return }
      usleep(200_000)
    }
    throw Failure(description: "the archiver did not reach \(last)")
  }

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

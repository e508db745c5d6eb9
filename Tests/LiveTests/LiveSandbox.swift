import Foundation
import TestSupport

/// A sandbox of real servers, driven only through the program's own command line.
///
/// Taken down when released; every call blocks its thread, which tests may.
final class LiveSandbox {
  let directory: String
  var configuration: String { directory + "/config.yaml" }

  struct Failure: Error, CustomStringConvertible { var description: String }

  init(rate: Int = 4) throws {
    directory = "/tmp/pgvigil-test-\(UUID().uuidString.prefix(8).lowercased())"
    let up = try Command.run(
      Binary.pgvigil, ["sandbox", "up", "--dir", directory, "--rate", "\(rate)"])
    guard up.status == 0 else {
      throw Failure(description: "sandbox up: \(up.status)\n\(up.output)\(up.error)")
    }
  }

  /// Whatever a test has made beside it goes too.
  deinit {
    _ = try? Command.run(Binary.pgvigil, ["sandbox", "down", "--force", "--dir", directory])
  }

  func run(_ arguments: String...) throws -> Command {
    try Command.run(
      Binary.pgvigil, arguments + ["--config", configuration],
      environment: ["XDG_STATE_HOME": directory + "-state"])
  }

  /// `status --json` of the only cluster, with the exit status.
  func status() throws -> (cluster: [String: Any], exit: Int32) {
    let result = try run("status", "--json")
    guard
      let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        as? [String: Any],
      let cluster = (document["clusters"] as? [[String: Any]])?.first
    else { throw Failure(description: "no status: \(result.output)\(result.error)") }
    return (cluster, result.status)
  }

  /// What the findings say, the worst first.
  func headlines() throws -> [String] {
    (try status().cluster["findings"] as? [[String: Any]] ?? []).compactMap {
      $0["headline"] as? String
    }
  }

  func findings() throws -> [String] {
    (try status().cluster["findings"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
  }

  /// Runs SQL as the sandbox's superuser on the server of that name.
  @discardableResult
  func sql(_ statement: String, on server: String = "primary") throws -> String {
    let (host, port) = try address(of: server)
    let result = try Command.run(
      "/usr/bin/psql",
      ["-XAtq", "-h", host, "-p", port, "-U", "postgres", "-d", "keycloak", "-c", statement])
    guard result.status == 0 else { throw Failure(description: result.error) }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Host and port as the server's own postmaster.pid tells them (lines 5 and 4).
  func address(of server: String) throws -> (host: String, port: String) {
    let lines = try String(contentsOfFile: "\(directory)/\(server)/postmaster.pid", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    return (String(lines[4]), String(lines[3]))
  }

  func postmaster(of server: String) throws -> Int32 {
    let text = try String(contentsOfFile: "\(directory)/\(server)/postmaster.pid", encoding: .utf8)
    return text.split(separator: "\n").first.flatMap { Int32($0) } ?? -1
  }

  /// The postmaster and its children.
  func processes(of server: String) throws -> [Int32] {
    let postmaster = try postmaster(of: server)
    let children = try Command.run("/usr/bin/pgrep", ["-P", "\(postmaster)"]).output
    return [postmaster] + children.split(separator: "\n").compactMap { Int32($0) }
  }

  /// Runs a PostgreSQL program as the owner of the sandbox.
  @discardableResult
  func asOwner(_ command: [String]) throws -> Command {
    guard getuid() == 0 else { return try Command.run("/usr/bin/env", command) }
    return try Command.run(
      "/usr/bin/setpriv",
      ["--reuid=\(owner)", "--regid=\(owner)", "--clear-groups", "/usr/bin/env"] + command)
  }

  var owner: String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/primary")
    return attributes?[.ownerAccountName] as? String ?? "postgres"
  }

  /// Writes a little, finishes the segment and waits until the archive has it.
  func archiveSomething() throws {
    try sql("CREATE TABLE IF NOT EXISTS scratch (n int); INSERT INTO scratch VALUES (1)")
    let segment = try sql("SELECT pg_walfile_name(pg_switch_wal())")
    try eventually("archiver reaches \(segment)") {
      try sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") >= segment
    }
  }

  /// Asks until it holds: outside servers say nothing when they are ready.
  func eventually(_ what: String, within seconds: Double = 600, _ holds: () throws -> Bool) throws {
    let end = EmulatedTerminal.now + seconds
    while try !holds() {
      guard EmulatedTerminal.now < end else { throw Failure(description: "never: \(what)") }
      usleep(100_000)
    }
  }
}

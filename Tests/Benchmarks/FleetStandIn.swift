import Foundation
import TestSupport

/// A stand-in API server in a process of its own, spoken to over its standard input and output.
final class FleetStandIn {
  let directory: String
  let server: EmulatedTerminal
  var kubeconfig: String { directory + "/kubeconfig" }

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// Throws when it does not serve within a minute.
  init(binary: String, clusters: Int, backups: Int) throws {
    directory = "/tmp/pgvigil-bench-fleet-\(getpid())-\(clusters)"
    try FileManager.default.createDirectory(
      atPath: directory + "/config", withIntermediateDirectories: true)
    server = try EmulatedTerminal(
      binary,
      [
        "--kubeconfig", directory + "/kubeconfig", "--clusters", "\(clusters)", "--backups",
        "\(backups)", "--namespaces", "\(max(1, clusters / 20))",
      ],
      environment: ["TERM": "dumb", "PATH": "/usr/bin:/bin", "HOME": "/tmp"], columns: 2000)
    guard server.wait(for: "https://127.0.0.1", limit: 60) else {
      throw Failure(description: "the stand-in does not serve: \(server.screen.text)")
    }
  }

  /// The lines that answer a command; nil when nothing came within two minutes.
  func ask(_ command: String, answer: String) -> String? {
    server.forget()
    server.send(command + "\n")
    guard server.wait(limit: 120, until: { $0.text.contains(answer) }) else { return nil }
    server.drain(quiet: 0.05, limit: 1)
    return server.screen.text
  }

  /// Requests so far by `verb resource`; watches apart from lists.
  func requests() -> [String: Int] {
    guard let text = ask("requests", answer: "}"), let open = text.lastIndex(of: "{"),
      let close = text.lastIndex(of: "}"), open < close
    else { return [:] }
    let line = text[open...close].filter { $0 != "\n" }
    return (try? JSONDecoder().decode([String: Int].self, from: Data(line.utf8))) ?? [:]
  }

  var environment: [String: String] {
    var environment = Subject.environment
    environment["KUBECONFIG"] = kubeconfig
    environment["XDG_CONFIG_HOME"] = directory + "/config"
    environment["XDG_STATE_HOME"] = directory + "/state"
    return environment
  }

  func console(_ binary: String) throws -> EmulatedTerminal {
    try EmulatedTerminal(binary, [], environment: environment, columns: 200, rows: 60)
  }

  func stop() {
    server.send("\u{4}")
    _ = server.waitForExit(limit: 3)
    try? FileManager.default.removeItem(atPath: directory)
  }
}

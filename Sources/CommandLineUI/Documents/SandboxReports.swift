import RecoveryModel

/// Where a sandbox is and what runs.
struct SandboxReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var sandbox: SandboxControl.State

  init(state: SandboxControl.State) { sandbox = state }

  func text(_ style: TextStyle) -> String {
    let running = sandbox.servers.filter(\.running)
    // What somebody stopped leaves the others as they are.
    let standing = sandbox.running ? "up" : running.isEmpty ? "down" : "up in part"
    var lines = ["sandbox \(Sanitizer.clean(sandbox.directory)): \(standing)"]
    let rows = sandbox.servers.map { server in
      [
        "  " + Sanitizer.clean(server.name), server.running ? "running" : "stopped",
        [server.pid.map { "process \($0)" }, server.circumstance.map { Sanitizer.clean($0) }]
          .compactMap { $0 }.joined(separator: ", "),
      ]
    }
    if !rows.isEmpty { lines.append(TextLayout.table(rows)) }
    lines += sandbox.copies.map { "  copy    \(Sanitizer.clean($0)): stays" }
    if !sandbox.running, !running.isEmpty {
      let up = ShellWord.command(["pgvigil", "sandbox", "up", "--dir", sandbox.directory])
      lines.append("  rest    \(up ?? "pgvigil sandbox up")")
    }
    if let configuration = sandbox.configuration, !running.isEmpty {
      lines.append("  try     pgvigil --config \(Sanitizer.clean(configuration))")
    }
    return lines.joined(separator: "\n")
  }
}

/// What taking a sandbox down left.
struct TeardownReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var leftBehind: [String]

  func text(_ style: TextStyle) -> String {
    guard !leftBehind.isEmpty else { return "the sandbox is gone; nothing is left" }
    return (["LEFT BEHIND"] + leftBehind.map { "  " + Sanitizer.clean($0) }).joined(separator: "\n")
  }
}

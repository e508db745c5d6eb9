import RecoveryModel

/// Where a sandbox is and what runs.
struct SandboxReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var sandbox: SandboxControl.State

  init(state: SandboxControl.State) { sandbox = state }

  func text(_ style: TextStyle) -> String {
    var lines = [
      "sandbox \(Sanitizer.clean(sandbox.directory)): \(sandbox.running ? "up" : "down")"
    ]
    let rows = sandbox.servers.map { server in
      [
        "  " + Sanitizer.clean(server.name), server.running ? "running" : "stopped",
        server.pid.map { "process \($0)" }
          ?? server.supersededBy.map { "stays off: \(Sanitizer.clean($0)) took its place" } ?? "",
      ]
    }
    if !rows.isEmpty { lines.append(TextLayout.table(rows)) }
    lines += sandbox.copies.map { "  copy    \(Sanitizer.clean($0)): stays" }
    if let configuration = sandbox.configuration, sandbox.running {
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

import Foundation
import TestSupport

/// What the console costs whoever runs it over SSH.
struct ConsoleFigures {
  let subject: Subject

  func measure() throws -> [Figure] { [try firstFrame()] + (try atRest()) + [try keyLatency()] }

  /// From the start of the process until every panel shows what its source said.
  private func firstFrame() throws -> Figure {
    var ours: [Double] = []
    for _ in 0..<15 {
      let start = EmulatedTerminal.now
      let terminal = try subject.console()
      guard terminal.wait(limit: 5, until: { isFull($0.text) }) else { continue }
      ours.append((EmulatedTerminal.now - start) * 1000)
      terminal.send("q")
      _ = terminal.waitForExit(limit: 2)
    }
    var peers: [Double] = []
    for _ in 0..<7 {
      let start = EmulatedTerminal.now
      guard let terminal = try subject.peer(),
        terminal.wait(for: "RUNNING QUERIES", limit: 10)
      else { continue }
      peers.append((EmulatedTerminal.now - start) * 1000)
      terminal.send("q")
      _ = terminal.waitForExit(limit: 2)
    }
    let series = Series(ours)
    return Figure(
      name: "first full frame", goal: "<= 60 ms", ours: series.text("ms"),
      peer: "pg_activity " + Series(peers).text("ms"), met: series.median <= 60)
  }

  /// The gap is only known once instances, archive and catalog have answered.
  private func isFull(_ text: String) -> Bool { text.contains("NOT RECOVERABLE") }

  private func atRest() throws -> [Figure] {
    let ours = try rest(try subject.console(), ready: "NOT RECOVERABLE")
    let peer = try subject.peer().flatMap { try rest($0, ready: "RUNNING QUERIES") }
    let peers = (bytes: peer?.bytes ?? [], cpu: peer?.cpu ?? [], memory: peer?.memory ?? [])
    let bytes = Series(ours?.bytes ?? [])
    let cpu = Series(ours?.cpu ?? [])
    let memory = Series(ours?.memory ?? [])
    return [
      Figure(
        name: "bytes/s to the terminal, nothing changing", goal: "<= 100",
        ours: bytes.text("B/s"), peer: "pg_activity " + Series(peers.bytes).text("B/s"),
        met: bytes.median <= 100),
      Figure(
        name: "CPU at rest, 1 s interval", goal: "<= 0.2 %", ours: cpu.text("%"),
        peer: "pg_activity " + Series(peers.cpu).text("%"), met: cpu.median <= 0.2,
        note: "children (pgbackrest info, repo-ls) included; ticks are 10 ms"),
      Figure(
        name: "resident memory", goal: "<= 22 MiB", ours: memory.text("MiB"),
        peer: "pg_activity " + Series(peers.memory).text("MiB"), met: memory.median <= 22),
    ]
  }

  /// Three stretches of 20 s each, after 5 s to settle.
  private func rest(
    _ terminal: EmulatedTerminal, ready: String
  ) throws
    -> (bytes: [Double], cpu: [Double], memory: [Double])?
  {
    guard terminal.wait(for: ready, limit: 10) else { return nil }
    terminal.drain(quiet: 5, limit: 5)
    var bytes: [Double] = []
    var cpu: [Double] = []
    var memory: [Double] = []
    for _ in 0..<3 {
      guard let before = ProcessUsage(pid: terminal.pid) else { return nil }
      let written = terminal.bytesWritten
      let start = EmulatedTerminal.now
      while EmulatedTerminal.now - start < 20 { terminal.read(timeout: 0.5) }
      let seconds = EmulatedTerminal.now - start
      guard let after = ProcessUsage(pid: terminal.pid) else { return nil }
      bytes.append(Double(terminal.bytesWritten - written) / seconds)
      cpu.append((after.cpuSeconds - before.cpuSeconds) / seconds * 100)
      memory.append(after.residentBytes / 1_048_576)
    }
    terminal.send("q")
    _ = terminal.waitForExit(limit: 3)
    return (bytes, cpu, memory)
  }

  /// Every server frozen (SIGSTOP), every pgBackRest call hanging; Tab moves the focus, so something must be drawn.
  private func keyLatency() throws -> Figure {
    let hung = subject.directory + "/hung.yaml"
    let tool = subject.directory + "/hang"
    try "#!/bin/sh\nexec sleep 3600\n".write(toFile: tool, atomically: true, encoding: .utf8)
    chmod(tool, 0o755)
    let text = try String(contentsOfFile: subject.configuration, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard let key = line.range(of: "executable:") else { return String(line) }
      return line[..<key.upperBound] + " " + tool
    }
    try lines.joined(separator: "\n").write(toFile: hung, atomically: true, encoding: .utf8)
    let terminal = try subject.console(configuration: hung)
    guard terminal.wait(for: "primary", limit: 5) else {
      return Figure(name: "key to repaint", goal: "", ours: "no screen", peer: "", met: false)
    }
    let servers = try Command.run("/usr/bin/pgrep", ["-f", subject.directory]).output
      .split(separator: "\n").compactMap { Int32($0) }
      .filter { $0 != terminal.pid && $0 != getpid() }
    for pid in servers { kill(pid, SIGSTOP) }
    defer { for pid in servers { kill(pid, SIGCONT) } }
    terminal.drain(quiet: 3, limit: 3)
    var latencies: [Double] = []
    for _ in 0..<300 {
      terminal.drain(quiet: 0.002, limit: 0.1)
      let start = EmulatedTerminal.now
      terminal.send("\t")
      if terminal.read(timeout: 1) > 0 { latencies.append((EmulatedTerminal.now - start) * 1000) }
    }
    terminal.send("q")
    let series = Series(latencies)
    return Figure(
      name: "key to repaint, 99th percentile, all sources hung", goal: "<= 10 ms",
      ours: String(format: "%.1f ms (median %.1f)", series.percentile(0.99), series.median),
      peer: "-", met: latencies.count == 300 && series.percentile(0.99) <= 10,
      note: "\(latencies.count) of 300 keys answered")
  }
}

import Foundation
import TestSupport
import Testing

@testable import Sandbox

/// A console that runs a real drill and loses its terminal's patience: output stands still after a stop key, as over an
/// SSH connection that froze, and then it is told to end.
@Suite(.serialized, .enabled(if: SandboxSupport.canRun, SandboxSupport.skipReason))
struct HangupTests {
  /// Seconds that stopped output may cost on top of what the clean-up takes on this machine.
  private static let margin = 5.0

  @Test("a running drill is cleaned up though nothing more can be written", arguments: [15, 1])
  func stoppedOutput(signal: Int32) throws {
    let sandbox = try LiveSandbox(rate: 0)
    #expect(try sandbox.run("backup", SandboxLayout.cluster).status == 0)
    try Self.neverEndingTest(sandbox)
    let usual = try Self.end(sandbox, signal: signal, stopsOutput: false)
    let stopped = try Self.end(sandbox, signal: signal, stopsOutput: true)
    #expect(stopped < usual + Self.margin, "\(stopped) s, usually \(usual) s")
    let drills = try sandbox.run("drills", "--json").output
    #expect(drills.components(separatedBy: "\"cancelled\"").count == 3, "\(drills)")
  }

  /// A smoke test that goes on until somebody ends it.
  private static func neverEndingTest(_ sandbox: LiveSandbox) throws {
    let text = try String(contentsOfFile: sandbox.configuration, encoding: .utf8)
    let slow = text.replacing(
      "sql: SELECT count(*) FROM user_entity", with: "sql: SELECT pg_sleep(600)")
    #expect(slow != text)
    try slow.write(toFile: sandbox.configuration, atomically: true, encoding: .utf8)
  }

  /// Seconds from the signal to the end, with nothing left behind.
  private static func end(
    _ sandbox: LiveSandbox, signal: Int32, stopsOutput: Bool
  ) throws -> Double {
    let terminal = try EmulatedTerminal(
      Binary.pgvigil, ["--config", sandbox.configuration],
      environment: [
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC",
        "HOME": sandbox.directory, "XDG_STATE_HOME": sandbox.directory + "-state",
      ], columns: 132, rows: 60)
    let modes = terminal.modes
    // A plan that does not fit cannot be agreed to, and before the catalog is known there is none.
    try #require(terminal.wait(for: "LIKELY"))
    terminal.send("v")
    try #require(terminal.wait(for: "throw-away"), "\(terminal.screen.text)")
    let place = sandbox.directory + "/drills"
    func copies() -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    }
    // A yes counts once the plan has stood there for a moment.
    try sandbox.eventually("the drill tests its copy") {
      terminal.send("y")
      terminal.read(timeout: 0.2)
      // An earlier drill's end has the same words: the copy tells that there is one now.
      return terminal.screen.text.contains("smoke testing") && !copies().isEmpty
    }
    if stopsOutput {
      terminal.send("\u{13}")
      while terminal.read(timeout: 0.5) > 0 {}
    }
    let begun = EmulatedTerminal.now
    terminal.signal(signal)
    #expect(terminal.waitForExit() == 128 + signal)
    let seconds = EmulatedTerminal.now - begun
    #expect(copies().isEmpty)
    #expect(terminal.modes == modes)
    let left = try Command.run("/usr/bin/pgrep", ["-f", place])
    #expect(left.output.isEmpty, "\(left.output)")
    return seconds
  }
}

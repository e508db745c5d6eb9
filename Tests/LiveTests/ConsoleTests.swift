import Foundation
import TestSupport
import Testing

/// The real program on a real pseudo terminal. Its cluster's servers do not exist: the terminal is what is tested.
@Suite("Console on a terminal")
struct ConsoleTests {
  private static let panels = [
    "Instances", "Archive", "Base backups", "Recovery window", "Verification", "Projected RTO",
  ]

  @Test func firstScreenShowsVerdictAndAllSixPanels() throws {
    let console = try Console()
    for panel in Self.panels { #expect(console.terminal.wait(for: panel), "\(panel)") }
    #expect(console.terminal.wait(for: "No primary can be reached"))
    #expect(!console.terminal.screen.text.contains("PROVEN"))
    #expect(console.terminal.screen.usesAlternateScreen)
  }

  @Test func quittingRestoresTheTerminal() throws {
    let console = try Console()
    let before = console.terminal.modes
    #expect(console.terminal.wait(for: "Instances"))
    #expect(console.terminal.modes != before)
    console.terminal.send("q")
    #expect(console.terminal.waitForExit() == 0)
    #expect(console.terminal.modes == before)
    #expect(!console.terminal.screen.usesAlternateScreen)
    #expect(console.terminal.screen.cursorIsVisible)
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
  func aSignalLeavesASaneTerminal(signal: Int32) throws {
    let console = try Console()
    let before = console.terminal.modes
    #expect(console.terminal.wait(for: "Instances"))
    console.terminal.signal(signal)
    #expect(console.terminal.waitForExit() == 128 + signal)
    #expect(console.terminal.modes == before)
    #expect(!console.terminal.screen.usesAlternateScreen)
    #expect(console.terminal.screen.cursorIsVisible)
  }

  @Test(arguments: [SIGSEGV, SIGABRT, SIGBUS])
  func aCrashLeavesASaneTerminal(signal: Int32) throws {
    let console = try Console(environment: ["SWIFT_BACKTRACE": "enable=no"])
    let before = console.terminal.modes
    #expect(console.terminal.wait(for: "Instances"))
    console.terminal.signal(signal)
    #expect(console.terminal.waitForExit() == 128 + signal)
    #expect(console.terminal.modes == before)
    #expect(!console.terminal.screen.usesAlternateScreen)
    #expect(console.terminal.screen.cursorIsVisible)
  }

  @Test func aHundredResizesEndInTheRightPicture() throws {
    let console = try Console()
    #expect(console.terminal.wait(for: "Instances"))
    for step in 0..<100 {
      console.terminal.resize(columns: 60 + step % 90, rows: 20 + step % 40)
      console.terminal.read(timeout: 0.01)
    }
    console.terminal.resize(columns: 100, rows: 30)
    console.terminal.drain(quiet: 0.5, limit: 5)
    for panel in Self.panels { #expect(console.terminal.wait(for: panel), "\(panel)") }
    #expect(
      console.terminal.wait { $0.lines.last { !$0.isEmpty }?.contains("help") == true })
    console.terminal.send("q")
    #expect(console.terminal.waitForExit() == 0)
  }

  @Test(arguments: [(1, 1), (10, 3), (500, 200), (80, 24)])
  func anySizeIsSurvived(columns: Int, rows: Int) throws {
    let console = try Console(columns: columns, rows: rows)
    console.terminal.drain(quiet: 0.5, limit: 3)
    console.terminal.resize(columns: 80, rows: 24)
    #expect(console.terminal.wait(for: "Instances"))
    console.terminal.send("q")
    #expect(console.terminal.waitForExit() == 0)
  }

  @Test(arguments: ["linux", "screen", "tmux-256color", "xterm", "xterm-256color", "vt100"])
  func everyTerminalTypeShowsTheScreen(term: String) throws {
    let console = try Console(environment: ["TERM": term])
    for panel in Self.panels { #expect(console.terminal.wait(for: panel), "\(term): \(panel)") }
  }

  @Test func aCLocaleGetsASCIIOnly() throws {
    let console = try Console(environment: ["LC_ALL": "C", "LANG": "C"])
    #expect(console.terminal.wait(for: "Projected RTO"))
    console.terminal.drain(quiet: 0.3, limit: 2)
    #expect(console.terminal.history.allSatisfy { $0 < 0x80 })
  }

  @Test func noColorSendsNoColour() throws {
    let console = try Console(environment: ["NO_COLOR": "1"])
    #expect(console.terminal.wait(for: "Projected RTO"))
    console.terminal.drain(quiet: 0.3, limit: 2)
    let text = String(decoding: console.terminal.history, as: UTF8.self)
    // SGR with a colour: 30-37, 40-47, 90-107 or 38/48;5.
    let colour = try Regex("\u{1B}\\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;[0-9;]*)?m")
    #expect(text.firstMatch(of: colour) == nil)
  }

  @Test func aDumbTerminalIsPointedToStatus() throws {
    let console = try Console(environment: ["TERM": "dumb"])
    #expect(console.terminal.waitForExit() == 3)
    #expect(String(decoding: console.terminal.history, as: UTF8.self).contains("pgvigil status"))
  }

  @Test func aPipeIsPointedToStatus() throws {
    let result = try Command.run(Binary.pgvigil, ["--config", try Console.configuration()])
    #expect(result.status == 3)
    #expect(result.error.contains("pgvigil status"))
    #expect(result.output.isEmpty)
  }

  @Test func nothingChangingMeansNextToNothingWritten() throws {
    let console = try Console()
    #expect(console.terminal.wait(for: "Projected RTO"))
    console.terminal.drain(quiet: 1.5, limit: 10)
    let before = console.terminal.bytesWritten
    let end = EmulatedTerminal.now + 5
    while EmulatedTerminal.now < end { console.terminal.read(timeout: 0.5) }
    // Far below a repaint (an 80x24 screen is about 4 kB): only ages may tick.
    #expect(console.terminal.bytesWritten - before < 1500)
  }
}

/// A console whose configuration names servers that are not there.
private final class Console {
  let terminal: EmulatedTerminal

  init(columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]) throws {
    let base = [
      "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC",
      "HOME": NSTemporaryDirectory(), "XDG_STATE_HOME": try Self.directory() + "/state",
    ]
    terminal = try EmulatedTerminal(
      Binary.pgvigil, ["--config", try Self.configuration()],
      environment: base.merging(environment) { $1 }, columns: columns, rows: rows)
  }

  static func directory() throws -> String {
    let path = NSTemporaryDirectory() + "/pgvigil-console-\(getpid())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  static func configuration() throws -> String {
    let path = try directory() + "/config.yaml"
    let text = """
      clusters:
        - name: nowhere
          engine: pgbackrest
          stanza: nowhere
          config: /nonexistent/pgbackrest.conf
          instances:
            - name: primary
              conninfo: host=/nonexistent port=5432 dbname=postgres

      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import ConsoleRuntime

/// The real thing on a real terminal: a probe process behind a pseudo-terminal.
@BlockingTests @Suite(.serialized) struct TerminalTests {
  private static let leavesScreen = "\u{1B}[?1049l"
  private static let showsCursor = "\u{1B}[?25h"

  private struct Session {
    let terminal: PseudoTerminal
    let modes: [UInt32]
  }

  private func probe(
    _ arguments: [String] = [], term: String = "xterm-256color",
    environment: [String: String] = [:], columns: Int = 80, rows: Int = 24
  ) throws -> Session {
    let terminal = try PseudoTerminal(columns: columns, rows: rows)
    let modes = terminal.modes()
    var variables = ["TERM": term, "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"]
    variables.merge(environment) { $1 }
    try terminal.launch(try Self.program(), arguments: arguments, environment: variables)
    return Session(terminal: terminal, modes: modes)
  }

  /// The probe stands beside the test bundle.
  private static func program() throws -> String {
    let path = try #require(realpath("/proc/self/exe", nil))
    free(path)
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/") + "/TerminalProbe"
  }

  /// Draws everything once more, and waits until it holds the text.
  private func redraw(_ terminal: PseudoTerminal, expecting text: String) throws {
    terminal.clear()
    terminal.type("r")
    try terminal.wait(for: text)
  }

  @Test func drawsAndQuits() throws {
    let session = try probe()
    try session.terminal.wait(for: "probe 80x24")
    #expect(session.terminal.modes() != session.modes)
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
    #expect(session.terminal.modes() == session.modes)
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(output.contains(Self.leavesScreen) && output.contains(Self.showsCursor))
  }

  @Test func writesNothingWhileNothingChanges() throws {
    let session = try probe()
    // The last cell of the first picture.
    try session.terminal.wait(for: "┘")
    session.terminal.clear()
    session.terminal.watch(seconds: 2.2)
    // Where the cursor rests may still have been on its way; a picture is hundreds of bytes.
    #expect(session.terminal.output.count < 40)
  }

  @Test func aClockCostsAFewBytesASecond() throws {
    let session = try probe(["--clock"])
    try session.terminal.wait(for: "┘")
    session.terminal.clear()
    let begin = PseudoTerminal.now()
    try session.terminal.wait { $0.count > 60 }
    // A second's tick is a digit or two and the way there.
    #expect(Double(session.terminal.output.count) <= 60 * (PseudoTerminal.now() - begin + 2))
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT])
  func endsCleanlyOn(signal: Int32) throws {
    let session = try probe()
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.kill(signal)
    #expect(try session.terminal.waitForEnd() == .exited(128 + signal))
    #expect(session.terminal.modes() == session.modes)
  }

  @Test(arguments: [
    ("S", SIGSEGV), ("N", SIGSEGV), ("A", SIGABRT), ("T", SIGILL), ("X", 0),
  ])
  func leavesTheTerminalSaneAfterACrash(key: String, signal: Int32) throws {
    let session = try probe()
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.clear()
    session.terminal.type(key)
    let ending = try session.terminal.waitForEnd()
    #expect(ending == (signal == 0 ? .exited(3) : .killed(signal)))
    #expect(session.terminal.modes() == session.modes)
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(output.contains(Self.leavesScreen) && output.contains(Self.showsCursor))
  }

  @Test func keepsStandardErrorOffTheScreen() throws {
    let log = "/tmp/pgvigil-terminal-test-\(getpid()).log"
    defer { unlink(log) }
    let session = try probe(environment: ["PROBE_LOG": log])
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.type("E")
    try redraw(session.terminal, expecting: "keys 2")
    session.terminal.type("A")
    _ = try session.terminal.waitForEnd()
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(!output.contains("complaint"))
    #expect(output.contains("crashed; what it said before is in \(log)"))
    var status = stat()
    #expect(stat(log, &status) == 0 && status.st_size > 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func survivesAHundredResizes() throws {
    let session = try probe()
    try session.terminal.wait(for: "probe 80x24")
    for step in 0..<100 { session.terminal.resize(columns: 20 + step, rows: 1 + step % 50) }
    session.terminal.resize(columns: 100, rows: 30)
    try session.terminal.wait(for: "probe 100x30")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
  }

  @Test(arguments: [(1, 1), (2, 2), (500, 200), (3, 40), (65535, 65535), (1000, 500)])
  func takesAnySize(columns: Int, rows: Int) throws {
    let session = try probe(columns: columns, rows: rows)
    try session.terminal.wait(for: columns > 1 ? "┐" : "─")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
  }

  @Test func endsWhenTheTerminalIsLost() throws {
    let session = try probe()
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.hangUp()
    #expect(try session.terminal.waitForEnd() == .exited(128 + SIGHUP))
  }

  @Test func aSecondHangupDoesNotEndTheCleanUp() throws {
    let session = try probe(["--hangup"])
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.kill(SIGHUP)
    #expect(try session.terminal.waitForEnd() == .exited(128 + SIGHUP))
  }

  @Test func redrawsEverythingAfterASuspension() throws {
    let session = try probe()
    try session.terminal.wait(for: "disabled")
    session.terminal.clear()
    // The probe leads a session, so nobody could continue it and the kernel does not stop it.
    session.terminal.type("z")
    try session.terminal.wait(for: "resumes 1")
    try session.terminal.wait(for: "disabled")
  }

  @Test func pastedTextNeverActsAsCommands() throws {
    let session = try probe()
    try session.terminal.wait(for: "disabled")
    session.terminal.type("\u{1B}[200~qqqqX\u{1B}[201~")
    try redraw(session.terminal, expecting: "keys 1 ")
    session.terminal.type("i\u{1B}[200~pasted qX\u{1B}[201~\n")
    try redraw(session.terminal, expecting: "typed: pasted qX")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
  }

  @Test func everyBuiltInDescriptionIsOne() throws {
    for entry in BuiltInTerminals.entries {
      let bytes = try #require(Data(base64Encoded: entry.compiled))
      // The magic numbers of 16-bit and 32-bit entries (term(5)).
      #expect([[0x1A, 0x01], [0x1E, 0x02]].contains(bytes.prefix(2).map(Int.init)))
      #expect(String(decoding: bytes.dropFirst(12), as: UTF8.self).hasPrefix(entry.name))
      #expect(BuiltInTerminals.entry(for: entry.name)?.name == entry.name)
    }
    for term in ["xterm", "tmux-256color", "vt220", "linux-16color"] {
      #expect(BuiltInTerminals.entry(for: term) != nil)
    }
    #expect(BuiltInTerminals.entry(for: "foot") == nil)
  }

  @Test func aPasteThatHaltsOnItsWayIsStillAPaste() throws {
    let session = try probe()
    try session.terminal.wait(for: "disabled")
    session.terminal.type("\u{1B}[200~qq")
    // Longer than the loop ever sleeps, so that it finds nothing to read.
    session.terminal.watch(seconds: 1.2)
    session.terminal.type("qqqq\u{1B}[201~")
    try redraw(session.terminal, expecting: "keys 1 ")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
  }

  @Test(arguments: ["screen", "screen-256color", "linux", "tmux-256color"])
  func pastesAreMarkedWhateverTheDescriptionSays(term: String) throws {
    let session = try probe(term: term)
    try session.terminal.wait(for: "disabled")
    #expect(String(decoding: session.terminal.output, as: UTF8.self).contains("\u{1B}[?2004h"))
    session.terminal.type("\u{1B}[200~qqqqX\u{1B}[201~")
    try redraw(session.terminal, expecting: "keys 1 ")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
    #expect(String(decoding: session.terminal.output, as: UTF8.self).contains("\u{1B}[?2004l"))
  }

  @Test(arguments: [
    ("\u{1B}OA", "last up"), ("\u{1B}[6~", "last pageDown"), ("\u{1B}OP", "last function(1)"),
    ("é", "last character(\"é\")"), ("\u{12}", "last control(\"r\")"), ("\t", "last tab"),
    ("\u{1B}[Z", "last backTab"), ("\r", "last enter"), ("\u{7F}", "last backspace"),
    ("\u{1B}", "last escape"), ("\u{1B}[3~", "last delete"),
  ])
  func knowsKeys(bytes: String, shown: String) throws {
    let session = try probe()
    try session.terminal.wait(for: "disabled")
    session.terminal.type(bytes)
    // A resize to another size draws everything.
    session.terminal.watch(seconds: 0.2)
    session.terminal.resize(columns: 81, rows: 24)
    try session.terminal.wait(for: shown)
  }

  @Test func aCLocaleGetsOnlyASCII() throws {
    let session = try probe(environment: ["LC_ALL": "C"])
    try session.terminal.wait(for: "disabled")
    #expect(session.terminal.output.allSatisfy { $0 < 0x80 })
  }

  @Test(arguments: ["linux", "screen", "tmux-256color", "xterm", "vt100", "xterm-256color"])
  func drawsOnEveryKindOfTerminal(term: String) throws {
    let session = try probe(term: term)
    try session.terminal.wait(for: "disabled")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
    #expect(session.terminal.modes() == session.modes)
  }

  @Test func noColorMeansNone() throws {
    let session = try probe(environment: ["NO_COLOR": "1"])
    try session.terminal.wait(for: "disabled")
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(!output.contains("[38;5;") && !output.contains("[31m"))
  }

  @Test(arguments: [
    "dumb", "", "../../etc/passwd", "/etc/passwd", "xterm/..", ".", "-x", "xterm 256color",
    "xterm\u{1B}[31m", String(repeating: "x", count: 300),
  ])
  func refusesWhatIsNoTerminalInOneLine(term: String) throws {
    let session = try probe(term: term)
    #expect(try session.terminal.waitForEnd() == .exited(3))
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(output.contains("pgvigil status") && output.contains("TERM=xterm-256color pgvigil"))
    #expect(!output.contains("\u{1B}"))
    #expect(output.split(separator: "\r\n").count == 1 && output.count < 200)
    #expect(session.terminal.modes() == session.modes)
  }

  @Test(arguments: [
    "xterm-ghostty", "xterm-kitty", "alacritty", "foot", "foot-extra", "wezterm", "contour",
    "unknown", "no-such-terminal", "st-256color",
  ])
  func drawsOnTerminalsThatThisHostHasNeverHeardOf(term: String) throws {
    // Where somebody has taught this host about it, that is taken.
    let session = try probe(
      term: term,
      environment: ["TERMINFO": "/nonexistent", "TERMINFO_DIRS": "/nonexistent", "HOME": "/"])
    try session.terminal.wait(for: "┘")
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    let isKnown = FileManager.default.fileExists(
      atPath: "/usr/share/terminfo/\(term.prefix(1))/\(term)")
    if !isKnown || term == "unknown" { #expect(output.contains("stand-in xterm-256color")) }
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
    #expect(session.terminal.modes() == session.modes)
  }

  @Test(arguments: ["vt52", "vt100", "vt220", "ansi", "cons25"])
  func terminalsFromBeforeUnicodeGetASCIIAndTheColoursThatTheyHave(term: String) throws {
    let session = try probe(term: term)
    try session.terminal.wait(for: "disabled")
    session.terminal.type("q")
    #expect(try session.terminal.waitForEnd() == .exited(0))
    let output = String(decoding: session.terminal.output, as: UTF8.self)
    #expect(session.terminal.output.allSatisfy { $0 < 0x80 })
    #expect(!output.contains("[?1049h"))
    if term.hasPrefix("vt") {
      #expect(output.firstMatch(of: /\[([0-9]+;)*[34][0-7](;[0-9]+)*m/) == nil)
    }
  }

  @Test(arguments: [("24", "80"), ("200", "500"), ("0", "x")])
  func theTerminalsOwnSizeBeatsTheEnvironments(lines: String, columns: String) throws {
    let session = try probe(
      environment: ["LINES": lines, "COLUMNS": columns], columns: 100, rows: 30)
    try session.terminal.wait(for: "probe 100x30")
    session.terminal.resize(columns: 120, rows: 40)
    try session.terminal.wait(for: "probe 120x40")
  }

  @Test(arguments: [
    (0, 0, "", "", "probe 80x24"), (0, 0, "30", "100", "probe 100x30"),
    (90, 0, "", "", "probe 90x24"), (0, 30, "0", "-4", "probe 80x30"),
  ])
  func aTerminalThatDoesNotKnowItsSizeIsTakenForAnUsualOneUntilItDoes(
    columns: Int, rows: Int, lines: String, width: String, shown: String
  ) throws {
    let session = try probe(
      environment: ["LINES": lines, "COLUMNS": width], columns: columns, rows: rows)
    try session.terminal.wait(for: shown)
    session.terminal.resize(columns: 132, rows: 25)
    try session.terminal.wait(for: "probe 132x25")
  }

  @Test(arguments: [SIGTERM, SIGHUP])
  func endsThoughNobodyReadsWhatItDraws(signal: Int32) throws {
    let session = try probe(["--flood"])
    try session.terminal.wait(for: "probe 80x24")
    // The line freezes; soon no more fits in.
    usleep(500_000)
    session.terminal.kill(signal)
    #expect(try session.terminal.waitForEnd(reading: false) == .exited(128 + signal))
    #expect(session.terminal.modes() == session.modes)
  }

  @Test(arguments: [SIGTERM, SIGHUP])
  func endsAndSetsTheTerminalRightAfterAStopKey(signal: Int32) throws {
    let session = try probe(["--flood"])
    try session.terminal.wait(for: "probe 80x24")
    session.terminal.type("\u{13}")
    while session.terminal.read(until: PseudoTerminal.now() + 0.5) {}
    session.terminal.kill(signal)
    #expect(try session.terminal.waitForEnd() == .exited(128 + signal))
    #expect(session.terminal.modes() == session.modes)
    #expect(
      String(decoding: session.terminal.output, as: UTF8.self).contains(Self.leavesScreen))
  }

  @Test func theRealConsoleCancelsWhatItStartedBeforeItEnds() throws {
    var template = Array("/tmp/pgvigil-console-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let terminal = try EmulatedTerminal(
      try Self.program(), [],
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PROBE_CONSOLE": folder])
    let modes = terminal.modes
    #expect(terminal.wait(for: "auth-db"))
    terminal.send("b")
    #expect(terminal.wait(for: "endless backup"))
    // A yes counts once the plan has stood there for a moment. Then comes the engine's first step: no panel and no plan
    // holds its words, and from then on there is something to cancel.
    while !terminal.screen.text.contains("resting for ever") {
      terminal.send("y")
      terminal.read(timeout: 0.1)
    }
    terminal.signal(SIGTERM)
    #expect(terminal.waitForExit() == 128 + SIGTERM)
    let output = String(decoding: terminal.history, as: UTF8.self)
    #expect(output.contains("cancelling what runs on auth-db"))
    #expect(terminal.modes != modes || output.contains(Self.leavesScreen))
  }
}

import Glibc

/// A real program on a real pseudo terminal, with an emulator that reads the screen for us.
///
/// Not for sharing between tasks. The program is killed when this is released.
package final class EmulatedTerminal {
  public private(set) var screen: TerminalEmulator
  /// Bytes the program has written so far.
  public private(set) var bytesWritten = 0
  package let pid: Int32
  private let terminal: PseudoTerminal

  /// Starts `executable` with the terminal as its controlling terminal and all three standard streams.
  package init(
    _ executable: String, _ arguments: [String], environment: [String: String], columns: Int = 80,
    rows: Int = 24
  ) throws {
    screen = TerminalEmulator(columns: columns, rows: rows)
    terminal = try PseudoTerminal(columns: columns, rows: rows)
    try terminal.launch(executable, arguments: arguments, environment: environment)
    pid = terminal.child
  }

  /// What was read, raw: what the program left on the terminal.
  package var history: [UInt8] { terminal.output }
  /// The terminal's modes, to compare before and after.
  package var modes: [UInt32] { terminal.modes() }

  package func send(_ text: String) { terminal.type(text) }
  package func signal(_ number: Int32) { terminal.kill(number) }

  package func resize(columns: Int, rows: Int) {
    screen.resize(columns: columns, rows: rows)
    terminal.resize(columns: columns, rows: rows)
  }

  /// Empties the emulator's screen, so that what shows next is new.
  package func forget() {
    screen = TerminalEmulator(columns: screen.columns, rows: screen.rows)
  }

  /// Reads what has been written until nothing came for `quiet` seconds or `limit` seconds are over.
  package func drain(quiet: Double = 0.05, limit: Double = 5) {
    let end = Self.now + limit
    while Self.now < end, read(timeout: min(quiet, end - Self.now)) > 0 {}
  }

  /// Waits until `condition` holds of the screen; false when `limit` seconds passed before.
  package func wait(limit: Double = 120, until condition: (TerminalEmulator) -> Bool) -> Bool {
    let end = Self.now + limit
    while !condition(screen) {
      guard Self.now < end else { return false }
      read(timeout: min(end - Self.now, 0.2))
    }
    return true
  }

  package func wait(for text: String, limit: Double = 120) -> Bool {
    wait(limit: limit) { $0.text.contains(text) }
  }

  /// Bytes read within `timeout` seconds; 0 = none came.
  @discardableResult
  package func read(timeout: Double) -> Int {
    let seen = terminal.output.count
    _ = terminal.read(until: Self.now + timeout)
    return take(from: seen)
  }

  /// Waits for the program's end; 128 + signal when a signal ended it, nil when it did not end in time.
  package func waitForExit(limit: Double = 120) -> Int32? {
    let seen = terminal.output.count
    defer { _ = take(from: seen) }
    switch try? terminal.waitForEnd(seconds: limit) {
    case .exited(let status): return status
    case .killed(let signal): return 128 + signal
    case nil: return nil
    }
  }

  package static var now: Double { PseudoTerminal.now() }

  /// Feeds the emulator what came after the first `seen` bytes.
  private func take(from seen: Int) -> Int {
    let count = terminal.output.count - seen
    bytesWritten += count
    screen.feed(terminal.output.dropFirst(seen))
    return count
  }
}

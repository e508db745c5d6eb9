import CNcurses
import Glibc

/// Columns and rows of a terminal, within what can be drawn.
struct TerminalSize: Equatable {
  let columns: Int32
  let rows: Int32

  /// Beyond these nobody could read it, and a picture would take seconds.
  private static let largest = (columns: 1200, rows: 600)

  init(columns: Int, rows: Int) {
    self.columns = Int32(min(max(1, columns), Self.largest.columns))
    self.rows = Int32(min(max(1, rows), Self.largest.rows))
  }

  init(_ size: (columns: Int, rows: Int)) { self.init(columns: size.columns, rows: size.rows) }

  /// What LINES and COLUMNS say, else 24 by 80: for a terminal that does not know its size yet, as a fresh
  /// `kubectl exec -it`.
  static var fromEnvironment: TerminalSize {
    func number(_ name: String, else usual: Int) -> Int {
      Environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? usual
    }
    return TerminalSize(columns: number("COLUMNS", else: 80), rows: number("LINES", else: 24))
  }

  /// What the terminal itself says; each of the two that it does not know (0) as in `known`.
  static func asked(of terminal: Int32, else known: TerminalSize) -> TerminalSize {
    guard let (columns, rows) = told(by: terminal) else { return known }
    return TerminalSize(
      columns: columns > 0 ? columns : Int(known.columns), rows: rows > 0 ? rows : Int(known.rows))
  }

  private static func told(by terminal: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Runs `body`, which opens curses. That asks the terminal, and not LINES and COLUMNS, which are what some shell once
  /// thought; only where the terminal is too large to be drawn it is told this size instead.
  func imposed<Value>(on terminal: Int32, _ body: () -> Value) -> Value {
    let told = Self.told(by: terminal) ?? (0, 0)
    let isTooLarge = told.columns > Int(columns) || told.rows > Int(rows)
    use_env(isTooLarge)
    use_tioctl(!isTooLarge)
    guard isTooLarge else { return body() }
    return Environment.with(["LINES": "\(rows)", "COLUMNS": "\(columns)"], body)
  }
}

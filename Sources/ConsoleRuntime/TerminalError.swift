/// Why there can be no screen.
package enum TerminalError: Error, Sendable, Equatable, CustomStringConvertible {
  case notATerminal
  /// TERM as it is set; empty = not set.
  case unusable(term: String)
  case noDescriptors

  package var description: String {
    switch self {
    case .notATerminal:
      "the console needs a terminal on its input and output; "
        + "for scripts and pipes use `pgvigil status`"
    case .unusable(let term):
      (term.isEmpty
        ? "TERM is not set" : "TERM is `\(Self.shown(term))`, which cannot place a cursor")
        + "; try `TERM=xterm-256color pgvigil`, or use `pgvigil status`"
    case .noDescriptors:
      "no file descriptors are left for the console's signals; raise `ulimit -n`"
    }
  }

  /// On one line, whatever it holds.
  private static func shown(_ term: String) -> String {
    let printable = term.unicodeScalars.map {
      (0x20..<0x7F).contains($0.value) ? Character($0) : "?"
    }
    return printable.count > 40 ? String(printable.prefix(37)) + "..." : String(printable)
  }
}

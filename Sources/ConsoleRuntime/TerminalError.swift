/// Why there can be no screen.
public enum TerminalError: Error, Sendable, Equatable, CustomStringConvertible {
  case notATerminal
  /// TERM as it is set; empty = not set.
  case unusable(term: String)
  case noDescriptors

  public var description: String {
    switch self {
    case .notATerminal:
      "the console needs a terminal on its input and output; "
        + "for scripts and pipes use `pgvigil status`"
    case .unusable(let term):
      "TERM is `\(term)`, a terminal that cannot place its cursor or is not known here; "
        + "set TERM, or use `pgvigil status`"
    case .noDescriptors:
      "no file descriptors are left for the console's signals; raise `ulimit -n`"
    }
  }
}

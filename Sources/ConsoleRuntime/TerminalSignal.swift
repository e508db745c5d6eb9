import CTerminal
import Glibc

/// What the outside asks of a program that owns a terminal.
enum TerminalSignal: Equatable {
  /// End, with this status (128 + the signal's number, as shells count).
  case end(status: Int32)
  case resized
  case stop
  case continued

  init?(number: Int32) {
    switch number {
    case SIGTERM, SIGHUP, SIGINT, SIGQUIT: self = .end(status: 128 + number)
    case SIGWINCH: self = .resized
    case SIGTSTP: self = .stop
    case SIGCONT: self = .continued
    default: return nil
    }
  }

  /// Everything that has arrived at the guard's descriptor.
  static func drain(_ descriptor: Int32) -> [TerminalSignal] {
    var signals: [TerminalSignal] = []
    var bytes = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return signals }
      signals += bytes.prefix(count).compactMap { TerminalSignal(number: Int32($0)) }
    }
  }
}

import CNcurses
import ConsoleUI
import Glibc

/// What the user's hands did.
enum TerminalInput: Equatable {
  case key(Key)
  case click(x: Int, y: Int)
}

/// Turns the terminal's bytes into keys, without ever waiting for more than an escape sequence's rest.
final class KeyDecoder {
  /// While true, pasted text arrives as typed; else it is dropped: it must never act as commands.
  var acceptsPaste = false
  private let pad: UnsafeMutablePointer<WINDOW>
  private let pasteSilence: Duration
  private var isPasting = false
  private var filter = EscapeFilter()
  /// When the last code came.
  private var lastCode = ContinuousClock.now

  /// Milliseconds after which a lone escape is the Esc key; long enough for a sequence over SSH, which travels
  /// in one packet.
  private static let escapeDelay: Int32 = 25
  /// Keys per call: a flood leaves room for drawing in between.
  private static let batch = 512

  private static let pasteBegins: Int32 = 1001
  private static let pasteEnds: Int32 = 1002

  /// nil = out of memory. Reads through a pad, because reading from a window may also draw it.
  ///
  /// `pasteSilence`: how long a paste may halt on its way, as over a slow line, before its end counts as lost.
  init?(mouse: Bool, pasteSilence: Duration) {
    guard let pad = newpad(1, 1) else { return nil }
    self.pad = pad
    self.pasteSilence = pasteSilence
    keypad(pad, true)
    nodelay(pad, true)
    set_escdelay(Self.escapeDelay)
    define_key("\u{1B}[200~", Self.pasteBegins)
    define_key("\u{1B}[201~", Self.pasteEnds)
    if mouse {
      mousemask(mmask_t(NCURSES_FIRST_BUTTON_CLICKED | NCURSES_FIRST_BUTTON_PRESSED), nil)
    }
  }

  deinit { delwin(pad) }

  /// What one reading gave.
  struct Reading {
    var inputs: [TerminalInput] = []
    /// How many codes the terminal sent for them, also those that mean nothing here.
    var codes = 0
    /// Curses may hold more that no poll would announce: the batch was full, or a paste begins, for which
    /// the keys before it must have had their effect.
    var mayHaveMore = false
  }

  /// What has been typed so far, at most a batch.
  func read() -> Reading {
    var reading = Reading()
    var code: wint_t = 0
    while !reading.mayHaveMore {
      let kind = wget_wch(pad, &code)
      guard kind != ERR else { break }
      lastCode = .now
      reading.codes += 1
      reading.mayHaveMore =
        reading.codes >= Self.batch || kind == KEY_CODE_YES && code == Self.pasteBegins
      if kind == KEY_CODE_YES {
        let special = Int32(bitPattern: code)
        let isWithAlt = filter.holdsEscape && isKey(special)
        let before = filter.forget()
        guard !isWithAlt else { continue }
        before.forEach { take(typed($0), into: &reading) }
        take(self.special(special), into: &reading)
      } else {
        filter.take(code, at: lastCode).forEach { take(typed($0), into: &reading) }
      }
    }
    if !reading.mayHaveMore { filter.pause().forEach { take(typed($0), into: &reading) } }
    return reading
  }

  private func take(_ input: TerminalInput?, into reading: inout Reading) {
    guard let input else { return }
    if isPasting {
      guard acceptsPaste, case .key(.character) = input else { return }
    }
    reading.inputs.append(input)
  }

  /// Nothing came for a while: a paste whose end was lost must not swallow what is typed next.
  func forgetPaste() {
    if isPasting, .now - lastCode >= pasteSilence { isPasting = false }
  }

  private func typed(_ code: wint_t) -> TerminalInput? {
    switch code {
    case 9: return .key(.tab)
    case 10, 13: return .key(.enter)
    case 27: return .key(.escape)
    case 8, 127: return .key(.backspace)
    case 1...26:
      return Unicode.Scalar(code + 96).map { .key(.control(Character($0))) }
    case 0..<32, 128..<160: return nil
    default: return Unicode.Scalar(code).map { .key(.character(Character($0))) }
    }
  }

  /// Neither a paste nor the mouse.
  private func isKey(_ code: Int32) -> Bool {
    Self.keys[code] != nil || (KEY_F0 + 1...KEY_F0 + 24).contains(code)
  }

  private func special(_ code: Int32) -> TerminalInput? {
    switch code {
    case Self.pasteBegins: isPasting = true
    case Self.pasteEnds: isPasting = false
    case KEY_MOUSE:
      var event = MEVENT()
      guard getmouse(&event) == OK else { return nil }
      return .click(x: Int(event.x), y: Int(event.y))
    case KEY_F0 + 1...KEY_F0 + 24: return .key(.function(Int(code - KEY_F0)))
    default: return Self.keys[code].map { .key($0) }
    }
    return nil
  }

  private static let keys: [Int32: Key] = [
    KEY_UP: .up, KEY_DOWN: .down, KEY_LEFT: .left, KEY_RIGHT: .right,
    KEY_PPAGE: .pageUp, KEY_NPAGE: .pageDown, KEY_HOME: .home, KEY_END: .end,
    KEY_FIND: .home, KEY_SELECT: .end, KEY_ENTER: .enter, KEY_BTAB: .backTab,
    KEY_BACKSPACE: .backspace, KEY_DC: .delete,
  ]
}

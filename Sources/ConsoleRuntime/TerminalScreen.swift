import CNcurses
import CTerminal
import Glibc
import TextScreen

/// The terminal as curses knows it: takes whole frames and writes what changed.
///
/// Belongs to one thread. `close` must be called before the process goes on without the screen.
package final class TerminalScreen {
  package let depth: ColorDepth
  package let glyphs: GlyphSet
  package let description: TerminalDescription
  /// The theme in use; a new one is drawn in full.
  package var theme: Theme {
    didSet { if theme != oldValue { forgetColors() } }
  }

  let window: UnsafeMutablePointer<WINDOW>
  private let screen: OpaquePointer
  private let output: Int32
  private var shown: Frame?
  private var encoder: GlyphEncoder
  private var looks: [Role: Look] = [:]
  private var pairs: [ColorPair: Int32] = [:]
  private var isOpen = true
  private let bracketedPaste: (on: String, off: String)?

  private struct ColorPair: Hashable {
    var foreground: Int32
    var background: Int32
  }

  private struct Look {
    var attributes: UInt32
    var pair: Int32
  }

  /// Takes the terminal on the two streams. Colours: as many as it has, none when NO_COLOR is set.
  init(
    _ description: TerminalDescription, input: UnsafeMutablePointer<FILE>,
    output: UnsafeMutablePointer<FILE>, theme: Theme, ascii: Bool = false
  ) throws(TerminalError) {
    let encoding = TextEncoding.fromEnvironment(description)
    let size = TerminalSize.asked(of: fileno(output), else: .fromEnvironment)
    let screen = size.imposed(on: fileno(output)) {
      description.inPlace { newterm(description.name, output, input) }
    }
    guard let screen else { throw .unusable(term: description.term) }
    guard let window = ncurses_screen() else {
      endwin()
      delscreen(screen)
      throw .unusable(term: description.term)
    }
    self.description = description
    self.screen = screen
    self.window = window
    self.output = fileno(output)
    self.theme = theme
    encoder = GlyphEncoder(encoding: encoding)
    glyphs = encoding.glyphs(term: description.term, ascii: ascii)
    depth = Self.startColors()
    bracketedPaste = Self.pasteMarks()
    cbreak()
    noecho()
    nonl()
    leaveok(window, false)
    scrollok(window, false)
    // A frame goes out whole: that a key waits is no reason to leave half of it.
    typeahead(-1)
    curs_set(0)
    setPasteMarks(true)
    if size != TerminalSize(self.size) { resizeterm(size.rows, size.columns) }
  }

  /// Columns and rows as curses knows them.
  package var size: (columns: Int, rows: Int) { (Int(getmaxx(window)), Int(getmaxy(window))) }

  /// Writes what differs from the last frame; nothing at all when nothing does. Returns the frame that is not shown
  /// any more, to be drawn into again.
  package func show(_ frame: consuming Frame) -> Frame? {
    guard isOpen, frame != shown else { return frame }
    for run in FrameDifference.runs(from: shown, to: frame, encode: { encoder.bytes(for: $0) }) {
      write(run)
    }
    place(frame.cursor)
    let before = shown
    shown = frame
    wnoutrefresh(window)
    update()
    return before
  }

  /// curses writes after each movement of the cursor; what it writes of one frame goes out at once.
  private func update() {
    let terminal = terminal_guard_terminal()
    let isHeld = terminal >= 0 && terminal_hold_output(output)
    doupdate()
    if isHeld { terminal_release_output(output, terminal) }
  }

  /// Hands a text to the terminal's clipboard (OSC 52). Whether it takes it, no terminal says.
  package func copy(_ text: String) {
    guard isOpen else { return }
    let bytes = Array(ClipboardSequence.bytes(for: text))
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { Glibc.write(output, $0 + offset, buffer.count - offset) } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      offset += count
    }
  }

  /// The next frame is written in full: somebody else has written on the terminal.
  package func forget() {
    shown = nil
    clearok(window, true)
  }

  /// Asks the terminal for its size; what it does not say stays as it was.
  package func adoptTerminalSize() {
    let present = TerminalSize(size)
    let size = TerminalSize.asked(of: output, else: present)
    guard size != present else { return }
    resizeterm(size.rows, size.columns)
    forget()
  }

  /// Gives the terminal back for a while; `resume` takes it again.
  package func suspend() {
    setPasteMarks(false)
    curs_set(1)
    endwin()
  }

  package func resume() {
    reset_prog_mode()
    curs_set(0)
    setPasteMarks(true)
    adoptTerminalSize()
    forget()
  }

  /// Gives the terminal back for good.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    setPasteMarks(false)
    endwin()
    // Without a screen to go back to, what follows would stand in the last row of ours.
    if Self.capability("rmcup") == nil { _ = Glibc.write(output, "\r\n", 2) }
    delscreen(screen)
  }

  // MARK: Drawing

  private func write(_ run: FrameRun) {
    let look = look(of: run.role)
    // Reverse video would turn a block into a hole.
    let isBlocks = run.text.unicodeScalars.allSatisfy { (0x2580...0x259F).contains($0.value) }
    let attributes = isBlocks ? look.attributes & ~NCURSES_REVERSE : look.attributes
    var text = run.text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else { return }
        _ = ncurses_put(
          window, Int32(run.y), Int32(run.x), base, Int32(characters.count), attributes, look.pair)
      }
    }
  }

  private func place(_ cursor: (x: Int, y: Int)?) {
    let wasVisible = shown?.cursor != nil
    if let cursor, cursor.x < size.columns, cursor.y < size.rows {
      wmove(window, Int32(cursor.y), Int32(cursor.x))
      if !wasVisible { curs_set(1) }
    } else {
      wmove(window, 0, 0)
      if wasVisible { curs_set(0) }
    }
  }

  /// Many descriptions lack it (screen, linux, rxvt) although the terminal, or the tmux that it is, has it; one that
  /// does not know the mode passes over it (ECMA-48). Without it a paste would act as keys.
  private static func pasteMarks() -> (on: String, off: String)? {
    if let on = capability("BE"), let off = capability("BD") { return (on, off) }
    guard capability("cup")?.hasPrefix("\u{1B}[") == true else { return nil }
    return ("\u{1B}[?2004h", "\u{1B}[?2004l")
  }

  private func setPasteMarks(_ on: Bool) {
    guard let bracketedPaste else { return }
    let text = on ? bracketedPaste.on : bracketedPaste.off
    _ = text.withCString { Glibc.write(output, $0, strlen($0)) }
  }

  // MARK: Colours

  private static func startColors() -> ColorDepth {
    guard Environment["NO_COLOR"] == nil, has_colors(), start_color() == OK else {
      return .monochrome
    }
    use_default_colors()
    return ColorDepth(colors: Int(ncurses_colors()))
  }

  private func forgetColors() {
    looks = [:]
    pairs = [:]
    if depth != .monochrome { reset_color_pairs() }
    forget()
  }

  private func look(of role: Role) -> Look {
    if let look = looks[role] { return look }
    let style = theme.style(for: role, depth: depth)
    var attributes: UInt32 = 0
    if style.attributes.contains(.bold) { attributes |= NCURSES_BOLD }
    if style.attributes.contains(.dim) { attributes |= NCURSES_DIM }
    if style.attributes.contains(.reverse) { attributes |= NCURSES_REVERSE }
    if style.attributes.contains(.underline) { attributes |= NCURSES_UNDERLINE }
    let look = Look(attributes: attributes, pair: pair(for: style))
    looks[role] = look
    return look
  }

  /// 0, the terminal's own colours, when the pairs are used up.
  private func pair(for style: Style) -> Int32 {
    func number(_ color: Color?) -> Int32 {
      if case .palette(let index) = color { Int32(index) } else { -1 }
    }
    let wanted = ColorPair(
      foreground: number(style.foreground), background: number(style.background))
    guard depth != .monochrome, wanted != ColorPair(foreground: -1, background: -1) else {
      return 0
    }
    if let pair = pairs[wanted] { return pair }
    let pair = Int32(pairs.count + 1)
    guard pair < ncurses_color_pairs(),
      init_extended_pair(pair, wanted.foreground, wanted.background) == OK
    else { return 0 }
    pairs[wanted] = pair
    return pair
  }

  private static func capability(_ name: String) -> String? {
    ncurses_capability(name).map { String(cString: $0) }
  }
}

import CTerminal
import ConsoleUI
import FoundationEssentials
import Glibc
import TextScreen

/// The screen's one thread: waits for keys, messages, signals and the next second; then updates and draws once.
///
/// It knows nothing of what is shown: `handle` changes the state, `render` draws it, `perform` acts.
package final class UILoop {
  package struct Program {
    package var handle: (Message) -> [Effect]
    /// Draws into a blank frame of the terminal's size.
    package var render: (inout Frame) -> Void
    /// Carries out what the loop does not do itself; must not block.
    package var perform: (Effect) -> Void
    package var now: () -> Date

    package init(
      handle: @escaping (Message) -> [Effect], render: @escaping (inout Frame) -> Void,
      perform: @escaping (Effect) -> Void, now: @escaping () -> Date = { Date() }
    ) {
      self.handle = handle
      self.render = render
      self.perform = perform
      self.now = now
    }
  }

  private let screen: TerminalScreen
  private let keys: KeyDecoder
  private let mailbox: Mailbox
  private let input: Int32
  private let signals: Int32
  private let program: Program
  /// Set when the loop should end.
  private var status: Int32?
  private var lastTick = Int64.min
  private var emptyReads = 0
  private var mayHaveKeys = false
  private var spare: Frame?

  /// A descriptor that is always readable and never gives a byte is at its end.
  private static let emptyReadLimit = 16

  /// `input` is the terminal's descriptor, `signals` the guard's; nil = out of memory.
  package init?(
    screen: TerminalScreen, mailbox: Mailbox, input: Int32, signals: Int32, mouse: Bool,
    pasteSilence: Duration, program: Program
  ) {
    guard let keys = KeyDecoder(mouse: mouse, pasteSilence: pasteSilence) else { return nil }
    self.screen = screen
    self.keys = keys
    self.mailbox = mailbox
    self.input = input
    self.signals = signals
    self.program = program
  }

  /// Runs until a quit effect, an ending signal or the terminal's loss; returns the exit status.
  package func run() -> Int32 {
    announceSize()
    while true {
      tick()
      if let status { return status }
      draw()
      wait()
      if let status { return status }
    }
  }

  // MARK: Waiting

  private func wait() {
    var sources = [input, mailbox.descriptor, signals].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let limit = mayHaveKeys ? 0 : millisecondsToNextSecond()
    let ready = poll(&sources, nfds_t(sources.count), limit)
    if ready == 0, !mayHaveKeys { keys.forgetPaste() }
    guard ready > 0 || mayHaveKeys else { return }
    if sources[2].revents != 0 {
      for signal in TerminalSignal.drain(signals) { obey(signal) }
    }
    // What happens now happens now, and not at the last full second.
    send(.ticked(program.now()))
    if sources[1].revents != 0 {
      for message in mailbox.drain() { send(message) }
    }
    if sources[0].revents != 0 || mayHaveKeys { readKeys(sources[0].revents) }
  }

  /// To the clock's next full second, so that the clock on the screen is right; at least 1.
  private func millisecondsToNextSecond() -> Int32 {
    let seconds = program.now().timeIntervalSince1970
    let rest = (1 - (seconds - seconds.rounded(.down))) * 1000
    return Int32(rest.rounded(.up)).clamped(to: 1...1000)
  }

  /// One tick per second of the clock; a clock set back ticks as well.
  private func tick() {
    let now = program.now()
    let second = Int64(now.timeIntervalSince1970.rounded(.down))
    guard second != lastTick else { return }
    lastTick = second
    send(.ticked(now))
  }

  // MARK: Input

  private func readKeys(_ events: Int16) {
    guard events & Int16(POLLHUP | POLLERR | POLLNVAL) == 0 else {
      status = status ?? 128 + SIGHUP
      return
    }
    let reading = keys.read()
    mayHaveKeys = reading.mayHaveMore
    emptyReads = reading.codes == 0 ? emptyReads + 1 : 0
    if emptyReads > Self.emptyReadLimit { status = status ?? 128 + SIGHUP }
    for input in reading.inputs {
      guard status == nil else { return }
      switch input {
      case .key(let key): send(.keyPressed(key))
      case .click(let x, let y): send(.mouseClicked(x: x, y: y))
      }
    }
  }

  private func obey(_ signal: TerminalSignal) {
    switch signal {
    case .end(let status): self.status = self.status ?? status
    case .resized:
      screen.adoptTerminalSize()
      announceSize()
    case .stop: stop(wholeGroup: false)
    case .continued: takeScreenAgain()
    }
  }

  // MARK: State

  private func send(_ message: Message) {
    for effect in program.handle(message) { carryOut(effect) }
  }

  private func carryOut(_ effect: Effect) {
    switch effect {
    case .quit: status = status ?? 0
    case .redraw: screen.forget()
    case .copy(let text): screen.copy(text)
    case .suspend: stop(wholeGroup: true)
    default: program.perform(effect)
    }
  }

  private func announceSize() {
    let size = screen.size
    send(.resized(columns: size.columns, rows: size.rows))
  }

  private func draw() {
    var frame = blankFrame()
    program.render(&frame)
    keys.acceptsPaste = frame.cursor != nil
    spare = screen.show(frame)
    send(.frameShown(at: program.now()))
  }

  /// In the memory of the one before the last, where it has the terminal's size: a new one each second costs more than
  /// what is drawn into it.
  private func blankFrame() -> Frame {
    let size = screen.size
    guard var frame = spare, frame.width == size.columns, frame.height == size.rows else {
      return Frame(width: size.columns, height: size.rows)
    }
    spare = nil
    frame.clear()
    return frame
  }

  // MARK: Suspension

  private func stop(wholeGroup: Bool) {
    screen.suspend()
    terminal_guard_stop(wholeGroup)
    takeScreenAgain()
    // The one that continued us has been obeyed already.
    for signal in TerminalSignal.drain(signals) where signal != .continued { obey(signal) }
  }

  private func takeScreenAgain() {
    screen.resume()
    announceSize()
    send(.resumed)
  }
}

extension Int32 {
  fileprivate func clamped(to range: ClosedRange<Int32>) -> Int32 {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}

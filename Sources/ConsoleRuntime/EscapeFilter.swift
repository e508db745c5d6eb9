/// Takes escape sequences whole out of what was typed: curses hands over those that it does not know byte by byte, and
/// their letters would act as keys. Also where they come in pieces, over a slow line.
///
/// ECMA-48: CSI takes parameters and intermediates up to a final byte, SS3 one byte, control strings all up to ST or BEL.
struct EscapeFilter {
  typealias Code = UInt32

  private enum State: Equatable {
    case typed
    /// An escape came, and what follows is not known yet.
    case escape
    /// It went for the Esc key, since nothing followed then.
    case loneEscape
    /// Within CSI; `isEmpty` = nothing between it and its final byte so far.
    case sequence(isEmpty: Bool)
    case shift
    /// So many more codes, whatever they are.
    case more(Int)
    case string
    case stringEscape
  }

  private var state = State.typed
  /// When the last code came.
  private var last: ContinuousClock.Instant?

  /// How long a sequence may halt on its way before what comes next counts as typed.
  static let silence = Duration.seconds(1)
  /// The same for a halt between the escape and what makes it a sequence: within that nobody types both.
  static let split = Duration.milliseconds(200)

  private static let escape: Code = 0x1B, bell: Code = 0x07
  /// CAN and SUB break a sequence off.
  private static let breaks: Set<Code> = [0x18, 0x1A]
  private static let csi: Code = 0x9B, ss3: Code = 0x8F
  /// DCS, SOS, OSC, PM, APC as one code; behind an escape each is 0x40 less.
  private static let strings: Set<Code> = [0x90, 0x98, 0x9D, 0x9E, 0x9F]

  /// What of it was typed, with an escape that was held back.
  mutating func take(_ code: Code, at now: ContinuousClock.Instant) -> [Code] {
    expire(at: now)
    last = now
    switch state {
    case .typed: return begin(code)
    case .escape:
      if introduce(code) { return [] }
      // Both at once are no Esc key and its letter, but the letter with Alt: no key of ours.
      return isIntroducer(code) ? [Self.escape] + restart(code) : end()
    case .loneEscape: return introduce(code, isLate: true) ? [] : restart(code)
    case .sequence(let isEmpty): return proceed(code, isEmpty: isEmpty)
    case .shift:
      // Old terminals put a modifier's digit before the letter.
      if (0x30...0x3B).contains(code) { return [] }
      return isControl(code) ? restart(code) : end()
    case .more(let count):
      state = count > 1 ? .more(count - 1) : .typed
      return []
    case .string:
      if code == Self.escape { state = .stringEscape }
      if code == Self.bell || code == 0x9C || Self.breaks.contains(code) { state = .typed }
      return []
    case .stringEscape:
      if code == 0x5C { return end() }
      state = .escape
      return take(code, at: now)
    }
  }

  /// An escape came and nothing behind it yet: a key that comes now comes with Alt.
  var holdsEscape: Bool { state == .escape }

  /// Nothing follows for now: an escape that nothing followed was the Esc key.
  mutating func pause() -> [Code] {
    guard state == .escape else { return [] }
    state = .loneEscape
    return [Self.escape]
  }

  /// Curses has made a key of what came: no sequence is open any more.
  mutating func forget() -> [Code] {
    defer { state = .typed }
    return pause()
  }

  private mutating func expire(at now: ContinuousClock.Instant) {
    guard let last else { return }
    let limit = state == .loneEscape ? Self.split : Self.silence
    if state != .escape, now - last >= limit { state = .typed }
  }

  private mutating func begin(_ code: Code) -> [Code] {
    switch code {
    case Self.escape: state = .escape
    case Self.csi: state = .sequence(isEmpty: true)
    case Self.ss3: state = .shift
    case _ where Self.strings.contains(code): state = .string
    default: return [code]
    }
    return []
  }

  /// What comes behind an escape makes it a sequence. A control string's letter is a shifted one, which somebody may
  /// type: late it counts as that.
  private mutating func introduce(_ code: Code, isLate: Bool = false) -> Bool {
    switch code {
    case 0x5B: state = .sequence(isEmpty: true)
    case 0x4F: state = .shift
    case _ where !isLate && Self.strings.contains(code + 0x40): state = .string
    default: return false
    }
    return true
  }

  private mutating func proceed(_ code: Code, isEmpty: Bool) -> [Code] {
    switch code {
    case 0x20...0x3F:
      state = .sequence(isEmpty: false)
      return []
    // The console of Linux has function keys of its own, old mice three bytes behind theirs.
    case 0x5B where isEmpty: state = .more(1)
    case 0x4D where isEmpty: state = .more(3)
    case 0x40...0x7E: state = .typed
    case _ where Self.breaks.contains(code): state = .typed
    default: return restart(code)
    }
    return []
  }

  private func isIntroducer(_ code: Code) -> Bool {
    code == Self.escape || code == Self.csi || code == Self.ss3 || Self.strings.contains(code)
  }

  private mutating func restart(_ code: Code) -> [Code] {
    state = .typed
    return begin(code)
  }

  private mutating func end() -> [Code] {
    state = .typed
    return []
  }

  private func isControl(_ code: Code) -> Bool { code < 0x20 || code == 0x7F }
}

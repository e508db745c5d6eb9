import Testing

@testable import ConsoleRuntime

@Suite struct EscapeFilterTests {
  private static let escape = "\u{1B}"

  /// What acts as keys, of pieces that come `pause` after each other.
  private func typed(_ pieces: String..., pause: Duration = .milliseconds(300)) -> String {
    var filter = EscapeFilter()
    var now = ContinuousClock.now
    var result = ""
    func add(_ codes: [EscapeFilter.Code]) {
      for code in codes {
        let scalar = Unicode.Scalar(code).map(String.init) ?? "?"
        result += scalar == Self.escape ? "<Esc>" : scalar
      }
    }
    for piece in pieces {
      for scalar in piece.unicodeScalars { add(filter.take(scalar.value, at: now)) }
      add(filter.pause())
      now += pause
    }
    return result
  }

  @Test(arguments: [
    "\u{1B}[5;3b", "\u{1B}[1;5D", "\u{1B}[27;5;98~", "\u{1B}[98;5u", "\u{1B}[?1;2c",
    "\u{1B}[<0;10;20M", "\u{1B}[>0;276;0c", "\u{1B}[200;1 q", "\u{1B}[M !!", "\u{1B}[[A",
    "\u{1B}Ob", "\u{1B}O5P", "\u{1B}]11;rgb:bbbb/bbbb/bbbb\u{1B}\\", "\u{1B}]0;b\u{7}",
    "\u{1B}P>|xterm(388)b\u{1B}\\", "\u{1B}_Gb\u{1B}\\", "\u{9B}5;3b", "\u{8F}b", "\u{9D}b\u{9C}",
  ])
  func anUnknownSequenceIsNoKey(sequence: String) {
    #expect(typed(sequence) == "")
    #expect(typed("x" + sequence + "y") == "xy")
    #expect(typed(sequence + sequence + "j") == "j")
  }

  @Test func norInPieces() {
    #expect(typed("\u{1B}[5", ";3", "b", "v") == "v")
    #expect(typed("\u{1B}[", "5;3b", "v") == "v")
    #expect(typed("\u{1B}O", "b", "v") == "v")
    #expect(typed("\u{1B}]11;b", "b\u{1B}", "\\v") == "v")
    // Cut behind the escape: that one has gone for the Esc key, the rest is none.
    #expect(typed("\u{1B}", "[5;3b", "v", pause: .milliseconds(100)) == "<Esc>v")
    #expect(typed("\u{1B}", "[", "5;3b", "v", pause: .milliseconds(100)) == "<Esc>v")
  }

  @Test func whatIsTypedStays() {
    #expect(typed("\u{1B}") == "<Esc>")
    #expect(typed("\u{1B}", "b") == "<Esc>b")
    #expect(typed("\u{1B}\u{1B}") == "<Esc><Esc>")
    #expect(typed("\u{1B}\u{1B}[5;3b") == "<Esc>")
    #expect(typed("\u{1B}", "[", "x") == "<Esc>[x")
    #expect(typed("\u{1B}", "Pq", pause: .milliseconds(100)) == "<Esc>Pq")
    #expect(typed("[5;3b äЖ中\u{D}") == "[5;3b äЖ中\u{D}")
  }

  @Test(arguments: ["b", "y", "q", "\u{D}", "\u{7F}", "\u{9}", "ä", "P", "1", "\u{2}"])
  func aKeyWithAltIsNoKey(key: String) {
    // A control string's letter begins one, which ends by itself.
    let pause = Duration.seconds(1)
    #expect(typed("\u{1B}" + key, pause: pause) == "")
    #expect(typed("x", "\u{1B}" + key, "v", pause: pause) == "xv")
    #expect(typed("\u{1B}", key, pause: pause) == "<Esc>" + key)
  }

  @Test func aSequenceThatNeverEndsHoldsNobodyUp() {
    #expect(typed("\u{1B}[5;3", "b", pause: .seconds(1)) == "b")
    #expect(typed("\u{1B}]0;title", "b", pause: .seconds(1)) == "b")
    #expect(typed("\u{1B}[5\u{18}b") == "b")
    #expect(typed("\u{1B}[5\u{D}b") == "\u{D}b")
    #expect(typed("\u{1B}[5\u{1B}[5;3bj") == "j")
  }

  @Test func aKeyThatCursesKnowsEndsWhatWasOpen() {
    var filter = EscapeFilter()
    let now = ContinuousClock.now
    #expect(filter.take(0x1B, at: now) == [])
    #expect(filter.forget() == [0x1B])
    #expect(filter.take(0x62, at: now) == [0x62])
  }
}

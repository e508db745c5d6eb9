import Testing

@testable import RecoveryModel

struct SanitizerTests {
  @Test(
    "nothing from outside reaches the terminal as a command",
    arguments: [
      ("plain text", "plain text"),
      ("\u{1B}[31mred\u{1B}[0m", "red"),
      ("\u{1B}]0;title\u{07}after", "after"),
      ("\u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
      ("\u{1B}Pq#0\u{1B}\\sixel", "sixel"),
      ("\u{9B}2Jcleared", "cleared"),
      ("\u{9D}52;c;AAAA\u{9C}clip", "clip"),
      ("\u{1B}cunclosed", "unclosed"),
      ("dangling\u{1B}", "dangling"),
      ("dangling\u{1B}[38;5", "dangling"),
      ("bell\u{07}back\u{08}space\u{7F}", "bellbackspace"),
      ("nul\u{00}byte", "nulbyte"),
      ("two\nlines\r\nand\ttabs", "two lines and tabs"),
      ("  \n many   \t\n spaces  ", "many spaces"),
      ("line\u{2028}sep\u{2029}para\u{85}next", "line sep para next"),
      ("a\u{202E}evil\u{202C}b", "aevilb"),
      ("a\u{2066}iso\u{2069}b", "aisob"),
      ("zero\u{200B}wi\u{200D}dth\u{FEFF}", "zerowidth"),
      ("soft\u{AD}hyphen\u{180E}", "softhyphen"),
      ("tag\u{E0041}\u{E007F}", "tag"),
      ("hangul\u{3164}filler\u{115F}", "hangulfiller"),
      ("private\u{E000}use", "privateuse"),
      ("note\u{FFF9}mark\u{FFFB}", "notemark"),
      ("nb\u{A0}space", "nb space"),
      ("Zürich 東京 µ", "Zürich 東京 µ"),
      ("", ""),
    ])
  func cleaned(text: String, expected: String) {
    #expect(Sanitizer.clean(text) == expected)
  }

  @Test func combiningMarksAreBounded() {
    let piled = "a" + String(repeating: "\u{0301}", count: 50) + "b"
    let clean = Sanitizer.clean(piled)
    #expect(clean.unicodeScalars.filter { $0 == "\u{0301}" }.count == Sanitizer.maximumMarks)
    #expect(clean.unicodeScalars.last == "b")
    #expect(Sanitizer.clean("\u{0301}\u{0302}x") == "x")
  }

  @Test("length is bounded", arguments: [10, 3, 1, 0])
  func length(limit: Int) {
    let clean = Sanitizer.clean(String(repeating: "x", count: 10_000), limit: limit)
    #expect(clean.count <= max(3, limit))
    #expect(Sanitizer.clean("short", limit: 10) == "short")
    // A cut leaves whole words, where one ends near it.
    #expect(Sanitizer.clean("no connection was refused there", limit: 20) == "no connection was...")
    #expect(Sanitizer.clean("no connection refused", limit: 20) == "no connection...")
    #expect(Sanitizer.clean("exactly ten".prefix(10).description, limit: 10) == "exactly te")
  }

  @Test func aMegabyteOfMarksIsNotReadToItsEnd() {
    let hostile = String(repeating: "\u{0301}\u{200B}", count: 500_000)
    #expect(Sanitizer.clean(hostile) == "")
  }

  @Test func cleaningTwiceChangesNothing() {
    for text in ["\u{1B}\u{1B}[[31m", "a\u{1B}[\u{1B}[31mb", "x\u{9B}\u{9B}1my"] {
      let once = Sanitizer.clean(text)
      #expect(Sanitizer.clean(once) == once)
      #expect(once.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x9B })
    }
  }
}

struct SuggestionTests {
  static let keys = ["clusters", "engine", "stanza", "targets", "smoke_tests", "interval"]

  @Test(
    "did you mean",
    arguments: [
      ("cluster", "clusters"), ("stanzza", "stanza"), ("satnza", "stanza"), ("ENGINE", "engine"),
      ("smoke-tests", "smoke_tests"), ("intervall", "interval"), ("banana", nil), ("", nil),
      ("x", nil), ("stanza", "stanza"),
    ] as [(String, String?)])
  func nearest(name: String, expected: String?) {
    #expect(Suggestion.nearest(to: name, among: Self.keys) == expected)
  }

  @Test(
    "edits",
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1),
    ])
  func edits(left: String, right: String, count: Int) {
    #expect(Suggestion.edits(Array(left), Array(right)) == count)
  }

  @Test func ratherSilentThanSlow() {
    let long = String(repeating: "a", count: 100_000)
    #expect(Suggestion.nearest(to: long, among: Self.keys) == nil)
    #expect(Suggestion.nearest(to: "abc", among: [long]) == nil)
    #expect(Suggestion.nearest(to: "abc", among: []) == nil)
  }
}

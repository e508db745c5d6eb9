import Testing
import TextScreen

@testable import ConsoleRuntime

@Suite struct ThemeParserTests {
  private func parse(_ text: String) throws -> Theme {
    try ThemeParser.parse(text, name: "test", file: "test.yaml")
  }

  @Test func readsTheFlatForm() throws {
    let theme = try parse(
      """
      ---
      # a comment
      text: {fg: default, bg: 255}

      critical: { fg: bright-red , attributes: [bold, underline] }  # why
      dim: {}
      """)
    #expect(
      theme.styles == [
        .text: Style(foreground: .terminalDefault, background: .palette(255)),
        .critical: Style(foreground: .palette(9), attributes: [.bold, .underline]),
        .dim: Style(),
      ])
  }

  @Test(arguments: [
    ("text: {}\ncritcal: {fg: red}", 2, "`critcal` is no role; the nearest is `critical`"),
    (
      "text: {fg: grean}", 1,
      "`text.fg`: `grean` is no colour; expected `default`, 0 to 255 or a name as `green`"
    ),
    (
      "text: {bg: 256}", 1,
      "`text.bg`: `256` is no colour; expected `default`, 0 to 255 or a name as `red`"
    ),
    ("text: {gf: red}", 1, "`text.gf` is unknown; the nearest is `fg`"),
    (
      "text: {attributes: [blod]}", 1,
      "`text.attributes`: `blod` is no attribute; the nearest is `bold`"
    ),
    (
      "text: {attributes: bold}", 1,
      "`text.attributes`: expected a list as `[bold]`, found `bold`"
    ),
    ("text: {}\n\ntext: {}", 3, "`text` is set twice"),
    ("text: red", 1, "`text`: expected `{fg: …, bg: …, attributes: […]}`, found `red`"),
    ("text: {fg}", 1, "expected `key: value`, found `fg`"),
    ("nonsense", 1, "expected `key: value`, found `nonsense`"),
    (
      "text: {}\n  dim: {}", 2,
      "unexpected indentation: expected `role: {fg: …, bg: …, attributes: […]}`"
    ),
    ("dim: {}", 0, "`text` is missing: what all other roles fall back to"),
    ("", 0, "`text` is missing: what all other roles fall back to"),
  ])
  func namesWhatIsWrongAndWhere(text: String, line: Int, message: String) {
    #expect(throws: ThemeError(file: "test.yaml", line: line, message: message)) {
      try parse(text)
    }
  }

  @Test func anErrorReadsAsFileAndLine() {
    #expect("\(ThemeError(file: "a.yaml", line: 3, message: "m"))" == "a.yaml:3: m")
    #expect("\(ThemeError(file: "a.yaml", line: 0, message: "m"))" == "a.yaml: m")
  }
}

import Testing
import TextScreen

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

@Suite struct ThemeTests {
  @Test func missingRolesAndColoursLookLikeText() {
    let theme = Theme(
      name: "t",
      styles: [
        .text: Style(foreground: .palette(1), background: .palette(2)),
        .good: Style(foreground: .palette(3), attributes: .bold),
      ])
    #expect(theme.style(for: .dim) == Style(foreground: .palette(1), background: .palette(2)))
    #expect(
      theme.style(for: .good)
        == Style(foreground: .palette(3), background: .palette(2), attributes: .bold))
  }

  @Test(arguments: [
    (UInt8(203), 9, 1), (75, 14, 6), (77, 10, 2), (214, 11, 3), (240, 8, 0), (255, 15, 7),
    (16, 0, 0), (5, 5, 5), (12, 12, 4), (183, 13, 5), (80, 14, 6),
  ])
  func coloursKeepTheirHue(index: UInt8, sixteen: UInt8, eight: UInt8) {
    #expect(Color.palette(index).reduced(to: .palette) == .palette(index))
    #expect(Color.palette(index).reduced(to: .sixteen) == .palette(sixteen))
    #expect(Color.palette(index).reduced(to: .eight) == .palette(eight))
    #expect(Color.terminalDefault.reduced(to: .eight) == .terminalDefault)
  }

  @Test(arguments: [ColorDepth.palette, .sixteen, .eight, .monochrome], Role.allCases)
  func noRoleVanishesIntoItsBackground(depth: ColorDepth, role: Role) {
    let style = Theme.dark.style(for: role, depth: depth)
    #expect(
      style.foreground == .terminalDefault || style.foreground != style.background
        || depth == .monochrome)
    if depth == .monochrome { #expect(style.foreground == nil && style.background == nil) }
  }

  @Test func monochromeTellsStatesApart() {
    let looks = [Role.good, .warning, .critical, .unknown].map {
      Theme.dark.style(for: $0, depth: .monochrome)
    }
    #expect(Set(looks).count == looks.count)
    let selection = Theme.dark.style(for: .selection, depth: .monochrome)
    #expect(selection.attributes.contains(.reverse))
  }

  @Test(arguments: [
    (0, ColorDepth.monochrome), (8, .eight), (16, .sixteen), (88, .sixteen), (256, .palette),
    (1 << 24, .palette),
  ])
  func depthOfATerminal(colors: Int, depth: ColorDepth) {
    #expect(ColorDepth(colors: colors) == depth)
  }
}

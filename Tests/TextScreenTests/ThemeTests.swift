import Testing
import TextScreen

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

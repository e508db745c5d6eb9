import Testing

@testable import TextScreen

@Suite struct GlyphTests {
  @Test(arguments: ["a", " ", "é", "e\u{301}", "日", "─", "🇩🇪", "✔\u{FE0F}", ""])
  func whatGoesInComesOut(_ text: String) {
    let glyph = Glyph(text)
    #expect(glyph.text == text)
    #expect(glyph == Glyph(text))
    #expect(glyph.isContinuation == text.isEmpty)
    if let character = text.first { #expect(Glyph(character) == glyph) }
  }

  @Test func graphemesAreToldApart() {
    #expect(Glyph("e\u{301}") != Glyph("e\u{300}"))
    #expect(Glyph("e\u{301}\u{323}") != Glyph("e\u{301}"))
  }

  @Test func whatNoTerminalTakesIsLeftOut() {
    #expect(Glyph("a\u{300}\u{301}\u{302}\u{303}").text == "a\u{300}\u{301}\u{302}")
    #expect(Glyph("👩‍👩‍👧‍👦").text.unicodeScalars.first == "👩".unicodeScalars.first)
  }

  @Test func aCellIsPlainAndSmall() {
    #expect(MemoryLayout<Cell>.stride == 16)
    #expect(_isPOD(Cell.self))
  }
}

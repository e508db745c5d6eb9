import Testing
import TextScreen

@Suite struct StatusLineTests {
  private func line(_ left: [String], _ right: [String], width: Int) -> String {
    var frame = canvas(width, 1)
    StatusLine.draw(
      left: left.map { .init($0) }, right: right.map { .init($0, .key) }, in: frame.bounds,
      frame: &frame, glyphs: .unicode)
    return frame.lines[0]
  }

  @Test func bothEnds() {
    #expect(
      line(["auth-db", "PROVEN"], ["2 s", "09:41"], width: 30) == "auth-db PROVEN       2 s 09:41")
  }

  @Test func rightPiecesGiveWayFirstThenTheLeftIsCut() {
    #expect(line(["auth-db"], ["2 s", "09:41"], width: 13) == "auth-db 09:41")
    #expect(line(["auth-db"], ["2 s", "09:41"], width: 12) == "auth-db     ")
    #expect(line(["auth-db", "PROVEN"], ["x"], width: 10) == "auth-db P…")
    #expect(line(["日本語"], [], width: 4) == "日… ")
    #expect(line([], ["09:41"], width: 3) == "   ")
  }

  @Test func emptyPiecesTakeNoRoom() {
    #expect(line(["", "a", "", "b"], [""], width: 5) == "a b  ")
    #expect(StatusLine.length(of: [.init(""), .init("ab"), .init("c")]) == 4)
    #expect(StatusLine.length(of: []) == 0)
  }

  @Test func staysWithinItsRow() {
    var frame = canvas(8, 3)
    let rect = Rect(x: 2, y: 1, width: 3, height: 2)
    StatusLine.draw(
      left: [.init("longer")], right: [.init("right")], in: rect, frame: &frame, glyphs: .ascii)
    #expect(staysInside(Rect(x: 2, y: 1, width: 3, height: 1), frame))
  }
}

@Suite struct BigTextTests {
  @Test func fiveRowsOfPixels() {
    var frame = canvas(9, 5)
    let area = BigText.draw("it", role: .good, in: frame.bounds, frame: &frame, glyphs: .ascii)
    #expect(area == Rect(x: 2, y: 0, width: 5, height: 5))
    #expect(frame.lines[0] == "~~#~###~~")
    #expect(frame.lines[1] == "~~#~~#~~~")
    #expect(frame.roles[0] == "..g.ggg..")
  }

  @Test func growsWithTheRoom() {
    var frame = canvas(200, 30)
    let area = BigText.draw(
      "not recoverable", role: .critical, in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(area.width > 150 || area.height > 20)
  }

  @Test func theLongestVerdictFitsASmallScreen() {
    var frame = canvas(80, 5)
    let area = BigText.draw(
      "NOT RECOVERABLE", role: .critical, in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(area.height == 5 && area.width <= 80)
  }

  @Test func whereNoLetterFitsItIsText() {
    var frame = canvas(6, 1)
    BigText.draw("AT RISK", role: .warning, in: frame.bounds, frame: &frame, glyphs: .unicode)
    #expect(frame.lines == ["AT RI…"])
  }

  @Test("halves and quarters of cells make letters that whole cells have no room for")
  func smallLetters() {
    var frame = canvas(7, 3)
    BigText.draw("N1", role: .text, in: frame.bounds, frame: &frame, glyphs: .linuxConsole)
    #expect(frame.lines == ["█▄~█~▄█", "█~▀█~~█", "▀~~▀~~▀"])
    var small = canvas(4, 3)
    BigText.draw("N1", role: .text, in: small.bounds, frame: &small, glyphs: .unicode)
    #expect(small.lines == ["▙▐▗▌", "▌▜~▌", "▘▝~▘"])
    var plain = canvas(4, 3)
    BigText.draw("N1", role: .text, in: plain.bounds, frame: &plain, glyphs: .ascii)
    #expect(plain.lines == ["~~~~", "~N1~", "~~~~"])
  }

  @Test(
    "what a size measures is what it covers", arguments: [GlyphSet.unicode, .ascii, .linuxConsole])
  func extents(glyphs: GlyphSet) {
    for size in BigText.Size.all(glyphs) {
      for text in ["NOT RECOVERABLE", "9h!", "1h30m"] {
        guard let extent = BigWords(text).extent(at: size, width: 150) else { continue }
        var frame = canvas(150, 50)
        let area = BigText.draw(
          text, role: .text, size: size, in: frame.bounds, frame: &frame, glyphs: glyphs)
        #expect(area.width <= extent.columns + 2 && area.height >= extent.rows)
        let exact = Rect(x: 0, y: 0, width: 150, height: extent.rows)
        let covered = BigText.draw(
          text, role: .text, size: size, in: exact, frame: &frame, glyphs: glyphs)
        #expect(covered.width == extent.columns && covered.height == extent.rows)
      }
    }
  }

  @Test func everyLetterAndFigureHasItsOwnPicture() {
    var pictures: Set<[String]> = []
    let characters = "ABCDEFGHIJKLMNPQRSTUVWXYZ0123456789.:-/%!~<>+"
    for character in characters {
      var frame = canvas(5, 5)
      BigText.draw(
        String(character), role: .text, alignment: .left, in: frame.bounds, frame: &frame,
        glyphs: .ascii)
      pictures.insert(frame.lines)
    }
    #expect(pictures.count == characters.count)
  }

  @Test(arguments: 0..<12, 0..<8)
  func staysWithinAnyRectangle(width: Int, height: Int) {
    var frame = canvas(14, 10)
    let rect = Rect(x: 1, y: 1, width: width, height: height)
    BigText.draw("A B1 日", role: .good, in: rect, frame: &frame, glyphs: .unicode)
    #expect(staysInside(rect, frame))
  }
}

@Suite struct TruncationTests {
  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("ab", 0, ""),
    ("", 0, ""), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("abc", -1, ""),
  ])
  func cutsToColumns(text: String, columns: Int, expected: String) {
    #expect(text.truncated(toColumns: columns, ellipsis: "…") == expected)
  }
}

@Suite struct GlyphSetTests {
  @Test(arguments: [GlyphSet.unicode, .ascii, .linuxConsole])
  func everyGlyphIsOneColumn(glyphs: GlyphSet) {
    #expect(glyphs.bars.count == 9 && glyphs.levels.count == 8)
    for child in Mirror(reflecting: glyphs).children {
      for glyph in child.value as? [String] ?? [child.value as? String ?? ""] {
        #expect(GlyphWidth.columns(of: glyph) == 1, "\(child.label ?? "")")
      }
    }
  }

  @Test func theASCIITwinIsASCII() {
    for child in Mirror(reflecting: GlyphSet.ascii).children {
      for glyph in child.value as? [String] ?? [child.value as? String ?? ""] {
        #expect(glyph.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
      }
    }
  }
}

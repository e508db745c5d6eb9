import Testing
import TextScreen

@Suite struct WrapTests {
  @Test func linesCountColumnsAndNotCharacters() {
    #expect(Wrap.lines("日本 日本 ab", width: 7) == ["日本", "日本 ab"])
    #expect(Wrap.lines("日本語", width: 4) == ["日本", "語"])
    #expect(Wrap.lines("", width: 4) == [""])
  }

  @Test func aLongWordIsCutOrStandsAlone() {
    #expect(Wrap.lines("a bcdef g", width: 3) == ["a", "bcd", "ef", "g"])
    #expect(Wrap.lines("a bcdef g", width: 3, cutsWords: false) == ["a", "bcdef", "g"])
  }

  @Test func theFirstLineMayHaveLessRoom() {
    #expect(Wrap.lines("aa bb cc", width: 5, first: 2) == ["aa", "bb cc"])
  }
}

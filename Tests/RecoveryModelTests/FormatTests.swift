import Testing

@testable import RecoveryModel

struct FormatTests {
  @Test(
    "absurd figures are told for what they are",
    arguments: [1e300, -1e300, .infinity, .nan, 9.3e18] as [Double])
  func absurd(figure: Double) {
    #expect(Format.duration(figure) == "?")
    #expect(Format.age(figure) == "?")
    #expect(Format.rate(figure).hasSuffix("/s"))
    #expect(Format.percent(figure).hasSuffix(" %"))
  }

  @Test(arguments: [
    (0.0, "0s"), (12.2, "13s"), (60, "1m"), (61, "1m 10s"), (117, "2m"), (342, "5m 50s"),
    (595, "10m"), (601, "11m"), (3541, "1h 00m"),
    (3661, "1h 02m"), (86_401, "1d 1h"),
  ])
  func whatIsAtMostIsNeverToldTooShort(seconds: Double, words: String) {
    #expect(Format.atMost(seconds) == words)
  }

  @Test func plainFiguresStay() {
    #expect(Format.duration(7800) == "2h 10m" && Format.duration(-5) == "-5s")
    #expect(Format.age(200) == "3m" && Format.percent(0.38) == "38 %")
  }
}

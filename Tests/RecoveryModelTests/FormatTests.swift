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

  @Test func plainFiguresStay() {
    #expect(Format.duration(7800) == "2h 10m" && Format.duration(-5) == "-5s")
    #expect(Format.age(200) == "3m" && Format.percent(0.38) == "38 %")
  }
}

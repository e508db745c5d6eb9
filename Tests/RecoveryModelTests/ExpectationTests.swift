import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct ExpectationTests {
  @Test(
    "parsed, printed and parsed again",
    arguments: [
      (">= 1", RecoveryModel.Expectation.atLeast(1), ">= 1"),
      (">=1.5", .atLeast(1.5), ">= 1.5"),
      ("  >=   250000 ", .atLeast(250_000), ">= 250000"),
      ("equals 42", .equals("42"), "equals 42"),
      ("equals two  words", .equals("two  words"), "equals two  words"),
      ("within 5% of production", .withinOfProduction(percent: 5), "within 5% of production"),
      (
        "Within 0.5 % of production", .withinOfProduction(percent: 0.5), "within 0.5% of production"
      ),
      ("newer than 1h", .newerThan(seconds: 3600), "newer than 1h"),
      ("newer than 1h30m", .newerThan(seconds: 5400), "newer than 90m"),
      ("newer than 1w", .newerThan(seconds: 604_800), "newer than 7d"),
      ("newer than 90 s", .newerThan(seconds: 90), "newer than 90s"),
      ("newer than 1.5d", .newerThan(seconds: 129_600), "newer than 36h"),
    ])
  func roundTrip(text: String, expected: RecoveryModel.Expectation, printed: String) throws {
    let parsed = try RecoveryModel.Expectation(text: text)
    #expect(parsed == expected)
    #expect(parsed.description == printed)
    #expect(try RecoveryModel.Expectation(text: parsed.description) == expected)
  }

  @Test(
    "what is not an expectation says what would be",
    arguments: [
      "", "> 1", ">= many", ">= nan", ">= inf", ">= 0x10", "equals", "within 5%",
      "within x% of production", "within 100% of production", "within 1e3% of production",
      "within -1% of production", "newer than", "newer than 1",
      "newer than 0h", "newer than 1h30", "\u{1B}[31m",
    ])
  func misread(text: String) {
    let error = #expect(throws: RecoveryError.self) { try RecoveryModel.Expectation(text: text) }
    #expect(error?.code == .invalid)
    #expect(error?.remedy.contains(">= N") == true)
    #expect(error?.message.contains("\u{1B}") == false)
  }

  static func passed(
    _ expectation: RecoveryModel.Expectation, _ answer: String?, _ production: String? = nil
  ) -> Bool? {
    expectation.evaluate(
      answer: answer, production: production, referenceTime: Fixture.date
    ).passed
  }

  @Test(
    "at least and equals",
    arguments: [
      (RecoveryModel.Expectation.atLeast(1), "1", true), (.atLeast(1), "0", false),
      (.atLeast(1), "-3", false),
      (.atLeast(1), "1e3", true), (.atLeast(1), "NaN", false), (.atLeast(1), "Infinity", false),
      (.atLeast(1), "many", nil), (.atLeast(0), "\u{FF11}", nil), (.atLeast(1), "", false),
      (.atLeast(9_007_199_254_740_993), "9007199254740992", false),
      (.atLeast(9_007_199_254_740_993), "9007199254740993", true),
      (.equals("true"), "t", true), (.equals("TRUE"), "f", false), (.equals("false"), "f", true),
      (.equals("t"), "t", true), (.equals("true"), "true", true),
      (.equals("9007199254740993"), "9007199254740992", false),
      (.equals("9007199254740993"), "9007199254740993", true),
      (.equals("5"), "5.0", true), (.equals("5"), "6", false), (.equals("yes"), " yes ", true),
      (.equals("yes"), "Yes", false), (.equals("nan"), "nan", true),
    ] as [(RecoveryModel.Expectation, String, Bool?)])
  func plain(expectation: RecoveryModel.Expectation, answer: String, passed: Bool?) {
    #expect(Self.passed(expectation, answer) == passed)
  }

  @Test(
    "within production",
    arguments: [
      ("100", "100", true), ("95", "100", true), ("105", "100", true), ("94", "100", false),
      ("0", "0", true), ("1", "0", false), ("0", "100", false), ("nan", "100", false),
      ("-95", "-100", true), ("9007199254740993", "9007199254740992", true),
    ] as [(String, String, Bool)])
  func production(answer: String, production: String, passed: Bool) {
    #expect(Self.passed(.withinOfProduction(percent: 5), answer, production) == passed)
  }

  @Test("production's silence is no pass and no failure", arguments: [nil, "", "garbage", "NaN"])
  func silentProduction(production: String?) {
    let result = RecoveryModel.Expectation.withinOfProduction(percent: 5).evaluate(
      answer: "100", production: production, referenceTime: Fixture.date)
    #expect(result.passed == nil)
    #expect(!result.detail.isEmpty)
  }

  @Test(
    "a copy that does not answer has failed",
    arguments: [
      RecoveryModel.Expectation.atLeast(0), .equals(""), .withinOfProduction(percent: 99),
      .newerThan(seconds: 9),
    ])
  func silentCopy(expectation: RecoveryModel.Expectation) {
    #expect(Self.passed(expectation, nil, "1") == false)
    #expect(Self.passed(expectation, "  ", "1") == false)
  }

  @Test(
    "newer than",
    arguments: [
      ("2026-11-22 11:30:00+00", true), ("2026-11-22 10:59:59.5+00", false),
      ("2026-11-22T11:00:00Z", true), ("2026-11-22 13:30:00+02", true),
      ("2026-11-22 06:00:01.25-05:00", true), ("2026-11-22 11:30:00", true),
      ("2026-11-22 12:00:05+00", true), ("yesterday", nil), ("infinity", false),
      ("2026-13-22 11:30:00+00", nil), ("2026-11-22 11:30:00+0", nil),
      ("2026-11-22 11:30:00.+00", nil), ("2036-11-22 12:00:00+00", nil),
      ("2026-11-22", nil), ("2026-11-21", false), ("2026-11-23", nil),
    ] as [(String, Bool?)])
  func newer(answer: String, passed: Bool?) {
    #expect(Self.passed(.newerThan(seconds: 3600), answer) == passed)
  }

  @Test(
    "timestamps as PostgreSQL prints them",
    arguments: [
      ("1970-01-01 00:00:00+00", 0.0), ("2026-11-22 12:00:00+00", 1_795_348_800),
      ("2024-02-29 23:59:59.5+00", 1_709_251_199.5), ("2000-03-01 05:30:00+05:30", 951_868_800),
    ])
  func timestamps(text: String, seconds: Double) {
    #expect(TimestampText.parse(text) == Date(timeIntervalSince1970: seconds))
  }
}

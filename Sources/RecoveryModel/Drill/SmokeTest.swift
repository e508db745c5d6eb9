import FoundationEssentials

/// A question put to the restored copy, and the answer that would satisfy us.
package struct SmokeTest: Sendable, Equatable {
  package var name: String
  /// Database to connect to; nil = the cluster's own default.
  package var database: String?
  /// One read-only statement that yields one value.
  package var sql: String
  package var expectation: Expectation
  /// Statement timeout in seconds.
  package var timeout: Double

  package init(
    name: String, database: String? = nil, sql: String, expectation: Expectation,
    timeout: Double = 60
  ) {
    self.name = name
    self.database = database
    self.sql = sql
    self.expectation = expectation
    self.timeout = timeout
  }
}

/// What a smoke test's answer must be.
package enum Expectation: Sendable, Equatable {
  /// `>= 1`
  case atLeast(Decimal)
  /// `equals X`: compared as text, numbers as numbers.
  case equals(String)
  /// `within 5% of production`; the same statement is put to the primary.
  case withinOfProduction(percent: Double)
  /// `newer than 1h`: a timestamp no older than that before the recovery target's time; seconds.
  case newerThan(seconds: Double)
}

/// One smoke test's answer, as recorded.
package struct SmokeTestResult: Sendable, Equatable, Codable {
  package var name: String
  /// The answer as text; nil when there was none.
  package var answer: String?
  /// The answer as a row count, where it is an integer.
  package var rows: Int64?
  /// Production's answer to the same statement, where it was asked.
  package var production: String?
  package var expectation: String
  /// nil = could not run; the reason is in `detail`.
  package var passed: Bool?
  package var detail: String
  package var seconds: Double

  package init(
    name: String, answer: String?, rows: Int64?, production: String?, expectation: String,
    passed: Bool?, detail: String, seconds: Double
  ) {
    self.name = name
    self.answer = answer
    self.rows = rows
    self.production = production
    self.expectation = expectation
    self.passed = passed
    self.detail = detail
    self.seconds = seconds
  }

  /// What came of one.
  package static func word(for passed: Bool?) -> String {
    passed.map { $0 ? "passed" : "failed" } ?? "not run"
  }
}

/// A question put to the restored copy, and the answer that would satisfy us.
public struct SmokeTest: Sendable, Equatable {
  public var name: String
  /// Database to connect to; nil = the cluster's own default.
  public var database: String?
  /// One read-only statement that yields one value.
  public var sql: String
  public var expectation: Expectation
  /// Statement timeout in seconds.
  public var timeout: Double

  public init(
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
public enum Expectation: Sendable, Equatable {
  /// `>= 1`
  case atLeast(Double)
  /// `equals X`: compared as text, numbers as numbers.
  case equals(String)
  /// `within 5% of production`; the same statement is put to the primary.
  case withinOfProduction(percent: Double)
  /// `newer than 1h`: a timestamp no older than that before the recovery target's time; seconds.
  case newerThan(seconds: Double)
}

/// One smoke test's answer, as recorded.
public struct SmokeTestResult: Sendable, Equatable, Codable {
  public var name: String
  /// The answer as text; nil when there was none.
  public var answer: String?
  /// The answer as a row count, where it is an integer.
  public var rows: Int64?
  /// Production's answer to the same statement, where it was asked.
  public var production: String?
  public var expectation: String
  /// nil = could not run; the reason is in `detail`.
  public var passed: Bool?
  public var detail: String
  public var seconds: Double

  public init(
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
}

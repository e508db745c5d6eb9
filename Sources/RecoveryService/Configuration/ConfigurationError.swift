/// One thing that is wrong in the configuration: where, and what should have stood there.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; nil where no line is to blame.
  public var line: Int?
  /// As `clusters[0].targets.rpo`; empty for the file as a whole.
  public var key: String
  public var expected: String
  public var found: String
  /// What to do, as the nearest known key; empty where there is nothing to say.
  public var advice: String

  public init(
    file: String, line: Int? = nil, key: String = "", expected: String, found: String,
    advice: String = ""
  ) {
    self.file = file
    self.line = line
    self.key = key
    self.expected = expected
    self.found = found
    self.advice = advice
  }

  /// `config.yaml:12: clusters[0].targets.rpo: expected …; found …`, with the advice in brackets.
  public var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if !key.isEmpty { text += ": \(key)" }
    text += ": expected \(expected); found \(found)"
    return advice.isEmpty ? text : text + " (\(advice))"
  }
}

/// Everything that is wrong in the configuration, in the order of the file.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var problems: [ConfigurationProblem]

  public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

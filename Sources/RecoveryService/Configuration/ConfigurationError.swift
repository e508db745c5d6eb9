import FoundationEssentials
import RecoveryModel

/// One thing that is wrong in the configuration: where, and what should have stood there.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  package var file: String
  /// Counted from 1; nil where no line is to blame.
  package var line: Int?
  /// As `clusters[0].targets.rpo`; empty for the file as a whole.
  package var key: String
  package var expected: String
  package var found: String
  /// What to do, as the nearest known key; empty where there is nothing to say.
  package var advice: String

  package init(
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
  package var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if !key.isEmpty { text += ": \(key)" }
    text += ": expected \(expected); found \(found)"
    return advice.isEmpty ? text : text + " (\(advice))"
  }
}

extension ConfigurationProblem {
  /// What only its engine found wrong with a cluster's entry: at the key's own line where the engine names the key.
  init(_ error: any Error, of cluster: ConfiguredCluster, at index: Int, in file: String) {
    self.init(
      file: file, line: cluster.line, key: "clusters[\(index)]",
      expected: "options that the engine \(cluster.declaration.engine) can use",
      found: "\(error)")
    guard case .option(let option, let fault)? = (error as? RecoveryError)?.detail else { return }
    key += ".\(option)"
    line = cluster.line(of: option)
    switch fault {
    case .other(let words): found = words
    case .expected(let wanted, let standing):
      expected = wanted
      found = standing ?? "something else, which is not shown"
    }
  }
}

/// Everything that is wrong in the configuration, in the order of the file.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package var problems: [ConfigurationProblem]

  package init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

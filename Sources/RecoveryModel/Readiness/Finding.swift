import FoundationEssentials

package enum Severity: String, Sendable, Codable, Comparable, CaseIterable {
  case info, warning, critical

  package static func < (left: Severity, right: Severity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }

  /// For whoever reads numbers: 1 to 3; nothing is 0.
  package var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }

  /// Of a value that is the worse the larger it is; nil = it is below both.
  package static func of(_ value: Double, warning: Double, critical: Double) -> Severity? {
    value >= critical ? .critical : value >= warning ? .warning : nil
  }
}

/// Something seen, where, and when.
package struct Evidence: Sendable, Equatable {
  package var what: String
  package var source: String
  package var at: Date?

  package init(what: String, source: String, at: Date?) {
    self.what = what
    self.source = source
    self.at = at
  }
}

/// What a rule concluded, with what it rests on and what to do about it.
package struct Finding: Sendable, Equatable, Identifiable {
  package var id: String
  package var severity: Severity
  package var headline: String
  package var evidence: [Evidence]
  package var remedy: String
  /// The worst verdict that this finding still allows.
  package var ceiling: Verdict
  /// The reason in a few words, for a column; empty = those of the rule that found it.
  package var words: String

  package init(
    id: String, severity: Severity, headline: String, evidence: [Evidence], remedy: String,
    ceiling: Verdict, words: String = ""
  ) {
    self.id = id
    self.severity = severity
    self.headline = headline
    self.evidence = evidence
    self.remedy = remedy
    self.ceiling = ceiling
    self.words = words
  }

  /// The few words, or the headline where nobody gave any.
  package var shortForm: String { words.isEmpty ? headline : words }

  /// With a rule's words, where it has none of its own.
  package func named(_ words: String) -> Finding {
    var finding = self
    if finding.words.isEmpty { finding.words = words }
    return finding
  }
}

extension [Finding] {
  /// What made the verdict first, then the graver; equals stay as they stand.
  package var worstFirst: [Finding] {
    enumerated().sorted { left, right in
      let leftKey = (left.element.ceiling.rank, left.element.severity)
      let rightKey = (right.element.ceiling.rank, right.element.severity)
      return leftKey == rightKey ? left.offset < right.offset : leftKey > rightKey
    }.map(\.element)
  }
}

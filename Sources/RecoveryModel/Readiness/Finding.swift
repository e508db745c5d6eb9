import FoundationEssentials

public enum Severity: String, Sendable, Codable, Comparable, CaseIterable {
  case info, warning, critical

  public static func < (left: Severity, right: Severity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// Something seen, where, and when.
public struct Evidence: Sendable, Equatable {
  public var what: String
  public var source: String
  public var at: Date?

  public init(what: String, source: String, at: Date?) {
    self.what = what
    self.source = source
    self.at = at
  }
}

/// What a rule concluded, with what it rests on and what to do about it.
public struct Finding: Sendable, Equatable, Identifiable {
  public var id: String
  public var severity: Severity
  public var headline: String
  public var evidence: [Evidence]
  public var remedy: String
  /// The worst verdict that this finding still allows.
  public var ceiling: Verdict

  public init(
    id: String, severity: Severity, headline: String, evidence: [Evidence], remedy: String,
    ceiling: Verdict
  ) {
    self.id = id
    self.severity = severity
    self.headline = headline
    self.evidence = evidence
    self.remedy = remedy
    self.ceiling = ceiling
  }
}

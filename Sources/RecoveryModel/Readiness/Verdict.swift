/// The answer to the one question, per cluster. Ordered from best to worst for sorting a board; UNKNOWN is
/// never shown as good.
package enum Verdict: String, Sendable, Codable, CaseIterable {
  case proven = "PROVEN"
  case likely = "LIKELY"
  case unknown = "UNKNOWN"
  case atRisk = "AT RISK"
  case notRecoverable = "NOT RECOVERABLE"

  /// 0 best … 4 worst.
  package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  package func worse(_ other: Verdict) -> Verdict { rank >= other.rank ? self : other }
}

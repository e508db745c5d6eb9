import FoundationEssentials

/// Why a part of the truth is missing, and what would bring it back.
package struct Unavailable: Sendable, Equatable, Error {
  /// The part, as `archive` or `waiting segments`.
  package var part: String
  package var reason: String
  package var remedy: String
  /// What kind of failure it is, where whoever asked could tell.
  package var code: RecoveryError.Code?
  package var detail: RecoveryError.Detail?

  package init(
    part: String, reason: String, remedy: String, code: RecoveryError.Code? = nil,
    detail: RecoveryError.Detail? = nil
  ) {
    self.detail = detail
    self.part = part
    self.reason = reason
    self.remedy = remedy
    self.code = code
  }
}

/// A value with its source and time, or the reason why there is none.
///
/// Indirect: a report of ten parts is carried through several tasks for each cluster of a fleet, and what waits for an
/// answer holds its values in line.
package indirect enum Observed<Value: Sendable & Equatable>: Sendable, Equatable {
  case value(Value, source: String, at: Date)
  case unavailable(Unavailable, at: Date)
  /// Not asked yet.
  case pending

  package var value: Value? {
    if case .value(let value, _, _) = self { value } else { nil }
  }
  package var source: String? {
    if case .value(_, let source, _) = self { source } else { nil }
  }
  /// When it was asked; nil while pending.
  package var at: Date? {
    switch self {
    case .value(_, _, let at), .unavailable(_, let at): at
    case .pending: nil
    }
  }
  package var failure: Unavailable? {
    if case .unavailable(let failure, _) = self { failure } else { nil }
  }

  /// The same in the memory of what was observed before, where that was alike: shown pictures and the next one then hold
  /// a big catalog once.
  func sharing(_ earlier: Observed) -> Observed {
    guard case .value(let value, let source, let at) = self,
      case .value(let former, let formerSource, _) = earlier, value == former
    else { return self }
    return .value(former, source: source == formerSource ? formerSource : source, at: at)
  }
}

import FoundationEssentials

/// Why a part of the truth is missing, and what would bring it back.
public struct Unavailable: Sendable, Equatable, Error {
  /// The part, as `archive` or `waiting segments`.
  public var part: String
  public var reason: String
  public var remedy: String

  public init(part: String, reason: String, remedy: String) {
    self.part = part
    self.reason = reason
    self.remedy = remedy
  }
}

/// A value with its source and time, or the reason why there is none.
///
/// Indirect: a report of ten parts is carried through several tasks for each cluster of a fleet, and what waits for an
/// answer holds its values in line.
public indirect enum Observed<Value: Sendable & Equatable>: Sendable, Equatable {
  case value(Value, source: String, at: Date)
  case unavailable(Unavailable, at: Date)
  /// Not asked yet.
  case pending

  public var value: Value? {
    if case .value(let value, _, _) = self { value } else { nil }
  }
  public var source: String? {
    if case .value(_, let source, _) = self { source } else { nil }
  }
  /// When it was asked; nil while pending.
  public var at: Date? {
    switch self {
    case .value(_, _, let at), .unavailable(_, let at): at
    case .pending: nil
    }
  }
  public var failure: Unavailable? {
    if case .unavailable(let failure, _) = self { failure } else { nil }
  }
}

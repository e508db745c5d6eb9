/// An error that says what was asked, what answered and what to try.
public struct RecoveryError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable, Equatable {
    /// The other side cannot be reached or did not answer in time.
    case unreachable, timedOut
    /// A right is missing, or a login was refused.
    case denied
    /// The request makes no sense here (bad usage, bad configuration).
    case invalid
    /// A precondition does not hold.
    case refused
    /// It ran and failed.
    case failed
    case cancelled
  }

  public var code: Code
  /// What was asked and what answered, one sentence.
  public var message: String
  /// What to try; empty where there is nothing sensible to say.
  public var remedy: String

  public init(_ code: Code, _ message: String, remedy: String = "") {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  public var description: String { remedy.isEmpty ? message : "\(message) (\(remedy))" }
}

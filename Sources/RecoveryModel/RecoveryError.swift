/// An error that says what was asked, what answered and what to try.
package struct RecoveryError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, Equatable {
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

  package var code: Code
  /// What was asked and what answered, one sentence.
  package var message: String
  /// What to try; empty where there is nothing sensible to say.
  package var remedy: String

  package init(_ code: Code, _ message: String, remedy: String = "") {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  package var description: String { remedy.isEmpty ? message : "\(message) (\(remedy))" }
}

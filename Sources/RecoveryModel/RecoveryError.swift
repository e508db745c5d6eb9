import FoundationEssentials

/// An error that says what was asked, what answered and what to try.
package struct RecoveryError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, Equatable {
    /// The other side cannot be reached or did not answer in time.
    case unreachable, timedOut
    /// Not answered yet: it goes on being asked, and a later question has the answer.
    case underWay
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

  /// What somebody decides by where the code is too coarse; never by the words.
  package enum Detail: Sendable, Equatable {
    /// PostgreSQL itself said it, with this SQLSTATE.
    case sqlState(String)
    /// Nobody listens there.
    case connectionRefused
    /// It wants a base backup first.
    case wantsBackup
    /// Nobody could be asked how far WAL is archived.
    case archiveUnknown
    /// What may be asked of a store in a day has been asked.
    case storeLimit
    /// A key of a cluster's configuration, and what is wrong with what stands there.
    case option(key: String, OptionFault)
    /// What the cluster itself is to read its store with is not there.
    case ownSecret
    /// A store lets nobody in with these credentials, whoever asks.
    case credentialsRefused
  }

  package var code: Code
  /// What was asked and what answered, one sentence.
  package var message: String
  /// What to try; empty where there is nothing sensible to say.
  package var remedy: String
  package var detail: Detail?

  package init(_ code: Code, _ message: String, remedy: String = "", detail: Detail? = nil) {
    self.code = code
    self.message = message
    self.remedy = remedy
    self.detail = detail
  }

  /// `what` goes on since then: a span would stand still until the next answer.
  package static func underWay(_ what: String, since: Date?) -> RecoveryError {
    RecoveryError(
      .underWay, what + (since.map { ", since \(Format.timestamp($0))" } ?? ""),
      remedy: "wait: it goes on in a running console or exporter, and later looks are short")
  }

  /// Of PostgreSQL's own errors.
  package var sqlState: String? { if case .sqlState(let state) = detail { state } else { nil } }

  package var description: String { remedy.isEmpty ? message : "\(message) (\(remedy))" }
}

import RecoveryModel

/// Why a copy did not answer a smoke test, where that says nothing of what is in it.
enum TestRefusal: Sendable, Equatable {
  /// The test's own text: not one statement that reads one value.
  case text
  /// The role that asks lacks the right.
  case rights
  /// The machine under the copy has run short, or somebody ended the session.
  case machine
  /// No answer within the test's time.
  case time

  /// SQLSTATEs that a statement draws whatever the tables hold. A table or function that is not there is none of them:
  /// it may be what the backup has lost (`RecoveryError.mayBeTheTests`).
  private static let ofText: Set<String> = [
    "0A000", "25006", "42601", "42702", "42725", "42803", "42804", "42P02", "42P18", "42P20",
  ]

  /// nil = the answer speaks of the copy, or is none of PostgreSQL's.
  init?(_ error: RecoveryError) {
    guard error.code != .timedOut else {
      self = .time
      return
    }
    guard let state = error.sqlState else {
      // A statement of which nobody can say which value is meant was never PostgreSQL's to judge.
      guard error.code == .invalid else { return nil }
      self = .text
      return
    }
    switch state {
    case _ where Self.ofText.contains(state): self = .text
    case _ where state.hasPrefix("28") || state == "42501": self = .rights
    case _ where state.hasPrefix("53") || state == "57P01": self = .machine
    default: return nil
    }
  }

  func words(_ said: String) -> String {
    switch self {
    case .text:
      "the test's own text is at fault, write one SELECT that reads one value: \(said)"
    case .rights: "the role of the tests may not: \(said)"
    case .machine: "the machine under the copy is at fault: \(said)"
    case .time: "no answer within the test's time (its timeout): \(said)"
    }
  }
}

extension RecoveryError {
  /// PostgreSQL was asked and answered by what it holds; all else is this machine's or the question's.
  package var speaksOfData: Bool { sqlState != nil && TestRefusal(self) == nil }

  /// The statement names what is not there, or reckons with what cannot be: the backup has lost something, or the test
  /// was always wrong, which production tells.
  var mayBeTheTests: Bool {
    sqlState.map { state in ["22", "3D", "3F", "42"].contains { state.hasPrefix($0) } } ?? false
  }

  /// It names no answer of PostgreSQL's: the session broke, or there never was one; or the server is just going away.
  var isLostSession: Bool {
    switch sqlState {
    case nil: code == .unreachable
    case "57P02", "57P03": true
    default: false
    }
  }
}

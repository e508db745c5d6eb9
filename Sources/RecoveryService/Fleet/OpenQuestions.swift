import RecoveryModel

/// One question that is under way.
struct Flight: Hashable, Sendable {
  enum Target: Hashable, Sendable {
    case source(ObservationSource.ID)
    case ledger
  }
  var cluster: String
  var target: Target
}

/// Questions that are under way, and who waits for their answers.
struct OpenQuestions {
  struct Waiter {
    var flights: Set<Flight>
    var continuation: CheckedContinuation<Void, Never>
  }
  /// So that they can be cancelled.
  var tasks: [Flight: Task<Void, Never>] = [:]
  var waiters: [Int: Waiter] = [:]
  var nextWaiter = 0
  /// Calls of `refresh` that wait: each judges when all have answered.
  var refreshes = 0
  var turns = QuestionTurns()
}

/// A source of a cluster that has something new to tell.
struct EngineNews: Sendable {
  var cluster: String
  var epoch: Int
  var source: ObservationSource.ID
}

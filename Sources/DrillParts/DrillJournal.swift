import FoundationEssentials
import RecoveryModel

/// A drill as it goes: folds its states and what it learned into the record. It lies as JSON in the drill's
/// directory, so that whoever finds a dead drill can close its record.
package struct DrillJournal: Sendable, Equatable, Codable {
  /// A state and when it began, in seconds from the start on a clock that never jumps.
  package struct Entry: Sendable, Equatable, Codable {
    package var state: DrillState
    package var elapsed: Double

    package init(state: DrillState, elapsed: Double) {
      self.state = state
      self.elapsed = elapsed
    }
  }

  package private(set) var record: DrillRecord
  package private(set) var entries: [Entry] = []
  private var bytes: [String: Int64] = [:]

  /// `record` carries what is known before the start: names, backup, target, prediction.
  package init(_ record: DrillRecord) { self.record = record }

  package var state: DrillState { entries.last?.state ?? .planned }

  /// A state never begins twice, and never goes back: the order of `DrillState.allCases`.
  package mutating func enter(_ state: DrillState, elapsed: Double) {
    guard entries.isEmpty || rank(state) > rank(self.state) else { return }
    entries.append(Entry(state: state, elapsed: max(elapsed, entries.last?.elapsed ?? 0)))
  }

  /// Bytes that a state moved; nil = the current one.
  package mutating func moved(_ count: Int64, in state: DrillState? = nil) {
    bytes[(state ?? self.state).rawValue] = count
  }

  /// Sets when states began, as it was found out later: what happened counts, not when it was heard of. The order stays.
  package mutating func retime(_ moments: [DrillState: Double]) {
    var times = Dictionary(
      entries.map { ($0.state, $0.elapsed) }, uniquingKeysWith: { first, _ in first })
    // What comes after the present state has not happened yet.
    for (state, elapsed) in moments where rank(state) <= rank(self.state) {
      times[state] = max(0, elapsed)
    }
    var latest = 0.0
    entries = DrillState.allCases.compactMap { state in
      guard let elapsed = times[state] else { return nil }
      latest = max(latest, elapsed)
      return Entry(state: state, elapsed: latest)
    }
  }

  package mutating func learn(_ change: (inout DrillRecord) -> Void) { change(&record) }

  /// Ends it; the first verdict stands. Without a `cause`, the state that a failed drill was in tells.
  package mutating func conclude(
    _ outcome: DrillOutcome, reason: String?, cause: DrillFailureCause? = nil
  ) {
    guard record.failedIn == nil else { return }
    record.outcome = outcome
    record.reason = reason
    if outcome != .passed { record.failedIn = state }
    record.cause = cause ?? (outcome == .failed ? state.failureCause : nil)
  }

  /// The record with its phases; `elapsed` ends the last one.
  package func closed(at finishedAt: Date, elapsed: Double) -> DrillRecord {
    var closed = record
    closed.finishedAt = finishedAt
    closed.phases = zip(entries, entries.dropFirst().map(\.elapsed) + [elapsed]).compactMap {
      entry, end in
      guard entry.state != .planned, entry.state != .recorded else { return nil }
      return DrillPhase(
        state: entry.state, seconds: max(0, end - entry.elapsed), bytes: bytes[entry.state.rawValue]
      )
    }
    return closed
  }

  /// When it last entered a state.
  var heardAt: Date { record.startedAt.addingTimeInterval(entries.last?.elapsed ?? 0) }

  /// The record of a drill whose owner died in the middle, which proves nothing about the backup; a verdict that it
  /// had come to stands. `heard` = a later sign of life than its last state.
  package func interrupted(owner: String, heard: Date? = nil) -> DrillRecord {
    var copy = self
    let end = max(heardAt, heard ?? heardAt)
    if record.failedIn == nil {
      copy.conclude(
        .couldNotRun,
        reason: "interrupted in \(state.words): \(owner) ended before the drill, last heard of at "
          + Format.timestamp(end))
      copy.record.cause = .interrupted
    }
    return copy.closed(at: end, elapsed: end.timeIntervalSince(record.startedAt))
  }

  private func rank(_ state: DrillState) -> Int {
    DrillState.allCases.firstIndex(of: state) ?? 0
  }
}

/// Why a drill ended before its time.
package enum DrillEnd: Error, Equatable {
  /// What it tried to prove does not hold.
  case failed(String)
  /// Something stood in the way; nothing is proven either way.
  case couldNotRun(String)
  /// What stood in the way is that the store refuses the credentials, as it would in a recovery.
  case credentialsRefused(String)
  /// It came back and reached its target, and could not be asked what is in it.
  case notTested(String)
  /// All that is archived was replayed, and the moment that was asked for did not come.
  case momentNotReached(String)
}

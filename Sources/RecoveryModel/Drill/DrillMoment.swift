import FoundationEssentials

/// The moment that a drill was asked to bring back; one without goes to the end of what is archived.
package struct DrillMoment: Sendable, Equatable, Codable {
  /// As it can be typed again: `2026-11-29T14:03:12Z`, `before xid 9183`.
  package var asked: String
  /// The time that it stands for; nil = not known.
  package var at: Date?
  /// No transaction that is archived was committed after it, so that the drill went to the end of the archive.
  package var isEnd: Bool
  /// Where PostgreSQL said that it stopped: `before commit of transaction 9184, time ...`; nil = it has not said.
  package var stop: String?

  package init(asked: String, at: Date?, isEnd: Bool = false, stop: String? = nil) {
    self.asked = asked
    self.at = at
    self.isEnd = isEnd
    self.stop = stop
  }
}

extension DrillRecord {
  /// It went to a moment before the end of what was archived, and proves nothing of what comes after.
  package var isOfPast: Bool { moment.map { !$0.isEnd } ?? false }

  /// Whether it tells of what a recovery would bring back now. A proof of the past does not; what kept one from coming
  /// about, where it lies in the backup, its WAL or the way to the store, keeps every recovery from it.
  package var speaksOfNow: Bool {
    guard isOfPast else { return true }
    switch outcome {
    case .failed: return cause == .recovery
    case .couldNotRun: return cause == .credentials
    case .passed, .notTested, .cancelled: return false
    }
  }

  /// `recovered to 2026-11-29T14:03:12Z: last commit ..., stopped before commit of transaction 9184, ...`; nil for a drill
  /// without a moment, or one that did not come to it.
  package var momentWords: String? {
    guard let moment, isRestored else { return nil }
    let commit = reachedTime.map { "last commit \(RecoveryMoment.exact($0))" }
    if moment.isEnd {
      return "went to the end of the archive for \(Sanitizer.clean(moment.asked, limit: 100)): "
        + (commit ?? "no commit in what was replayed")
    }
    let stop = moment.stop.map { "PostgreSQL stopped \(Sanitizer.clean($0, limit: 160))" }
    let told = [commit ?? "no commit in what was replayed", stop].compactMap { $0 }
    return "recovered to \(Sanitizer.clean(moment.asked, limit: 100)): "
      + told.joined(separator: ", ")
  }

  /// What such a proof is worth.
  package static let pastOnly =
    "it proves this base backup and its WAL up to there, not the end of the archive"
}

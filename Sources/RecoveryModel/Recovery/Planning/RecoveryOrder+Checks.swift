import FoundationEssentials

extension RecoveryOrder {
  /// What the picture of the cluster tells by itself, for every engine.
  package var checks: [Requirement] {
    base == nil
      ? [Requirement(what: Self.reached, satisfied: false, detail: doubt ?? "")]
      : [reach, path, later].compactMap { $0 }
  }

  /// Of a plan that goes on from what lies recovered already.
  package var checksOfKept: [Requirement] { base == nil ? [reach] : checks }

  private static let reached = "the moment can be reached"

  /// Where replay is to end, in a sentence.
  package var goalWords: String {
    moment == .latest ? "the end of what is archived" : moment.text
  }

  private var reach: Requirement {
    let what = Self.reached
    if let doubt { return .unknown(what, doubt) }
    switch outlook.standing {
    case .reachable, .beyondEnd: return .met(what, outlook.standingWords)
    case .claimed, .unknown: return .unknown(what, outlook.standingWords)
    case .beforeFirstBackup, .cut, .impossible: return .notMet(what, outlook.standingWords)
    }
  }

  /// A base backup on one store and its WAL on another are no way back.
  private var path: Requirement {
    let what = "base backup and WAL are there, in one place"
    guard let route = outlook.route else {
      return .unknown(what, "nobody has looked at the archive: the engine claims it")
    }
    let last = segmentSize.map { route.end.segment.name(segmentSize: $0) }
    let detail =
      "\(route.load.segments) segments from backup \(Sanitizer.clean(baseID, limit: 60)) "
      + "on\(last.map { ", to \($0)" } ?? ""), none missing"
    return route.holes.isEmpty
      ? .met(what, detail)
      : .notMet(what, "\(route.holes[0].missing) segments are missing on the way")
  }

  /// PostgreSQL stops at a time only when it meets a commit behind it, at a position only with a record there or behind.
  private var later: Requirement? {
    let isTime = target.kind == .time
    // Of a position it is asked in the last archived WAL alone.
    guard isTime || target.kind == .lsn && outlook.laterCommit != nil else { return nil }
    let what =
      isTime ? "a commit later than the moment is archived" : "a record behind the LSN is archived"
    switch outlook.laterCommit {
    case .seen: return .met(what, "one was seen")
    case .likely: return .unknown(what, "likely: later segments are archived")
    case nil, .unknown, .some(.none):
      return .unknown(
        what,
        "nobody has seen one; without one PostgreSQL replays all and says that it did not reach the "
          + "target: then ask for \(isTime ? "an LSN, or for " : "")latest")
    }
  }

  /// A recovery without a target ends at the first hole and looks healthy: how to tell.
  package func proof(psql: String) -> RecoveryStep {
    let history =
      "SELECT pg_read_file('pg_wal/' || upper(lpad(to_hex(timeline_id), 8, '0')) || '.history') "
      + "FROM pg_control_checkpoint();"
    let expectation =
      floor.map {
        "the LSN in its last line must be \($0) or later: an earlier one means that WAL was missing, "
          + "and what came after it is not in this copy"
      } ?? "its last line tells at which LSN this server left its source, and why"
    return RecoveryStep(
      "Look at how far it came: \(expectation)",
      ["\(psql) -Atc \"\(history)\"", "\(psql) -c 'SELECT pg_is_in_recovery()'"])
  }
}

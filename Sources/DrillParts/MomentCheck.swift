import FoundationEssentials
import RecoveryModel

/// Whether a copy came out at the moment that it was to.
package struct MomentCheck: Sendable, Equatable {
  package var moment: RecoveryMoment
  /// Base backup, for what is said of it.
  package var backup: String

  package init(_ moment: RecoveryMoment, backup: String) {
    self.moment = moment
    self.backup = backup
  }

  /// Why a copy that was promoted did not come out at the moment; nil = it did.
  package func objection(log: RecoveryLog, reached: LSN?) -> String? {
    guard let stop = log.stop else {
      return "the copy was promoted and did not say that it stopped at \(moment.text)"
    }
    let isThere: Bool
    switch moment.target {
    case .time(let time):
      isThere =
        log.lastTransactionAt.map { moment.isExclusive ? $0 < time : $0 <= time } ?? true
    case .position(let lsn):
      // PostgreSQL stops before the first record that begins there or later: where the last one before it ends.
      isThere =
        moment.isExclusive
        ? stop.hasPrefix("before WAL location") : reached.map { $0 >= lsn } ?? false
    case .transaction:
      isThere =
        stop.hasPrefix(moment.isExclusive ? "before" : "after")
        && (stop + ",").contains("transaction \(PostgresTarget(moment).value),")
    case .restorePoint(let name):
      isThere = stop.hasPrefix("at restore point \"\(Sanitizer.clean(name, limit: 80))")
    case .backup: isThere = stop.contains("consistency")
    case .latest: isThere = true
    }
    guard !isThere else { return nil }
    let last = log.lastTransactionAt.map { ", last commit \(RecoveryMoment.exact($0))" } ?? ""
    return "the copy stopped \(stop)\(last), which is not \(moment.text)"
  }

  /// Of a recovery that met the end of the archive first.
  package func notReached(log: RecoveryLog, segmentSize: Int) -> DrillEnd {
    let reached = log.position(segmentSize: segmentSize).map { "replay ended at \($0)" }
    let last = log.lastTransactionAt.map { "the last commit is of \(RecoveryMoment.exact($0))" }
    let told = [reached, last].compactMap { $0 }.joined(separator: ", ")
    return .momentNotReached(
      "\(RecoveryLog.endedEarly): the archive ends before \(moment.text)"
        + (told.isEmpty ? "" : " (\(told))") + "; \(advice)")
  }

  private var advice: String {
    switch moment.target {
    case .time:
      "PostgreSQL stops at a time only when it meets a later commit: without one, the latest is "
        + "the same state"
    case .transaction:
      "the transaction ended before backup \(backup) or has not ended in what is archived"
    case .restorePoint:
      "no restore point of that name follows backup \(backup): name the backup before it"
    case .position, .backup, .latest: "wait until more is archived"
    }
  }
}

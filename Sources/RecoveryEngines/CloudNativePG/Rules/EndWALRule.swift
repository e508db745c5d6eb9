import FoundationEssentials
import RecoveryModel

/// `completed`, but the WAL that ends the backup has not been archived: until then it restores nothing. A backup from a
/// standby neither switches nor waits for WAL.
enum EndWALRule {
  /// Seconds that its end WAL may take: twice CloudNativePG's archive_timeout.
  private static let grace = 600.0

  static let rule = CloudNativePGRule("cnpg.backup.end-wal") { facts, now in
    guard let status = facts.primaryStatus?.value, let last = facts.lastArchived else { return [] }
    let completed = usable(facts, last)
    guard let newest = completed.max(by: { end($0) < end($1) }) else { return [] }
    guard let needed = facts.segment(newest.status?.endWal) else {
      return [unnamed(newest, facts)]
    }
    guard needed > last, !isItsOwnFile(status, newest) else { return [] }
    let others = completed.contains { other in
      other != newest && facts.segment(other.status?.endWal).map { $0 <= last } ?? false
    }
    return [missing(newest, needed, last, others: others, facts, now)]
  }

  /// The completed ones that are of use otherwise: what is of none anyway is told of as that. None, where every end WAL
  /// is there; only then is no catalog built, at every look at the instances.
  private static func usable(_ facts: CloudNativePGFacts, _ last: WALSegment) -> [CNPGBackup] {
    let completed = (facts.ownBackups ?? []).filter {
      $0.phase == .completed && $0.method != "volumeSnapshot"
    }
    guard completed.contains(where: { facts.segment($0.status?.endWal).map { $0 > last } ?? true })
    else { return [] }
    let usable = Set(CloudNativePGReport.catalog(facts).usable.map(\.id))
    return completed.filter { usable.contains($0.name) }
  }

  /// On a primary the backup itself waited for its end WAL; its own file may have gone out after that.
  /// The join of a standby leaves such a file too, so that one from before the backup's end is none of its own.
  private static func isItsOwnFile(
    _ status: InstanceManagerStatus, _ backup: CNPGBackup
  ) -> Bool {
    guard let last = status.lastArchivedWAL, let begin = backup.status?.beginWal,
      let at = status.lastArchivedAt, let stopped = backup.stoppedAt
    else { return false }
    // The Backup's times are whole seconds.
    return last.hasSuffix(".backup") && last.hasPrefix(begin)
      && at >= stopped.addingTimeInterval(-1)
  }

  private static func missing(
    _ backup: CNPGBackup, _ needed: WALSegment, _ last: WALSegment, others: Bool,
    _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    let size = facts.segmentBytes
    let name = facts.shown(backup.name)
    let late = CloudNativePGRules.age(end(backup), now) > grace
    return Finding(
      id: "cnpg.backup.end-wal", severity: others && !late ? .warning : .critical,
      headline: others
        ? "\(name) is completed, but its end WAL is not archived: only older backups can be restored"
        : "\(name) is completed, but its end WAL is not archived: nothing can be restored yet",
      evidence: [
        facts.evidence(backup, "completed, endWal \(needed.name(segmentSize: size))"),
        facts.statusEvidence("last archived \(last.name(segmentSize: size))"),
      ],
      remedy: late
        ? "Force the segment out on the primary: SELECT pg_switch_wal(); then look at archiving."
        : "Wait for archive_timeout, or run SELECT pg_switch_wal() on the primary.",
      ceiling: others ? (late ? .atRisk : .likely) : .notRecoverable)
  }

  private static func unnamed(_ backup: CNPGBackup, _ facts: CloudNativePGFacts) -> Finding {
    Finding(
      id: "cnpg.backup.end-wal", severity: .warning,
      headline: "\(facts.shown(backup.name)) is completed, but does not say which WAL it needs",
      evidence: [facts.evidence(backup, "no endWal in its status")],
      remedy: "Prove it with a verify drill: press v.", ceiling: .likely)
  }

  private static func end(_ backup: CNPGBackup) -> Date {
    backup.stoppedAt ?? backup.begunAt ?? .distantPast
  }
}

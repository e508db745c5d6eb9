import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Which backup a drill restores and how far it replays: a place that is known to be archived, so that PostgreSQL stops
/// with an error at a hole instead of promoting early and looking healthy.
struct DrillChoice: Sendable, Equatable {
  var backup: CNPGBackup
  var backupID: String
  var target: LSN
  var timeline: UInt32
  var segmentSize: Int
  /// Where replay is to stop instead of `target`.
  var moment: RecoveryMoment?
  /// The same as it was asked for.
  var asked: DrillMoment?
  /// What was planted and must be found.
  var marker: SmokeTest?
  /// The last that was archived when the plan was made.
  var lastSegment: WALSegment

  /// The asked-for backup, or the newest good one whose end WAL is archived. Throws `RecoveryError`: invalid when no
  /// Backup is called so, else refused.
  static func make(
    _ label: String?, _ facts: CloudNativePGFacts, lastArchived: WALSegment?
  ) throws(RecoveryError) -> DrillChoice {
    guard let own = facts.ownBackups else {
      throw RecoveryError(
        .refused, "the Backups are not known",
        remedy: facts.backups.failure.map { "\($0.reason); \($0.remedy)" } ?? "refresh first")
    }
    if let label, !own.contains(where: { $0.isCalled(label) }) {
      throw RecoveryError(.invalid, "there is no Backup \(Sanitizer.clean(label))")
    }
    let catalog = CloudNativePGReport.catalog(facts)
    let flaws = Dictionary(
      catalog.flawed.map { ($0.backup.id, $0.flaw) }, uniquingKeysWith: { first, _ in first })
    if let label, let backup = own.first(where: { $0.isCalled(label) }),
      let flaw = flaws[backup.name]
    {
      throw refusal(backup, flaw, facts)
    }
    // Each time is read once: it is told as text, and this is asked for with every answer of an instance.
    let candidates = own.filter {
      $0.phase == .completed && $0.method != "volumeSnapshot" && flaws[$0.name] == nil
    }
    .map { (backup: $0, end: $0.stoppedAt ?? .distantPast) }
    .sorted { $0.end > $1.end }.map(\.backup)
    if let label, let backup = own.first(where: { $0.isCalled(label) }) {
      return try one(backup, facts, lastArchived)
    }
    guard let newest = candidates.first else {
      if catalog.usable.isEmpty, let newest = catalog.flawed.last,
        let backup = own.first(where: { $0.name == newest.backup.id })
      {
        throw refusal(backup, newest.flaw, facts)
      }
      let snapshots = own.filter { $0.isSnapshot && flaws[$0.name] == nil }
      if let snapshot = snapshots.lastToEnd { throw wantsStore(snapshot, facts) }
      throw RecoveryError(
        .refused, "there is no completed base backup to restore",
        remedy: "take a base backup: \(facts.backupCommand)", detail: .wantsBackup)
    }
    for backup in candidates {
      if let choice = try? one(backup, facts, lastArchived) { return choice }
    }
    return try one(newest, facts, lastArchived)
  }

  /// A drill without a target would call a truncated recovery a success. A server that answers names no segment where
  /// it counts anew: after a crash, and after a promotion until it has filled one.
  private static func withoutTarget(_ facts: CloudNativePGFacts) -> RecoveryError {
    let status = facts.primaryStatus
    guard let answer = status?.value else {
      return RecoveryError(
        .refused,
        "nobody says how far WAL is archived, so there is no target to hold recovery to"
          + (status?.failure.map { " (\($0.reason))" } ?? ""),
        remedy: status?.failure?.remedy ?? "refresh first", detail: .archiveUnknown)
    }
    let last = answer.lastArchivedWAL.map { "only \(facts.shown($0))" } ?? "no segment"
    return RecoveryError(
      .refused,
      "the primary has archived \(last) since it was started or promoted, so there is no target to "
        + "hold recovery to",
      remedy: "wait for archive_timeout, or run SELECT pg_switch_wal() on the primary; then drill")
  }

  /// A drill of it would prove nothing of what runs now, or cannot be made.
  private static func refusal(
    _ backup: CNPGBackup, _ flaw: BackupFlaw, _ facts: CloudNativePGFacts
  ) -> RecoveryError {
    RecoveryError(
      .refused, "Backup \(backup.shownName) \(flaw.predicate)",
      remedy: "take a base backup: \(facts.backupCommand)", detail: .wantsBackup)
  }

  /// A base backup like any other, but for a drill: that runs in a namespace of its own, where no snapshot of this one can
  /// be named.
  private static func wantsStore(
    _ backup: CNPGBackup, _ facts: CloudNativePGFacts
  ) -> RecoveryError {
    let way =
      BackupMethod.intoStore(facts.cluster).map { method in
        "take one into its object store beside them: kubectl cnpg backup "
          + "\(facts.quoted(facts.name)) -n \(facts.quoted(facts.namespace)) \(method.flags)"
      } ?? "give it an object store beside them: pgvigil manifest object-store"
    return RecoveryError(
      .refused,
      "Backup \(backup.shownName) is a volume snapshot: a recovery beside production starts from "
        + "it, a drill, in a namespace of its own, cannot", remedy: way)
  }

  private static func one(
    _ backup: CNPGBackup, _ facts: CloudNativePGFacts, _ lastArchived: WALSegment?
  ) throws(RecoveryError) -> DrillChoice {
    let name = backup.shownName
    guard backup.phase == .completed else {
      throw RecoveryError(
        .refused, "Backup \(name) is not completed (\(backup.status?.phase ?? "new"))")
    }
    guard !backup.isSnapshot else { throw wantsStore(backup, facts) }
    guard let id = backup.status?.backupId, !id.isEmpty,
      let end = facts.segment(backup.status?.endWal),
      let endLSN = backup.status?.endLSN.flatMap({ LSN(text: $0) })
    else {
      throw RecoveryError(
        .refused, "Backup \(name) does not say what it is called in the store or where it ends",
        remedy: "take a new base backup: \(facts.backupCommand)", detail: .wantsBackup)
    }
    // What is wrong with the backup itself says more than that nobody tells of the archive.
    guard let last = lastArchived else { throw withoutTarget(facts) }
    let size = facts.segmentBytes
    // A wrong size would put the target where no WAL ever comes.
    guard
      [endLSN.rawValue, endLSN.rawValue &- 1].contains(where: { $0 / UInt64(size) == end.number })
    else {
      throw RecoveryError(
        .refused,
        "Backup \(name) ends at \(endLSN) in \(end.name(segmentSize: size)), which does not fit segments "
          + "of \(Format.bytes(Int64(size)))",
        remedy: "wait until the primary answers, then try again")
    }
    let target = max(last.start(segmentSize: size), endLSN)
    guard last.covers(end), target < last.end(segmentSize: size) else {
      throw RecoveryError(
        .refused,
        "the end WAL of Backup \(name) (\(end.name(segmentSize: size))) is not archived, the last is "
          + "\(last.name(segmentSize: size)): it restores nothing yet",
        remedy: "wait for archive_timeout, or run SELECT pg_switch_wal() on the primary")
    }
    return DrillChoice(
      backup: backup, backupID: id, target: target, timeline: last.timeline, segmentSize: size,
      lastSegment: last)
  }
}

extension CNPGBackup {
  /// Completed, and in no object store.
  fileprivate var isSnapshot: Bool { phase == .completed && method == "volumeSnapshot" }

  /// By its object's name, or by what the store calls it.
  fileprivate func isCalled(_ label: String) -> Bool {
    name == label || status?.backupId == label
  }
}

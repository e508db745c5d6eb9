import FoundationEssentials
import Kubernetes
import RecoveryModel

/// `completed`, but the WAL that ends the backup has not been archived: until then it restores nothing. A backup from a
/// standby neither switches nor waits for WAL.
enum EndWALRule {
  /// Seconds that its end WAL may take: twice CloudNativePG's archive_timeout.
  private static let grace = 600.0

  static let rule = CloudNativePGRule("cnpg.backup.end-wal", .backups, "end WAL missing") {
    facts, now in
    guard let status = facts.primaryStatus?.value, let last = facts.lastArchived else { return [] }
    let completed = usable(facts, last)
    guard let newest = completed.max(by: { end($0) < end($1) }) else { return [] }
    guard let needed = facts.segment(newest.status?.endWal) else {
      return [unnamed(newest, facts, now)]
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
      $0.phase == .completed && $0.needsArchivedEnd
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
    return last.hasSuffix(".backup") && last.hasPrefix(begin.text)
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
      remedy: isAhead(backup, facts)
        ? "The server stands before that backup's end (put back, or another one): no switch brings its "
          + "WAL. Take a base backup of what runs: \(facts.backupCommand)"
        : late
          ? "Force the segment out on the primary: SELECT pg_switch_wal(); then look at archiving."
          : "Wait for archive_timeout, or run SELECT pg_switch_wal() on the primary.",
      ceiling: others ? (late ? .atRisk : .likely) : .notRecoverable)
  }

  private static func isAhead(_ backup: CNPGBackup, _ facts: CloudNativePGFacts) -> Bool {
    guard let current = facts.primaryStatus?.value?.currentLSN,
      let end = backup.status?.endLSN.flatMap({ LSN(text: $0) })
    else { return false }
    return end > current
  }

  private static func unnamed(
    _ backup: CNPGBackup, _ facts: CloudNativePGFacts, _ now: Date
  ) -> Finding {
    Finding(
      id: "cnpg.backup.end-wal", severity: .warning,
      headline: "\(facts.shown(backup.name)) is completed, but does not say which WAL it needs",
      evidence: [facts.evidence(backup, "no endWal in its status")],
      remedy: facts.afterBackupObstacle(
        "Take another base backup, \(facts.backupCommand): no drill can be told where this one ends.",
        now: now),
      ceiling: .likely)
  }

  private static func end(_ backup: CNPGBackup) -> Date {
    backup.stoppedAt ?? backup.begunAt ?? .distantPast
  }
}

/// The catalog counts a backup as done once it has two times, whatever its status: what is shown as the last good one,
/// or as the first recoverability point, can be a failed one.
enum FailedCountedRule {
  static let rule = CloudNativePGRule("cnpg.backup.failed-counted", .backups, "failed one kept") {
    facts, now in
    guard facts.backups.value != nil, let claim = facts.claim else { return [] }
    let last = claim.lastBackupAt.flatMap { facts.failedBackup(at: $0) }
    let first = claim.first.flatMap { facts.failedBackup(at: $0) }
    guard let failed = last ?? first else { return [] }
    let claimed = (last != nil ? claim.lastBackupAt : claim.first) ?? facts.clusterAt
    let name = facts.shown(failed.name)
    return [
      Finding(
        id: "cnpg.backup.failed-counted", severity: .critical,
        headline: last != nil
          ? "CloudNativePG counts the failed backup \(name) as the last good one"
          : "CloudNativePG counts the failed backup \(name) as the first recoverability point",
        evidence: [
          facts.evidence(
            "\(last != nil ? "last successful backup" : "first recoverability point") "
              + Format.timestamp(claimed), claim.claimant, at: claimed),
          facts.evidence(failed, "failed: \(failed.errorText ?? "")"),
        ],
        remedy: facts.afterBackupObstacle("Take a base backup: \(facts.backupCommand).", now: now)
          + " A restore without a named backup would choose the failed one: name backupID until then.",
        ceiling: .atRisk)
    ]
  }
}

/// `LastBackupSucceeded` is False while a backup runs and after one failed; only the reason tells which.
enum LastBackupConditionRule {
  static let rule = CloudNativePGRule("cnpg.backup.condition", .backups, "backup failed") {
    facts, now in
    guard let claim = facts.cluster.condition("LastBackupSucceeded"), claim.status == "False" else {
      return []
    }
    if claim.reason == "BackupStarted" {
      return [
        Finding(
          id: "cnpg.backup.condition", severity: .info,
          headline: "A base backup is being taken; LastBackupSucceeded=False means no more than "
            + "that",
          evidence: [facts.clusterEvidence("reason BackupStarted", at: claim.since)],
          remedy: "Nothing to do; it counts once it has finished.", ceiling: .proven)
      ]
    }
    // The Backup itself says more, and is a finding of its own.
    guard facts.newestFailed == nil else { return [] }
    let message = facts.words(claim)
    return [
      Finding(
        id: "cnpg.backup.condition", severity: .warning,
        headline: "The last base backup failed: \(FailureSentence.find(in: message, limit: 160))",
        evidence: [
          facts.clusterEvidence(
            "LastBackupSucceeded is False (\(claim.reason ?? "no reason")): \(message)",
            at: claim.since)
        ],
        remedy: "Read the log of the instance that took it (with the plugin its container "
          + "plugin-barman-cloud). "
          + facts.afterBackupObstacle("Then take one: \(facts.backupCommand)", now: now),
        ceiling: .atRisk)
    ]
  }
}

/// The plugin names an ObjectStore that is not there. CloudNativePG waits for it in silence.
enum ObjectStoreMissingRule {
  static let rule = CloudNativePGRule("cnpg.object-store.missing", .archive, "no ObjectStore") {
    facts, _ in
    guard let wanted = facts.cluster.objectStoreName, let stores = facts.objectStores.value,
      !stores.contains(where: { $0.name == wanted })
    else { return [] }
    let name = facts.shown(wanted)
    return [
      Finding(
        id: "cnpg.object-store.missing", severity: .critical,
        headline: "The ObjectStore \(name) does not exist: nothing is archived or backed up",
        evidence: [
          facts.clusterEvidence("barmanObjectName: \(name)"),
          facts.evidence(
            "\(stores.count) ObjectStores, none of that name",
            facts.objectStores.source ?? "ObjectStores", at: facts.objectStores.at),
        ],
        remedy: "Create it in namespace \(facts.shown(facts.namespace)): "
          + "pgvigil manifest object-store",
        ceiling: .atRisk)
    ]
  }
}

/// `barmanObjectStore` within the Cluster: deprecated since 1.26, gone with 1.31.
enum InTreeRule {
  static let rule = CloudNativePGRule("cnpg.in-tree", .backups, "in-tree backup") { facts, _ in
    guard facts.cluster.spec.backup?.barmanObjectStore != nil else { return [] }
    let known = facts.operatorVersion ?? facts.primaryStatus?.value?.instanceManagerVersion
    guard let text = known, let version = numbers(text) else {
      return [
        finding(
          .info,
          "Backups are configured in-tree, which CloudNativePG 1.31 no longer supports; "
            + "the installed version is not known", "no version seen", .proven, facts)
      ]
    }
    let shown = facts.shown(text)
    if version >= (1, 31) {
      return [
        finding(
          .critical, "CloudNativePG \(shown) no longer supports the in-tree backup configuration",
          "operator \(shown)", .atRisk, facts)
      ]
    }
    guard version >= (1, 26) else { return [] }
    return [
      finding(
        .info, "Backups are configured in-tree: deprecated, and gone with CloudNativePG 1.31",
        "operator \(shown)", .proven, facts)
    ]
  }

  private static func finding(
    _ severity: Severity, _ headline: String, _ version: String, _ ceiling: Verdict,
    _ facts: CloudNativePGFacts
  ) -> Finding {
    Finding(
      id: "cnpg.in-tree", severity: severity, headline: headline,
      evidence: [facts.clusterEvidence("spec.backup.barmanObjectStore; \(version)")],
      remedy:
        "Move to the Barman Cloud plugin before the operator is upgraded: an ObjectStore with "
        + "the same destinationPath, spec.plugins with isWALArchiver, the same serverName.",
      ceiling: ceiling)
  }

  /// Major and minor of `1.30.0`, `v1.31.0-rc1`.
  static func numbers(_ text: String) -> (Int, Int)? {
    let plain = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
    let parts = plain.split(separator: ".")
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    return (major, minor)
  }
}

import RecoveryModel

extension Finding {
  /// The reason in a few words, for a column: by the rule that found it; the headline where the rule
  /// has none.
  var shortForm: String {
    let rule = id.split(separator: ":").first.map(String.init) ?? id
    if let words = FindingWords.byRule[rule] { return words }
    let activity = rule.split(separator: ".").last.flatMap {
      ClusterActivity.Kind(rawValue: String($0))
    }
    return activity?.words ?? headline
  }
}

/// At most 18 letters for each rule.
enum FindingWords {
  static let byRule: [String: String] = [
    "archive.failing": "archiving fails", "archive.hung": "archiver hangs",
    "archive.off": "archiving is off", "archive.waiting-unknown": "backlog unknown",
    "backup.error": "damaged backup", "backup.gap": "no base backup",
    "backup.overdue": "backup overdue", "backup.unverifiable": "backup unchecked",
    "backup.wal-incomplete": "backup lacks WAL", "chain.hole": "hole in the WAL",
    "chain.lost-segment": "WAL was lost", "clock.disagrees": "clocks disagree",
    "drill.could-not-run": "drill not run", "drill.failed": "drill failed",
    "drill.leftovers": "drill leftovers", "drill.never": "never drilled",
    "drill.overdue": "drill overdue", "drill.room": "no room to drill",
    "drill.superseded": "drill is outdated", "drill.untested": "drill ran no test",
    "identity.system": "another system", "identity.timeline": "timelines differ",
    "instance.restart": "restart pending", "part.pending": "not asked yet",
    "part.stale": "no news", "part.unavailable": "no answer", "part.withheld": "right missing",
    "primary.several": "several primaries", "primary.unreachable": "primary is down",
    "repository.encryption": "not encrypted", "repository.retention": "retention short",
    "repository.room": "repository fills", "rpo.target": "over the RPO",
    "rpo.unknown": "RPO unknown", "rto.target": "over the RTO", "standby.down": "standby down",
    "standby.lag": "standby lags", "standby.slot": "slot at risk",
    "cnpg.archive.claim": "archiving unproven", "cnpg.archive.failing": "archiving fails",
    "cnpg.backup.blocked": "backups blocked", "cnpg.backup.condition": "last backup failed",
    "cnpg.backup.end-wal": "end WAL missing", "cnpg.backup.failed-counted": "failed one counted",
    "cnpg.backup.queue": "backups queue", "cnpg.backup.unconfigured": "no backup set up",
    "cnpg.certificate": "certificate ends", "cnpg.encryption": "encryption",
    "cnpg.in-tree": "in-tree backup", "cnpg.object-store.missing": "no ObjectStore",
    "cnpg.phase": "unhealthy phase", "cnpg.retention.unenforced": "nothing expires",
    "cnpg.retention.unset": "no retention", "cnpg.schedule.five-fields": "five cron fields",
    "cnpg.schedule.invalid": "schedule invalid", "cnpg.schedule.missing": "no schedule",
    "cnpg.schedule.no-cluster": "schedule astray", "cnpg.schedule.overdue": "schedule overdue",
    "cnpg.schedule.suspended": "schedule suspended", "cnpg.volume.filling": "volume fills up",
    "cnpg.volume.oversized": "volume oversized", "cnpg.wal.backlog": "WAL waits",
    "cnpg.window.empty": "window is empty", "cnpg.window.stale": "window is stale",
  ]
}

extension ClusterSnapshot {
  /// The finding that made the verdict; nil without any.
  var worstFinding: Finding? {
    var worst: Finding?
    for finding in findings {
      guard let known = worst else {
        worst = finding
        continue
      }
      if (known.ceiling.rank, known.severity) < (finding.ceiling.rank, finding.severity) {
        worst = finding
      }
    }
    return worst
  }
}

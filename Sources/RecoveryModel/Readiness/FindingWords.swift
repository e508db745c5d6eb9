extension Finding {
  /// The reason in a few words, for a column: by the rule that found it; the headline where the rule
  /// has none.
  package var shortForm: String {
    let rule = id.split(separator: ":").first.map(String.init) ?? id
    return FindingWords.ofRule(rule) ?? headline
  }
}

/// At most 15 letters for each rule: what the board's narrow column holds.
package enum FindingWords {
  package static let byRule: [String: String] = [
    "archive.failing": "archiving fails", "archive.hung": "archiver hangs",
    "archive.stopped": "tool is stopped", "pgbackrest.repository": "second repo",
    "archive.off": "archiving off", "archive.waiting-unknown": "backlog unseen",
    "backup.apart": "apart from WAL", "backup.foreign": "other database",
    "backup.lacking": "partial backup", "chain.spoiled": "spoiled WAL",
    "chain.stray-timeline": "stray timeline", "clock.backup": "wrong time zone",
    "repository.single-moments": "WAL thinned", "repository.unreadable": "repo unreadable",
    "backup.error": "backup failed", "backup.gap": "no base backup",
    "backup.overdue": "backup overdue", "backup.unverifiable": "WAL unchecked",
    "backup.wal-incomplete": "WAL incomplete", "chain.hole": "hole in the WAL",
    "chain.lost-segment": "WAL was lost", "clock.disagrees": "clocks disagree",
    "drill.credentials": "store refuses", "drill.not-tested": "drill untested",
    "drill.could-not-run": "drill not run", "drill.failed": "drill failed",
    "drill.leftovers": "drill leftovers", "drill.never": "never drilled",
    "drill.overdue": "drill overdue", "drill.room": "no drill room",
    "drill.superseded": "drill outdated", "drill.untested": "drill untested",
    "identity.system": "another system", "identity.timeline": "timeline clash",
    "instance.restart": "restart pending", "outage": "not reachable",
    "part.pending": "not asked yet",
    "part.stale": "no news", "part.unavailable": "no answer", "part.withheld": "right missing",
    "primary.several": "two primaries", "primary.unreachable": "primary is down",
    "repository.encryption": "not encrypted", "repository.retention": "retention short",
    "repository.room": "repo fills up", "rpo.target": "over the RPO",
    "rpo.unknown": "RPO unknown", "rto.target": "over the RTO", "standby.down": "standby down",
    "standby.lag": "standby lags", "standby.slot": "slot at risk",
    "window.senseless": "senseless times",
    "cnpg.archive.claim": "empty claim", "cnpg.archive.failing": "archiving fails",
    "cnpg.backup.blocked": "backups blocked", "cnpg.backup.condition": "backup failed",
    "cnpg.backup.end-wal": "end WAL missing", "cnpg.backup.failed-counted": "failed one kept",
    "cnpg.backup.queue": "backups queue", "cnpg.backup.unconfigured": "no backup plan",
    "cnpg.certificate": "certificate", "cnpg.encryption": "encryption",
    "cnpg.in-tree": "in-tree backup", "cnpg.object-store.missing": "no ObjectStore",
    "cnpg.phase": "unhealthy phase", "cnpg.retention.unenforced": "nothing expires",
    "cnpg.retention.unset": "no retention", "cnpg.schedule.five-fields": "5 cron fields",
    "cnpg.schedule.invalid": "bad schedule", "cnpg.schedule.missing": "no schedule",
    "cnpg.schedule.method": "wrong method",
    "cnpg.schedule.no-cluster": "schedule astray", "cnpg.schedule.overdue": "schedule late",
    "cnpg.schedule.suspended": "schedule is off", "cnpg.volume.filling": "volume fills up",
    "cnpg.volume.oversized": "big volume", "cnpg.wal.backlog": "WAL waits",
    "cnpg.window.empty": "window is empty", "cnpg.window.stale": "window is stale",
    "cnpg.archive.second-hand": "second hand",
    "cnpg.archive.shared": "shared archive",
    "cnpg.backup.doomed": "doomed backup",
    "cnpg.deletion": "being deleted",
    "cnpg.recovery.short": "short replay", "cnpg.recovery.end": "end unproven",
    "cnpg.system-id": "another system",
  ]

  /// Also for an activity, whose kind is the last part of the id.
  package static func ofRule(_ rule: String) -> String? {
    byRule[rule]
      ?? rule.split(separator: ".").last.flatMap {
        ClusterActivity.Kind(rawValue: String($0))?.words
      }
  }
}

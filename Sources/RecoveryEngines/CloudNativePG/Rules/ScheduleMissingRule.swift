import RecoveryModel

/// Nothing takes base backups by itself.
enum ScheduleMissingRule {
  static let rule = CloudNativePGRule("cnpg.schedule.missing") { facts, _ in
    guard let schedules = facts.ownSchedules, schedules.isEmpty, facts.cluster.canBackUp,
      facts.bootstrap == nil
    else {
      return []
    }
    return [
      Finding(
        id: "cnpg.schedule.missing", severity: .warning,
        headline: "No ScheduledBackup names this cluster: base backups are taken by hand alone",
        evidence: [
          facts.evidence(
            "0 ScheduledBackups for \(facts.name)", facts.schedules.source ?? "ScheduledBackups",
            at: facts.schedules.at)
        ],
        remedy: "pgvigil manifest scheduled-backup (nightly: \"0 0 3 * * *\")", ceiling: .likely)
    ]
  }
}

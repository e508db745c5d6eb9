import FoundationEssentials

/// The base backups themselves: age, errors, and the WAL that each needs for itself.
enum BackupRules {
  static let overdue = Rule("backup.overdue", .critical, "backup overdue", needs: [.backups]) {
    context in
    let broken = context.window?.broken ?? []
    guard let last = context.report.backups.value?.newest(besides: broken),
      let finished = last.finishedAt
    else { return [] }
    let interval = context.declaration.targets.backupInterval
    let age = context.age(finished)
    guard let lateness = context.declaration.targets.lateness(ofBackupAged: age) else { return [] }
    let critical = lateness == .critical
    return [
      Finding(
        id: "backup.overdue", severity: critical ? .critical : .warning,
        headline: "The last base backup is \(Format.age(age)) old, expected every "
          + Format.span(interval),
        evidence: [
          context.evidence("\(label(last)) is the newest that finished", .backups),
          Evidence(what: "finished", source: "backup \(label(last))", at: finished),
        ],
        remedy: context.backupRemedy + "; then look at what schedules it.",
        ceiling: critical ? .atRisk : .likely)
    ]
  }

  static let damaged = Rule("backup.error", .warning, "backup failed", needs: [.backups]) {
    context in
    let ended = (context.report.backups.value?.backups ?? []).filter {
      $0.finishedAt != nil || $0.error != nil
    }
    guard let newest = ended.max(by: { $0.startedAt < $1.startedAt }),
      let error = newest.error ?? newest.suspect
    else { return [] }
    // A run that ended and is not whole is damaged; one that did not end has failed.
    let isDamaged = newest.finishedAt != nil
    let state = newest.error == nil ? "has damaged pages" : isDamaged ? "is damaged" : "failed"
    let sentence = FailureSentence.shorten(Sanitizer.clean(error, limit: 1000), limit: 160)
    return [
      Finding(
        id: "backup.error", severity: .warning,
        headline: "The newest base backup \(label(newest)) \(state): \(sentence)",
        evidence: [
          Evidence(
            what: FailureSentence.lead(newest.errorDetail ?? error, limit: 150),
            source: context.report.backups.source ?? "backup catalog",
            at: newest.finishedAt ?? newest.failedAt ?? newest.startedAt)
        ],
        remedy: newest.errorRemedy
          ?? context.backupRemedy
          + (isDamaged ? "; page checksum errors need a look at the primary's disk." : "."),
        ceiling: .atRisk)
    ]
  }

  /// A backup restores to a consistent state only with every segment from its start to its stop.
  static let incompleteWAL = Rule(
    "backup.wal-incomplete", .critical, "WAL incomplete", needs: [.backups, .walArchive]
  ) { context in
    guard let window = context.window, let newestBroken = window.broken.last else { return [] }
    let newest = context.report.backups.value?.lastGood?.id
    // One whose WAL nobody can name may still do.
    let none =
      window.restorable.isEmpty
      && context.finishedBackups.allSatisfy { window.broken.contains($0.id) }
    let isNewest = newest == newestBroken
    let shown = window.broken.map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
    let label = Sanitizer.clean(newestBroken, limit: 60)
    let what = spoiled(newestBroken, window, context) ?? "itself is missing from the archive"
    return [
      Finding(
        id: "backup.wal-incomplete",
        severity: none || isNewest ? .critical : .warning,
        headline: none
          ? "No base backup can be restored: the WAL of \(label) \(what)"
          : isNewest
            ? "The newest base backup \(label) cannot be restored: a part that it needs is missing"
            : "An older base backup cannot be restored: \(Sanitizer.clean(shown, limit: 120))",
        evidence: [
          context.evidence(
            "cannot be restored: \(Sanitizer.clean(shown, limit: 200))", .walArchive),
          context.evidence("still listed as good", .backups),
        ],
        remedy: context.backupRemedy, ceiling: none ? .notRecoverable : isNewest ? .atRisk : .likely
      )
    ]
  }

  /// What lies there instead of a segment that the backup needs; nil = nothing does.
  private static func spoiled(
    _ id: String, _ window: RecoveryWindow, _ context: RuleContext
  ) -> String? {
    guard let backup = context.finishedBackups.first(where: { $0.id == id }),
      let start = backup.startSegment, let stop = backup.stopSegment,
      let found = context.report.walArchive.value?.spoiled.first(where: {
        start <= $0.segment && $0.segment <= stop
      })
    else { return nil }
    return "cannot be fetched, \(context.segmentName(found.segment)): \(found.words)"
  }

  /// The catalog does not say which segments the newest backup needs, so nobody can tell whether they are there.
  static let unverifiable = Rule(
    "backup.unverifiable", .warning, "WAL unchecked", needs: [.backups, .walArchive]
  ) { context in
    guard let last = context.report.backups.value?.lastGood, let window = context.window,
      !window.restorable.contains(last.id), !window.broken.contains(last.id)
    else { return [] }
    if window.unjudged.contains(last.id) { return unjudged(last, window, context) }
    return [
      Finding(
        id: "backup.unverifiable", severity: .warning,
        headline: "Whether \(label(last)) has the WAL that it needs cannot be told",
        evidence: [context.evidence("no start or stop segment recorded", .backups)],
        remedy: context.drillRemedy, ceiling: .unknown)
    ]
  }

  /// Nothing to say where an older one holds meanwhile.
  private static func unjudged(
    _ backup: Backup, _ window: RecoveryWindow, _ context: RuleContext
  ) -> [Finding] {
    guard window.restorable.isEmpty else { return [] }
    return [
      Finding(
        id: "backup.unverifiable", severity: .warning,
        headline: "\(label(backup)) has only just ended: the end of its WAL is not seen yet",
        evidence: [
          Evidence(
            what: "ended", source: context.report.backups.source ?? "backups",
            at: backup.finishedAt),
          context.evidence("listed before", .walArchive),
        ],
        remedy: "Wait for the next look at the archive.", ceiling: .unknown)
    ]
  }

  static func label(_ backup: Backup) -> String { Sanitizer.clean(backup.id, limit: 60) }
}

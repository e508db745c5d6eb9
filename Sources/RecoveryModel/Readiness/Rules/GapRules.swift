/// The gap: WAL without a base backup restores nothing.
enum GapRules {
  static let noBaseBackup = Rule("backup.gap", .critical, "no base backup", needs: [.backups]) {
    context in
    // Those that finished and are of no use are told of as what they are.
    guard context.finishedBackups.isEmpty, context.report.backups.value?.flawed.isEmpty == true,
      !context.isBeingMade
    else { return [] }
    let archiving = context.report.archive.value?.enabled
    let segments = context.report.walArchive.value?.segments.count ?? 0
    let flows = archiving == true || segments > 0
    var evidence = [
      context.evidence(
        "\(context.report.backups.value?.kept.count ?? 0) backups, none usable",
        .backups)
    ]
    if let wait = context.report.backups.value?.waiting {
      evidence.append(context.evidence(words(wait), .backups))
    }
    if segments > 0 {
      evidence.append(context.evidence("\(segments) WAL segments archived", .walArchive))
    }
    if let descent = context.report.descent {
      return [descended(descent, context, evidence)]
    }
    let headline =
      flows
      ? "WAL is archived, but there is no base backup: if the primary vanished, all would be lost"
      : "There is no base backup: if the primary vanished, all would be lost"
    return [
      Finding(
        id: "backup.gap", severity: .critical, headline: headline, evidence: evidence,
        remedy: remedy(context), ceiling: .notRecoverable)
    ]
  }

  /// What it was made of lies where it was recovered from, for as long as that cluster gives it.
  private static func descended(
    _ descent: Descent, _ context: RuleContext, _ evidence: [Evidence]
  ) -> Finding {
    let name = descent.name
    let isHeld = context.isHeldByOrigin
    let from: String
    if case .latest = descent.aim {
      from = "\(name) to \(RecoveryReach.moment(descent.since, now: context.now))"
    } else if case .time(let date) = descent.aim {
      from = "\(name) to \(RecoveryReach.moment(date, now: context.now))"
    } else {
      from = "\(name) to \(Sanitizer.clean(descent.aim.words, limit: 80))"
    }
    let standing =
      context.origin == nil
      ? "\(name) is not in sight, and it has no base backup of its own: all would be lost"
      : context.origin?.holds == false
        ? "\(name) cannot give that any more, and it has no base backup of its own: all would be lost"
        : "it has no base backup of its own, and whether \(name) still gives that, nobody can tell"
    let removal = context.origin.flatMap { origin in
      descent.id.map { "pgvigil remove \(origin.typed) \($0)" }
    }
    let keep = remedy(context)
    return Finding(
      id: "backup.gap", severity: isHeld ? .warning : .critical,
      headline: "Recovered from \(from); "
        + (isHeld ? "what was written to it since is in no backup" : standing),
      evidence: evidence,
      remedy:
        "To keep it, \(keep.prefix(1).lowercased() + keep.dropFirst()). If it was only a look: "
        + (removal ?? descent.deletion),
      ceiling: isHeld
        ? .atRisk
        : context.origin != nil && context.origin?.holds == nil ? .unknown : .notRecoverable,
      words: isHeld ? "no own backup" : "")
  }

  private static func remedy(_ context: RuleContext) -> String {
    if context.isBackupRunning {
      return "A base backup is being taken; it counts once it has finished."
    }
    guard let wait = context.report.backups.value?.waiting else { return context.backupRemedy }
    return "A base backup is asked for: \(words(wait)). It counts once it has finished."
  }

  private static func words(_ wait: BackupWait) -> String {
    Sanitizer.clean(wait.name, limit: 80)
      + (wait.cause.map { " waits for \(Sanitizer.clean($0, limit: 200))" } ?? " waits")
  }
}

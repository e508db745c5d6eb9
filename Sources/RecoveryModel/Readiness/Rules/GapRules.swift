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

import FoundationEssentials

/// Base backups that finished and still cannot bring back what runs now.
enum UsabilityRules {
  static let foreign = Rule("backup.foreign", .critical, "other database", needs: [.backups]) {
    context in
    finding("backup.foreign", context) { $0.isForeign }
  }

  static let lacking = Rule("backup.lacking", .critical, "partial backup", needs: [.backups]) {
    context in
    finding("backup.lacking", context) { if case .lacks = $0 { true } else { false } }
  }

  static let apart = Rule("backup.apart", .critical, "apart from WAL", needs: [.backups]) {
    context in
    finding("backup.apart", context) { if case .apart = $0 { true } else { false } }
  }

  static let damaged = Rule("backup.damaged", .critical, "damaged backup", needs: [.backups]) {
    context in
    finding("backup.damaged", context) { if case .damaged = $0 { true } else { false } }
  }

  /// Where the hit ones stand among the others decides how bad it is.
  private static func finding(
    _ id: String, _ context: RuleContext, _ isHit: (BackupFlaw) -> Bool
  ) -> [Finding] {
    guard let catalog = context.report.backups.value else { return [] }
    let hits = catalog.flawed.filter { isHit($0.flaw) }
      .sorted { end($0.backup) < end($1.backup) }
    guard let newest = hits.last else { return [] }
    let good = catalog.lastGood
    let isNewest = good.map { end($0) < end(newest.backup) } ?? true
    // Of several reasons why nothing can be restored, the hopeful one decides.
    let lost = !catalog.flawed.contains { $0.flaw.leavesMoment }
    let ceiling: Verdict =
      good == nil ? (lost ? .notRecoverable : .atRisk) : isNewest ? .atRisk : .proven
    return [
      Finding(
        id: id, severity: good == nil || isNewest ? .critical : .info,
        headline: headline(hits, good: good, isNewest: isNewest),
        evidence: hits.suffix(4).reversed().map { hit in
          Evidence(
            what: "\(BackupRules.label(hit.backup)) \(hit.flaw.predicate)",
            source: context.report.backups.source ?? "backup catalog", at: hit.backup.finishedAt)
        },
        remedy: good != nil && !isNewest
          ? "Nothing to do for what runs now; retention removes them, or keep them for the past."
          : "\(context.backupRemedy). \(advice(newest.flaw, newest.backup))",
        ceiling: ceiling)
    ]
  }

  private static func headline(
    _ hits: [(backup: Backup, flaw: BackupFlaw)], good: Backup?, isNewest: Bool
  ) -> String {
    guard let newest = hits.last else { return "" }
    let what = "\(BackupRules.label(newest.backup)) \(newest.flaw.predicate)"
    guard let good else {
      let others = hits.count > 1 ? " (and \(hits.count - 1) more like it)" : ""
      return newest.flaw.leavesMoment
        ? "No base backup can bring back what runs now as it is: \(what)\(others)"
        : "There is no base backup of what runs now: \(what)\(others)"
    }
    if isNewest {
      return "The newest base backup cannot be used, \(BackupRules.label(good)) is the newest that "
        + "can: \(what)"
    }
    return hits.count == 1
      ? "An older base backup does not count: \(what)"
      : "\(hits.count) older base backups do not count: \(what)"
  }

  private static func advice(_ flaw: BackupFlaw, _ backup: Backup) -> String {
    switch flaw {
    case .otherVersion(let its, _):
      "What was before the upgrade comes back with PostgreSQL \(its) only; a place of its own for "
        + "each major version keeps the archives apart."
    case .otherBranch:
      "Until then restore from the newest that can. See to it that the other server archives and backs up "
        + "no more."
    case .laterTimeline:
      "Then find out whether this server was restored to an earlier state, or whose backup it is."
    case .otherSystem, .otherDatabase, .formerCluster, .olderSystem:
      "The old ones bring back the past only; a place of its own keeps the archives apart."
    case .lacks where backup.method != "volumeSnapshot":
      "Then find out who removed it: retention, a lifecycle rule of the bucket, or somebody."
    case .lacks:
      "First see to it that all volumes are in it: a class for the WAL volume and for each "
        + "tablespace."
    case .damaged:
      "Keep the damaged one: an old version of the object or a copy elsewhere may be whole. Then "
        + "find out what changed it."
    case .apart:
      "Where the change was not meant, set the places back: a restore takes base backup and WAL "
        + "from one."
    }
  }

  private static func end(_ backup: Backup) -> Date { backup.finishedAt ?? .distantPast }
}

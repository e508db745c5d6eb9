import FoundationEssentials
import RecoveryModel
import TextScreen

/// What a restore would start from.
enum BackupsPanel {
  static let row = PanelRow(
    id: .backups, title: "Base backups", key: "3", status: status, summary: summary,
    detail: detail, item: item,
    staleAge: { $0.cluster.staleAge(of: .backups, at: $0.now) })

  @Sendable private static func status(_ context: PanelContext) -> Span {
    guard let catalog = context.report.backups.value else {
      return MissingPart.status(context.report.backups)
    }
    if catalog.running != nil || context.cluster.isBackingUp { return Span("running", .notice) }
    guard let finished = context.cluster.lastGoodBackup?.finishedAt else {
      return Span("none", .critical)
    }
    let age = context.age(finished)
    guard let late = context.targets.lateness(ofBackupAged: age) else {
      return Span(context.ago(finished), .good)
    }
    return Span("late by \(Format.age(age - context.targets.backupInterval))", late.role)
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    guard let catalog = context.report.backups.value else {
      return MissingPart.rows(context.report.backups, width: width, limit: context.limit)
    }
    guard let last = context.cluster.lastGoodBackup, let finished = last.finishedAt else {
      return missing(catalog, context)
    }
    let how = [last.kind.rawValue, last.method].compactMap { $0 }.joined(separator: " by ")
    var rows: [Row] = [
      .fact("last", "\(context.ago(finished)), \(how)"),
      .fact("next", due(finished, context)),
      .fact("label", last.id),
      .fact("size", size(last)),
      .fact("took", took(last)),
    ]
    if let running = running(catalog, context) {
      rows[1] = running
    } else if let wait = catalog.waiting {
      rows[1] = .fact("waits", waitWords(wait), .notice)
    }
    if height > 5 { rows.append(history(catalog)) }
    return rows
  }

  private static func missing(_ catalog: BackupCatalog, _ context: PanelContext) -> [Row] {
    var rows: [Row] = [.fact("none", "there is no base backup:", .critical)]
    if let (backup, flaw) = catalog.flawed.last {
      let others = catalog.flawed.count > 1 ? ", and \(catalog.flawed.count - 1) more" : ""
      rows = [
        .fact("usable", "none of what runs now", .critical),
        .fact("listed", "\(backup.id): \(flaw.words)\(others)", .warning),
      ]
    } else if let broken = catalog.lastGood {
      rows = [
        .fact("usable", "none: their own WAL is missing", .critical),
        .fact("listed", "\(broken.id): without its own WAL", .warning),
      ]
    } else {
      rows.append(.fact("", "WAL alone restores nothing", .critical))
    }
    if let running = running(catalog, context) { return rows + [running] }
    let damaged = catalog.kept.filter { $0.error != nil }.count
    if damaged > 0 { rows.append(.fact("damaged", "\(damaged) in the catalog", .warning)) }
    let failed = catalog.backups.count - catalog.kept.count
    if failed > 0 {
      rows.append(.fact("failed", "\(failed) \(failed == 1 ? "try" : "tries")", .warning))
    }
    if let wait = catalog.waiting { return rows + [.fact("waits", waitWords(wait), .notice)] }
    rows.append(.line(.fact("", [.key(of: "backup"), Span(" takes one now")])))
    return rows
  }

  /// A backup under way, ours or another's.
  private static func running(_ catalog: BackupCatalog, _ context: PanelContext) -> Row? {
    if let operation = context.cluster.operation, operation.plan.request.kind == .backup {
      let share = operation.fraction.map { " \(Format.percent($0))" } ?? ""
      return .fact("running", operation.step + share, .notice)
    }
    guard let running = catalog.running else { return nil }
    let share = running.fraction.map(Format.percent) ?? "in progress"
    let since = running.startedAt.map { ", since \(Moment.clock($0))" } ?? ""
    return .fact("running", share + since, .notice)
  }

  /// What has been asked for and waits for its turn.
  static func waitWords(_ wait: BackupWait) -> String {
    wait.name + (wait.cause.map { " for \($0)" } ?? "")
  }

  static func due(_ finished: Date, _ context: PanelContext) -> [Span] {
    let interval = context.targets.backupInterval
    let age = context.age(finished)
    let left = interval - age
    let every = ", every \(Format.span(interval))"
    if let late = context.targets.lateness(ofBackupAged: age) {
      return [Span("late by \(Format.age(-left))", late.role), Span(every, .dim)]
    }
    // A schedule says when; without one there is only how often.
    guard let next = context.report.nextBackup, next > context.coarseNow else {
      return [Span(left < 0 ? "due now" : "due in \(Format.age(left))"), Span(every, .dim)]
    }
    return [
      Span("in \(Format.age(next.timeIntervalSince(context.coarseNow)))"),
      Span(", scheduled\(every)", .dim),
    ]
  }

  static func size(_ backup: Backup) -> String {
    let database = backup.databaseBytes.map(Format.bytes) ?? "not told by the catalog"
    return database + (backup.repositoryBytes.map { ", \(Format.bytes($0)) stored" } ?? "")
  }

  static func took(_ backup: Backup) -> String {
    guard let seconds = backup.duration else {
      let failed = backup.failedAt.map { Format.duration($0.timeIntervalSince(backup.startedAt)) }
      return backup.error == nil ? "unknown" : failed.map { "\($0), then failed" } ?? "failed"
    }
    guard let bytes = backup.copiedBytes ?? backup.databaseBytes, seconds > 0 else {
      return Format.duration(seconds)
    }
    return "\(Format.duration(seconds)) at \(Format.rate(Double(bytes) / seconds))"
  }

  static func history(_ catalog: BackupCatalog, labelWidth: Int = Line.labelWidth) -> Row {
    let sizes = catalog.kept.suffix(18).map { $0.repositoryAddedBytes.map(Double.init) }
    guard sizes.contains(where: { $0 != nil }) else {
      return .line(
        .fact(
          "history", [Span("\(catalog.kept.count) kept, sizes not told", .dim)],
          labelWidth: labelWidth))
    }
    return .sparkline(
      "history", sizes, Span("\(catalog.kept.count) kept", .dim), labelWidth: labelWidth)
  }

  /// Whether its own WAL is complete; nil where the audit has not seen it.
  static func isRestorable(_ backup: Backup, _ context: PanelContext) -> Bool? {
    if context.report.backups.value?.isUsable(backup) != true { return false }
    guard let window = context.cluster.window, window.basis == .audited else { return nil }
    if window.broken.contains(backup.id) { return false }
    return window.restorable.contains(backup.id) ? true : nil
  }

  /// Whether only the engine says that it can be restored.
  static func isClaimed(_ backup: Backup, _ context: PanelContext) -> Bool {
    guard let window = context.cluster.window, window.basis == .claimed else { return false }
    return window.restorable.contains(backup.id)
  }
}

extension ClusterSnapshot {
  var isBackingUp: Bool { operation?.plan.request.kind == .backup }
  var isDrilling: Bool { operation?.plan.request.kind == .drill }
}

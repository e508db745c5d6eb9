import FoundationEssentials

/// From what was observed to what is concluded: window, exposure, projection, findings, verdict. Pure.
package enum ClusterAssessment {
  /// `previous` saves the audit when neither the archive nor the catalog was asked again since; `paces` are seconds
  /// between two looks at a part, where a source has a pace of its own.
  package static func assess(
    declaration: ClusterDeclaration, engineTitle: String, interval: Double, report: EngineReport,
    drills: [DrillRecord], operation: RunningOperation?, outcomes: [OperationOutcome],
    clock: WALClock, now: Date, paces: [ReportPart: Double] = [:],
    scrubs: ScrubHistory = ScrubHistory(), notes: ClusterNotes = ClusterNotes(),
    previous: ClusterSnapshot? = nil,
    origin: RecoveryOrigin? = nil
  ) -> ClusterSnapshot {
    let drills = inOrder(drills)
    var report = report
    let scrub = report.apply(scrubs, previous: previous)
    report.recallStored(previous?.lastAnswers.stored(of: report))
    if case .value(let catalog, let source, let at) = report.backups {
      report.backups = .value(
        catalog.judged(
          by: report.instances.value, switches: report.walArchive.value?.switches ?? []),
        source: source, at: at)
    }
    var declaration = declaration
    declaration.targets = declaration.targets.following(schedule: report.scheduledInterval)
    let lastAnswers = (previous?.lastAnswers ?? LastAnswers()).noting(report, notes)
    let found = Self.window(report, lastAnswers, clock: clock, previous: previous)
    let window = found.flatMap { $0.makesSense(at: now) ? $0 : nil }
    let projection = RTOProjection.project(
      declaration: declaration, report: report, window: window, drills: drills, now: now)
    var context = RuleContext(
      declaration: declaration, interval: interval, report: report, drills: drills,
      operation: operation, window: window, projection: projection, now: now, paces: paces)
    (context.scrub, context.origin) = (scrub, origin)
    context.lastAnswers = lastAnswers
    context.readiness = notes.standing(after: drills, at: now)
    if window == nil { context.refusedWindow = found }
    let line = report.productionLine(lastAnswers)
    context.exposure = exposure(context, clock.on(line), notes.looks.on(line))
    let findings = findings(in: context)
    var snapshot = ClusterSnapshot(
      declaration: declaration, engineTitle: engineTitle, takenAt: now, interval: interval,
      paces: paces, report: report, drills: drills, operation: operation,
      outcomes: outcomes, window: window,
      exposure: context.exposure, projection: projection, findings: findings,
      verdict: verdict(findings, window: window, backups: report.backups.value))
    snapshot.reach = snapshot.verdict == .notRecoverable ? nil : context.reach
    snapshot.scrub = scrub
    snapshot.clock = clock
    snapshot.looks = notes.looks
    snapshot.acts = (notes.acts ?? []).filter {
      $0.system == nil || report.system == nil || $0.system == report.system
    }
    snapshot.judgeActs(after: previous)
    snapshot.readiness = context.readiness
    snapshot.lastAnswers = lastAnswers
    snapshot.origin = origin
    snapshot.follow(report.recoveries, after: previous)
    return snapshot
  }

  /// What would be lost, by the last word of the server for as long as that counts, else by the archive alone.
  private static func exposure(
    _ context: RuleContext, _ clock: WALClock, _ looks: WALLooks
  ) -> RPOExposure? {
    let (report, last) = (context.report, context.lastAnswers)
    let size = report.walArchive.value?.segmentSize ?? report.archive.value?.segmentSize ?? 0
    let storedAt = [report.listedWAL, last.stored(of: report)].compactMap { stored in
      stored.map { clock.written($0.segment, storedAt: $0.at, segmentSize: size) }
    }.max()
    let bound = context.exposure(storedAt: storedAt)
    // One answer that stays away is no news.
    var told = report
    told.archive = last.report.archive
    guard let status = told.archive.value, let at = told.archive.at else { return bound }
    let isStale =
      told.staleAge(of: .archive, interval: context.interval, paces: context.paces, at: context.now)
      != nil
    guard last.stoppedAt != nil || !isStale else { return bound }
    let asOf = last.stoppedAt ?? context.now
    var exposure = clock.exposure(status: status, storedAt: storedAt, now: asOf)
    // Only where this console has not seen enough: what others saw is told by the same rules.
    if exposure?.isUpperBound == true || exposure?.seconds == nil {
      exposure = clock.after(looks, of: report.system)
        .exposure(status: status, storedAt: storedAt, now: asOf)
    }
    if last.stoppedAt != nil, let exposure {
      return exposure.stopped(asOf.timeIntervalSince(at), bound: bound)
    }
    guard !isStale else { return bound }
    let pace =
      context.paces[.archive] ?? ReportPart.archive.defaultPace(interval: context.interval)
    return exposure?.grown(by: context.age(at), pace: pace)
  }

  /// The worst first; equally grave ones as the rule table has them, the engine's own after those.
  static func findings(in context: RuleContext) -> [Finding] {
    let engine = context.isFresh(.engineFindings) ? context.report.engineFindings.value ?? [] : []
    let told = RuleTable.all.flatMap { $0.findings(in: context) }
    return (told.map { StoreAssessment.finding($0, alone: context) } + engine.map(\.finding))
      .worstFirst
  }

  /// The worst that any finding allows. PROVEN is what is left when no rule objects, and then only over a window
  /// that was really seen.
  ///
  /// AT RISK promises that something can be restored: where neither a backup nor a window is known that is not known
  /// either, whatever else is wrong.
  static func verdict(
    _ findings: [Finding], window: RecoveryWindow?, backups: BackupCatalog?
  ) -> Verdict {
    let floor: Verdict = window?.restorable.isEmpty == false ? .proven : .unknown
    let worst = findings.reduce(floor) { $0.worse($1.ceiling) }
    return worst == .atRisk && window == nil && backups == nil ? .unknown : worst
  }

  private static func window(
    _ report: EngineReport, _ last: LastAnswers, clock: WALClock, previous: ClusterSnapshot?
  ) -> RecoveryWindow? {
    guard let archive = report.ownArchive(last), let backups = report.backups.value else {
      return RecoveryWindow.claimed(report)
    }
    if let previous, let window = previous.window,
      report.walArchive.at == previous.report.walArchive.at,
      report.walArchive.value?.spoiled == previous.report.walArchive.value?.spoiled,
      report.backups.value == previous.report.backups.value,
      report.retention.value?.wal == previous.report.retention.value?.wal,
      previous.report.walArchive.value != nil,
      report.strays(last) == previous.report.strays(previous.lastAnswers),
      window.unjudged.isEmpty && window.broken.isEmpty
        || report.archive.value?.lastArchivedSegment
          == previous.report.archive.value?.lastArchivedSegment
    {
      return window
    }
    return ChainAudit.window(
      archive: archive, listedAt: report.walArchive.at, backups: backups,
      retention: report.retention.value?.wal, server: report.archive.value, clock: clock)
  }

  /// Of a report by itself.
  static func window(of report: EngineReport) -> RecoveryWindow? {
    window(report, LastAnswers(), clock: WALClock(), previous: nil)
  }

  private static func inOrder(_ drills: [DrillRecord]) -> [DrillRecord] {
    zip(drills, drills.dropFirst()).allSatisfy { $0.finishedAt <= $1.finishedAt }
      ? drills : drills.sorted { $0.finishedAt < $1.finishedAt }
  }
}

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
    let found = Self.window(report, clock: clock, previous: previous)
    let window = found.flatMap { $0.makesSense(at: now) ? $0 : nil }
    let lastAnswers = (previous?.lastAnswers ?? LastAnswers()).noting(report, notes.looks)
    let segmentSize = report.walArchive.value?.segmentSize ?? report.archive.value?.segmentSize ?? 0
    let storedAt = [report.listedWAL, lastAnswers.stored(of: report)].compactMap { stored in
      stored.map { clock.written($0.segment, storedAt: $0.at, segmentSize: segmentSize) }
    }.max()
    // One answer that stays away is no news: what was told before counts for as long as it may.
    var told = report
    if told.archive.value == nil, let last = previous?.lastAnswers.report.archive {
      told.archive = last
    }
    let asOf = lastAnswers.stoppedAt ?? now
    let exposure = told.archive.value.flatMap { status in
      let own = clock.exposure(status: status, storedAt: storedAt, now: asOf)
      // Only where this console has not seen enough: what others saw is told by the same rules.
      guard own?.isUpperBound == true || own?.seconds == nil else { return own }
      return clock.after(notes.looks, of: report.system)
        .exposure(status: status, storedAt: storedAt, now: asOf)
    }
    let projection = RTOProjection.project(
      declaration: declaration, report: report, window: window, drills: drills, now: now)
    var context = RuleContext(
      declaration: declaration, interval: interval, report: report, drills: drills,
      operation: operation, window: window, exposure: exposure, projection: projection, now: now,
      paces: paces)
    context.scrub = scrub
    context.lastPrimary = lastAnswers.primary
    context.lastTimeline =
      lastAnswers.report.archive.value?.timeline ?? notes.looks.all.last?.timeline
    context.stoppedAt = lastAnswers.stoppedAt
    context.readiness = notes.standing(after: drills, at: now)
    if window == nil { context.refusedWindow = found }
    let pace = paces[.archive] ?? ReportPart.archive.defaultPace(interval: interval)
    if lastAnswers.stoppedAt != nil, let at = told.archive.at, let exposure {
      let bound = context.exposure(storedAt: storedAt)
      context.exposure = exposure.stopped(asOf.timeIntervalSince(at), bound: bound)
    } else if let at = told.archive.at, told.archive.value != nil,
      told.staleAge(of: .archive, interval: interval, paces: paces, at: now) == nil
    {
      context.exposure = exposure?.grown(by: context.age(at), pace: pace)
    } else {
      // A figure from an answer that no longer counts is not known any more; what the archive has still bounds it.
      context.exposure = context.exposure(storedAt: storedAt)
    }
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
    snapshot.readiness = context.readiness
    snapshot.lastAnswers = lastAnswers
    snapshot.origin = origin
    snapshot.follow(report.recoveries, after: previous)
    return snapshot
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
    _ report: EngineReport, clock: WALClock, previous: ClusterSnapshot?
  ) -> RecoveryWindow? {
    guard let archive = report.walArchive.value, let backups = report.backups.value else {
      return RecoveryWindow.claimed(report)
    }
    if let previous, let window = previous.window,
      report.walArchive.at == previous.report.walArchive.at,
      report.walArchive.value?.spoiled == previous.report.walArchive.value?.spoiled,
      report.backups.value == previous.report.backups.value,
      report.retention.value?.wal == previous.report.retention.value?.wal,
      previous.report.walArchive.value != nil,
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
    window(report, clock: WALClock(), previous: nil)
  }

  private static func inOrder(_ drills: [DrillRecord]) -> [DrillRecord] {
    zip(drills, drills.dropFirst()).allSatisfy { $0.finishedAt <= $1.finishedAt }
      ? drills : drills.sorted { $0.finishedAt < $1.finishedAt }
  }
}

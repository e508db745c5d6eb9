/// What the newest drill says.
enum DrillOutcomeRules {
  static let failed = Rule("drill.failed", .critical, "drill failed", needs: []) { context in
    guard let drill = context.lastTellingDrill, drill.outcome == .failed else { return [] }
    if context.isOvertaken(drill) { return [overtaken(drill, context)] }
    let recovery =
      drill.cause.map { $0 == .recovery }
      ?? (drill.failedIn == .replaying || drill.failedIn == .restoring)
    let isNewest =
      drill.backup != nil && drill.backup == context.report.backups.value?.lastGood?.id
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 160)
    let place = drill.failedIn.map { " while \($0.words)" } ?? ""
    if recovery, isNewest, let reach = context.reach, reach.isCut,
      context.provenEnd(of: drill) != nil
    {
      return [cutShort(drill, reach, reason: reason, context)]
    }
    if recovery, isNewest, let older = context.olderProof(than: drill) {
      return [newestFailed(drill, older, place: place, reason: reason, context)]
    }
    return [
      Finding(
        id: "drill.failed", severity: .critical,
        headline:
          "The last verify drill failed\(place), \(Format.age(context.age(drill.finishedAt)))"
          + " ago: \(reason)",
        evidence: [
          context.evidence(
            drill, "backup \(Sanitizer.clean(drill.backup ?? "unknown", limit: 60)): \(reason)")
        ],
        remedy: recovery && isNewest
          ? "The newest backup could not be restored. \(context.backupRemedy); then drill again."
          : context.drillRemedy + " once the reason is dealt with.",
        ceiling: recovery && isNewest ? .notRecoverable : .atRisk)
    ]
  }

  /// Nothing was restored; what it missed has come back.
  private static func overtaken(_ drill: DrillRecord, _ context: RuleContext) -> Finding {
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 160)
    return Finding(
      id: "drill.failed", severity: .warning,
      headline:
        "The last verify drill, \(Format.age(context.age(drill.finishedAt))) ago, missed what "
        + "the archive has by now: \(reason)",
      evidence: [
        context.evidence(drill, reason),
        context.evidence("the backup's own WAL is complete", .walArchive),
      ],
      remedy: context.drillRemedy, ceiling: .likely)
  }

  /// The backup came back and its WAL ended early: up to there all can be restored.
  private static func cutShort(
    _ drill: DrillRecord, _ reach: RecoveryReach, reason: String, _ context: RuleContext
  ) -> Finding {
    let label = Sanitizer.clean(drill.backup ?? "unknown", limit: 60)
    return Finding(
      id: "drill.failed", severity: .critical,
      headline:
        "Recovery is possible \(reach.words(now: context.now)): the last verify drill ended "
        + "there, \(Format.age(context.age(drill.finishedAt))) ago: \(reason)",
      evidence: [
        context.evidence(
          drill,
          "backup \(label) restored, replayed to "
            + (drill.reachedLSN.map { "\($0)" } ?? "the hole")),
        context.evidence(drill, reason),
      ],
      remedy: "\(context.newChainRemedy); then drill again.",
      ceiling: .atRisk)
  }

  /// The newest backup does not come back, and one before it does.
  private static func newestFailed(
    _ drill: DrillRecord, _ older: DrillRecord, place: String, reason: String,
    _ context: RuleContext
  ) -> Finding {
    let label = Sanitizer.clean(older.backup ?? "unknown", limit: 60)
    let failed = Sanitizer.clean(drill.backup ?? "unknown", limit: 60)
    return Finding(
      id: "drill.failed", severity: .critical,
      headline: "The newest backup could not be restored; the older \(label) was, "
        + "\(Format.age(context.age(older.finishedAt))) ago. "
        + "The drill failed\(place): \(reason)",
      evidence: [
        context.evidence(drill, "backup \(failed): \(reason)"),
        context.evidence(older, "passed, backup \(label)"),
      ],
      remedy: "\(context.backupRemedy); then drill again. Until then restore from \(label).",
      ceiling: .atRisk)
  }

  /// It proves nothing either way, so it takes nothing from an earlier proof; but somebody must look.
  static let couldNotRun = Rule("drill.could-not-run", .warning, "drill not run") { context in
    guard let drill = context.drills.last, drill.outcome == .couldNotRun,
      drill.cause != .credentials
    else { return [] }
    let reason = Sanitizer.clean(drill.reason ?? "no reason recorded", limit: 160)
    return [
      Finding(
        id: "drill.could-not-run", severity: .warning,
        headline: "The last verify drill could not run: \(reason)",
        evidence: [context.evidence(drill, reason)], remedy: context.drillRemedy,
        ceiling: context.drills.lastConclusive == nil ? .likely : .proven)
    ]
  }

  static let untested = Rule("drill.untested", .warning, "drill untested") { context in
    guard let drill = context.drills.lastConclusive, drill.outcome == .passed else { return [] }
    let open = drill.tests.filter { $0.passed == nil }
    if drill.tests.isEmpty {
      return [
        Finding(
          id: "drill.untested", severity: .info,
          headline: "The last verify drill restored the backup but asked it nothing",
          evidence: [context.evidence(drill, "0 smoke tests")],
          remedy: "Add smoke_tests to the cluster's configuration.", ceiling: .likely)
      ]
    }
    guard !open.isEmpty else { return [] }
    let names = open.map { Sanitizer.clean($0.name, limit: 40) }.joined(separator: ", ")
    return [
      Finding(
        id: "drill.untested", severity: .warning,
        headline:
          "The last verify drill left tests unanswered: \(Sanitizer.clean(names, limit: 120))",
        evidence: open.map { context.evidence(drill, Sanitizer.clean($0.detail, limit: 160)) },
        remedy: context.drillRemedy + " with production reachable.", ceiling: .likely)
    ]
  }
}

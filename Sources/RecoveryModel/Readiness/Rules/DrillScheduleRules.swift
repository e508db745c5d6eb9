import FoundationEssentials

/// Whether there is a proof, and whether it still speaks for what would be restored now.
enum DrillScheduleRules {
  static let never = Rule("drill.never", .warning, "never drilled") { context in
    guard context.drills.lastPassed == nil else { return [] }
    // The ledger may lie behind the outage: that it is empty is not known then.
    guard context.report.outage == nil || !context.drills.isEmpty else { return [] }
    return [
      Finding(
        id: "drill.never", severity: context.finishedBackups.isEmpty ? .info : .warning,
        headline: context.pastProof == nil
          ? "No backup of this cluster has ever been restored to prove it"
          : "Only a moment in the past has been drilled, never the way to the end of the archive",
        evidence: [
          Evidence(
            what: "\(context.drills.count) drills recorded, none passed", source: "drill ledger",
            at: context.drills.last?.finishedAt)
        ]
          + (context.pastProof.map {
            [context.evidence($0, $0.momentWords ?? "recovered to a moment in the past")]
          } ?? []),
        remedy: context.drillRemedy,
        ceiling: .likely)
    ]
  }

  static let overdue = Rule("drill.overdue", .warning, "drill overdue") { context in
    guard let drill = context.drills.lastPassed else { return [] }
    let age = context.age(drill.finishedAt)
    let interval = context.declaration.targets.drillInterval
    guard let lateness = context.declaration.targets.lateness(ofDrillAged: age) else { return [] }
    return [
      Finding(
        id: "drill.overdue", severity: lateness,
        headline: "The last passed verify drill is \(Format.age(age)) old, expected every "
          + Format.span(interval),
        evidence: [context.evidence(drill, "passed")], remedy: context.drillRemedy,
        ceiling: .likely)
    ]
  }

  /// A proof holds for the chain that it was made from: its backup, or a newer one on the same history.
  static let superseded = Rule("drill.superseded", .warning, "drill outdated", needs: [.backups]) {
    context in
    guard let drill = context.drills.lastConclusive, drill.outcome == .passed,
      let window = context.window, let why = reason(drill, window, context)
    else { return [] }
    return [
      Finding(
        id: "drill.superseded", severity: .warning,
        headline: "The last verify drill no longer speaks for what would be restored: \(why)",
        evidence: [
          context.evidence(
            drill, "restored \(Sanitizer.clean(drill.backup ?? "an unnamed backup", limit: 60))"),
          context.evidence(
            "\(window.restorable.count) restorable backups",
            window.basis == .audited ? .walArchive : .claimedWindow),
        ],
        remedy: context.drillRemedy, ceiling: .likely)
    ]
  }

  /// A proof of another version, place or key is a proof of something else.
  static let changed = Rule("drill.changed", .warning, "proof outdated") { context in
    guard let drill = context.drills.lastConclusive, drill.outcome == .passed
    else { return [] }
    let changes =
      (drill.basis?.changes(to: context.report.proofBasis) ?? [])
      + promotion(since: drill, context) + rewritten(since: drill, context)
    guard let first = changes.first else { return [] }
    let more = changes.count > 1 ? ", and \(changes.count - 1) more" : ""
    return [
      Finding(
        id: "drill.changed", severity: .warning,
        headline: "What the last verify drill proved has changed since: \(first)\(more)",
        evidence: changes.map { context.evidence(drill, $0) },
        remedy: context.drillRemedy, ceiling: .likely)
    ]
  }

  /// What it read and what lies there now are not the same files.
  private static func rewritten(since drill: DrillRecord, _ context: RuleContext) -> [String] {
    guard let base = context.report.backups.value?.backups.first(where: { $0.id == drill.backup })
    else { return [] }
    let least = drill.finishedAt.addingTimeInterval(RuleContext.clockTolerance)
    var changes: [String] = []
    if let written = base.writtenAt, written > least {
      changes.append(
        "files of base backup \(Sanitizer.clean(base.id, limit: 60)) were written again at "
          + Format.timestamp(written))
    }
    if let archive = context.report.walArchive.value, let start = base.startSegment,
      let reached = drill.reachedLSN
    {
      let end = reached.rawValue / UInt64(max(1, archive.segmentSize))
      let again = archive.segments.count(
        from: start.number, through: end, upTo: drill.timeline ?? start.timeline,
        storedAfter: least)
      if again > 0 {
        changes.append("\(again) of the WAL segments that it read were stored again")
      }
    }
    return changes
  }

  /// What is written since lies on another timeline, and no proof has gone that way.
  private static func promotion(since drill: DrillRecord, _ context: RuleContext) -> [String] {
    guard let primary = context.primaries.first?.timeline, let drilled = drill.timeline,
      primary > drilled, isDescendant(primary, of: drilled, context)
    else { return [] }
    return ["the timeline is \(primary), it was \(drilled) (a promotion)"]
  }

  /// A restore from before the last promotion has to follow it, and what restores may not.
  static let uncrossed = Rule(
    "drill.uncrossed", .critical, "not crossed", needs: [.instances, .backups]
  ) { context in
    guard let doubt = context.report.crossingDoubt,
      let primary = context.primaries.first?.timeline,
      let catalog = context.report.backups.value, let backup = catalog.newest(besides: []),
      let timeline = backup.timeline ?? backup.stopSegment?.timeline, timeline < primary
    else { return [] }
    let crossed = context.drills.contains { drill in
      drill.outcome == .passed && drill.timeline ?? 0 >= primary
        && catalog.backups.contains { $0.id == drill.backup && $0.timeline ?? .max < primary }
    }
    guard !crossed else { return [] }
    let label = Sanitizer.clean(backup.id, limit: 60)
    return [
      Finding(
        id: "drill.uncrossed", severity: doubt.isKnown ? .critical : .warning,
        headline: "The newest base backup is from before the last promotion, and "
          + "\(Sanitizer.clean(doubt.why, limit: 160)): no drill has crossed it",
        evidence: [
          context.evidence("backup \(label) is of timeline \(timeline)", .backups),
          context.evidence("the primary is on timeline \(primary)", .instances),
        ],
        remedy: "\(context.backupRemedy), or prove it: pgvigil drill \(context.declaration.typed)",
        ceiling: doubt.isKnown ? .atRisk : .likely)
    ]
  }

  private static func reason(
    _ drill: DrillRecord, _ window: RecoveryWindow, _ context: RuleContext
  ) -> String? {
    guard let label = drill.backup else { return "it names no backup" }
    if let primary = context.primaries.first?.timeline, let drilled = drill.timeline,
      primary != drilled, !isDescendant(primary, of: drilled, context)
    {
      return "the primary is on timeline \(primary), the drill proved timeline \(drilled)"
    }
    if window.restorable.contains(label) { return nil }
    if window.broken.contains(label) { return "its backup has lost WAL since" }
    if let catalog = context.report.backups.value,
      let flaw = catalog.flawed.last(where: { $0.backup.id == label })?.flaw
    {
      return "its backup \(flaw.predicate)"
    }
    let newer = context.finishedBackups.contains {
      window.restorable.contains($0.id)
        && ($0.finishedAt ?? .distantPast) >= (drill.backupFinishedAt ?? .distantFuture)
    }
    return newer ? nil : "its backup is gone and none newer can be restored"
  }

  private static func isDescendant(
    _ timeline: UInt32, of ancestor: UInt32, _ context: RuleContext
  ) -> Bool {
    let switches = context.report.walArchive.value?.switches ?? []
    return ServerLine(timeline, switches: switches)?.left[ancestor] != nil
  }
}

extension RuleContext {
  /// The newest drill that brought back a moment in the past.
  var pastProof: DrillRecord? { allDrills.last { $0.isOfPast && $0.outcome == .passed } }
}

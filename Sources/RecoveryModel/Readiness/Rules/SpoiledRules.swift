import FoundationEssentials

/// An archive listing that is not what it seems: names of segments that lead to no segment, and history files that lead a
/// recovery away.
enum SpoiledRules {
  static let segments = Rule(
    "chain.spoiled", .critical, "spoiled WAL", needs: [.backups, .walArchive]
  ) {
    context in
    guard let window = context.window, !window.restorable.isEmpty else { return [] }
    let holes = context.realHoles.filter { $0.spoiled != nil }
    guard let last = holes.last else { return [] }
    let cutting = context.cuttingHole
    let cuts = cutting.flatMap { $0.spoiled == nil ? nil : $0 }
    let hole = cuts ?? last
    guard let spoiled = hole.spoiled else { return [] }
    let what = "\(context.segmentName(hole.first)): \(spoiled.words)"
    let reach = context.reach?.words(now: context.now) ?? "only to before that"
    return [
      Finding(
        id: "chain.spoiled", severity: cuts == nil ? .warning : .critical,
        headline: cuts == nil
          ? "The recovery window has a hole: \(what)"
          : "Recovery ends \(before(hole, context)), \(reach): \(what)",
        evidence: holes.suffix(5).flatMap { evidence($0, context) },
        remedy: remedy(spoiled, cuts: cuts != nil, context),
        ceiling: cuts == nil ? .likely : .atRisk)
    ]
  }

  /// `at 00000001000000000000000C`: the last segment that replay gets.
  private static func before(_ hole: WALHole, _ context: RuleContext) -> String {
    guard hole.first.number > 0 else { return "before \(context.segmentName(hole.first))" }
    return "at "
      + context.segmentName(
        WALSegment(timeline: hole.first.timeline, number: hole.first.number - 1))
  }

  private static func evidence(_ hole: WALHole, _ context: RuleContext) -> [Evidence] {
    guard let spoiled = hole.spoiled else { return [] }
    return spoiled.files.prefix(3).map {
      Evidence(
        what: Sanitizer.clean($0, limit: 120),
        source: context.report.walArchive.source ?? "archive listing", at: spoiled.at)
    }
  }

  private static func remedy(
    _ spoiled: SpoiledSegment, cuts: Bool, _ context: RuleContext
  ) -> String {
    let cause =
      switch spoiled.fault {
      case .duplicate(same: true):
        "Of them the one whose contents, unpacked, have the checksum in its name (sha1sum) may stay: with the rest "
          + "moved out of the archive the chain is whole. Then find out who pushed it twice."
      case .duplicate:
        "Then find the second server: are multiple primaries archiving to this place?"
      case .halfWritten, .wrongSize:
        "Then look at what interrupted the archiver: a full disk, a crash, a copy by hand."
      case .foreignName: "Then find out what else writes into the archive."
      case .damaged:
        "Keep the object: an old version or a copy elsewhere may be whole; one that is put back counts "
          + "after the next pgvigil scrub. Then find out what changed it."
      }
    return cuts ? "\(context.newChainRemedy). \(cause)" : cause
  }

  /// PostgreSQL aims at the newest timeline that has a history file, and refuses where that left before the backup.
  static let timeline = Rule(
    "chain.stray-timeline", .critical, "stray timeline", needs: [.backups, .walArchive]
  ) { context in
    guard let archive = context.report.walArchive.value,
      let label = context.window?.restorable.last,
      let backup = context.report.backups.value?.usable.last(where: { $0.id == label }),
      let stray = ChainAudit(archive).stray(after: backup),
      // The server that runs has begun it, and its first segment is still being written.
      !context.primaries.contains(where: { $0.timeline == stray.timeline }),
      // Or had, when it was last seen.
      context.lastAnswers.timeline != stray.timeline
    else { return [] }
    return [
      stray.isRelated ? empty(stray, backup, context) : refused(stray, backup, context)
    ]
  }

  private static func refused(
    _ stray: ChainAudit.StrayTimeline, _ backup: Backup, _ context: RuleContext
  ) -> Finding {
    let name = historyName(stray.timeline)
    return Finding(
      id: "chain.stray-timeline", severity: .critical,
      headline:
        "Recovery of \(BackupRules.label(backup)) fails by default: \(name) leads to a timeline "
        + "that left before it began, at \(stray.switchedAt)",
      evidence: evidence(of: stray, backup, context),
      remedy:
        "First find out whether a server was promoted to it: then that one's state is the newest. "
        + "Where none was, move \(name) out of the archive; until then a recovery needs "
        + "recovery_target_timeline = current.",
      ceiling: .atRisk)
  }

  /// Where the newest timeline has a history file and no WAL, PostgreSQL reads on along its parent, to the parent's end:
  /// what was saved comes back (tried on 15). What a server on that timeline wrote is nowhere.
  private static func empty(
    _ stray: ChainAudit.StrayTimeline, _ backup: Backup, _ context: RuleContext
  ) -> Finding {
    let name = historyName(stray.timeline)
    return Finding(
      id: "chain.empty-timeline", severity: .warning,
      headline:
        "A server was promoted to timeline \(stray.timeline) at \(stray.switchedAt), and none of "
        + "its WAL was saved: there is only \(name)",
      evidence: evidence(of: stray, backup, context),
      remedy:
        "Find out whether that server runs: what it wrote is in no archive. Where it was thrown "
        + "away, move \(name) out of the archive: the next base backup could not be recovered by "
        + "default beside it.",
      ceiling: .likely, words: "empty timeline")
  }

  private static func evidence(
    of stray: ChainAudit.StrayTimeline, _ backup: Backup, _ context: RuleContext
  ) -> [Evidence] {
    [
      context.evidence(
        "\(historyName(stray.timeline)), left timeline \(stray.parent) at \(stray.switchedAt)",
        .walArchive),
      context.evidence(
        "\(BackupRules.label(backup)) is of timeline \(backup.timeline ?? 0), from "
          + "\(backup.startLSN.map { "\($0)" } ?? "unknown")", .backups),
    ]
  }

  static func historyName(_ timeline: UInt32) -> String {
    let digits = String(timeline, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".history"
  }
}

extension ChainAudit {
  /// A timeline that its history file alone makes the newest.
  struct StrayTimeline: Equatable {
    var timeline: UInt32
    var parent: UInt32
    var switchedAt: LSN
    /// It left after the backup, so that recovery follows it; else recovery refuses.
    var isRelated: Bool
  }

  /// What `recovery_target_timeline = latest` would run into after this backup; nil when all is well. As PostgreSQL
  /// looks for it: number by number, up to the first that has no history file.
  func stray(after backup: Backup) -> StrayTimeline? {
    guard let own = backup.stopSegment?.timeline ?? backup.timeline, let start = backup.startLSN
    else { return nil }
    let known = Dictionary(
      switches.map { ($0.timeline, $0) }, uniquingKeysWith: { first, _ in first })
    var newest = own
    while newest < .max, known[newest + 1] != nil { newest += 1 }
    guard newest > own else { return nil }
    // Down from the newest to the backup's own: where that was left.
    var step = known[newest]
    while let current = step, current.parent > own { step = known[current.parent] }
    let hasWAL = runs.contains { $0.timeline == newest }
    guard let left = step, left.parent == own, left.switchedAt >= start else {
      return known[newest].map {
        StrayTimeline(
          timeline: newest, parent: $0.parent, switchedAt: $0.switchedAt, isRelated: false)
      }
    }
    guard !hasWAL, let last = known[newest] else { return nil }
    return StrayTimeline(
      timeline: newest, parent: last.parent, switchedAt: last.switchedAt, isRelated: true)
  }
}

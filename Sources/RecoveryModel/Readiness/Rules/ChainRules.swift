import FoundationEssentials

/// The WAL after the backups: one missing segment ends every recovery there.
enum ChainRules {
  static let hole = Rule(
    "chain.hole", .critical, "hole in the WAL", needs: [.backups, .walArchive]
  ) { context in
    // Without a restorable backup the holes are the least of it; other rules say so.
    guard let window = context.window, !window.restorable.isEmpty else { return [] }
    let real = context.realHoles.filter { $0.spoiled == nil }
    guard let worst = real.last else { return [] }
    let cuts = context.cuttingHole.flatMap { $0.spoiled == nil ? $0 : nil }
    let hole = cuts ?? worst
    let missing =
      "\(hole.missing) WAL segment\(hole.missing == 1 ? "" : "s") from "
      + context.segmentName(hole.first)
    let upTo = context.reach?.words(now: context.now) ?? "only up to the hole"
    return [
      Finding(
        id: "chain.hole", severity: cuts == nil ? .warning : .critical,
        headline: cuts == nil
          ? "The recovery window has a hole: \(missing) missing"
          : "Recovery is possible \(upTo): \(missing) missing",
        evidence: real.suffix(5).map {
          Evidence(
            what: "\($0.missing) missing from \(context.segmentName($0.first))",
            source: context.report.walArchive.source ?? "archive listing", at: $0.from)
        },
        remedy: cuts == nil
          ? "Moments in the hole cannot be restored; later ones can."
          : context.newChainRemedy + "; then find out who removed the segment.",
        ceiling: cuts == nil ? .likely : .atRisk)
    ]
  }

  /// The server says that it was archived, the repository does not have it: the archive_command goes elsewhere, or
  /// says yes too early.
  static let lostSegment = Rule(
    "chain.lost-segment", .critical, "WAL was lost", needs: [.archive, .walArchive]
  ) { context in
    guard let status = context.report.archive.value, let claimed = lost(context) else { return [] }
    return [
      Finding(
        id: "chain.lost-segment", severity: .critical,
        headline: "The server archived \(context.segmentName(claimed)), "
          + "but the repository does not have it",
        evidence: [
          Evidence(
            what: "archived \(context.segmentName(claimed))",
            source: context.report.archive.source ?? "pg_stat_archiver",
            at: claimed == status.lastArchivedSegment ? status.lastArchivedAt : nil),
          context.evidence("not in the listing", .walArchive),
        ],
        remedy: "Compare archive_command with the repository that the backups are in.",
        ceiling: .atRisk)
    ]
  }

  /// A copy that was promoted while it archived nothing has made its history file then, and pushes it never again.
  static let missingHistory = Rule(
    "chain.missing-history", .critical, "history missing", needs: [.archive, .walArchive]
  ) { context in
    guard let timeline = context.report.archive.value?.timeline, timeline > 1,
      let archive = context.report.walArchive.value, archive.histories?.contains(timeline) == false,
      // The history goes out before the timeline's first segment.
      archive.segments.stretches.contains(where: { $0.first.timeline == timeline })
    else { return [] }
    let name = SpoiledRules.historyName(timeline)
    return [
      Finding(
        id: "chain.missing-history", severity: .critical,
        headline: "\(name) is not in the archive: no recovery finds the timeline that production "
          + "is on",
        evidence: [
          context.evidence("timeline \(timeline)", .archive),
          context.evidence("its WAL is there, its history is not", .walArchive),
        ],
        remedy: "Archive pg_wal/\(name) of the primary by hand, with what archive_command does "
          + "(pgbackrest --stanza=NAME archive-push DIRECTORY/pg_wal/\(name), as the server's account). "
          + "Take no base backup before: it may expire the last that comes back.",
        ceiling: .atRisk)
    ]
  }

  /// What the server says that it archived, and nobody has; nil = nothing is known of the kind.
  static func lost(_ context: RuleContext) -> WALSegment? {
    guard let status = context.report.archive.value, let archive = context.report.walArchive.value,
      let claimed = lastClaim(status, context) ?? settledClaim(status, context),
      !holds(claimed, archive),
      // Older than all that lies there: it has expired with its backup.
      archive.segments.first.map({ $0.segment.number <= claimed.number }) ?? true,
      // Nothing at all where not even a catalog is: another place is being read, and that is said.
      !archive.segments.isEmpty || context.report.backups.failure == nil
    else { return nil }
    return claimed
  }

  /// What the server archived last, where the listing is enough younger to have it whatever the clocks say.
  private static func lastClaim(_ status: ArchiveStatus, _ context: RuleContext) -> WALSegment? {
    guard let claimed = status.lastArchivedSegment, let archivedAt = status.lastArchivedAt,
      claimed.timeline == status.timeline, let listedAt = context.report.walArchive.at,
      listedAt.timeIntervalSince(archivedAt) > 2 * RuleContext.clockTolerance
    else { return nil }
    return claimed
  }

  /// Segments: no archiver stores so many between the two looks.
  private static let outrun: UInt64 = 32

  /// A busy server's last one is never old enough. The mark bears the time the segment was full, so nothing may wait
  /// (a backlog that drains is marked later), and both looks must be of the same moment.
  private static func settledClaim(
    _ status: ArchiveStatus, _ context: RuleContext
  ) -> WALSegment? {
    guard let waiting = status.waitingSegments, waiting <= 1,
      let listedAt = context.report.walArchive.at, let askedAt = context.report.archive.at,
      askedAt.timeIntervalSince(listedAt) < RuleContext.clockTolerance
    else { return nil }
    if let claimed = status.lastArchivedSegment, claimed.timeline == status.timeline,
      let newest = context.report.walArchive.value?.segments.last?.segment,
      newest.timeline == claimed.timeline, claimed.number > newest.number + outrun
    {
      return claimed
    }
    return status.settledSegment
  }

  /// Binary search: the list is sorted.
  private static func holds(_ segment: WALSegment, _ archive: WALArchive) -> Bool {
    // It is there; what is in it is another rule's.
    let isDamaged = archive.spoiled.contains { spoiled in
      if case .damaged = spoiled.fault { spoiled.segment == segment } else { false }
    }
    if isDamaged { return true }
    var low = 0
    var high = archive.segments.count
    while low < high {
      let middle = (low + high) / 2
      if archive.segments[middle].segment < segment { low = middle + 1 } else { high = middle }
    }
    return low < archive.segments.count && archive.segments[low].segment == segment
  }
}

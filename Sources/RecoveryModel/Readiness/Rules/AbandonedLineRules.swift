import FoundationEssentials

/// After a promotion nothing of the new timeline is in the archive until its first segment is full. What the old one wrote
/// behind the switch lies there, and PostgreSQL replays it for want of better (tried on 15): what comes back is a history
/// that the running server has left.
enum AbandonedLineRules {
  static let behind = Rule(
    "chain.abandoned-line", .critical, "left timeline", needs: [.archive, .walArchive]
  ) { context in
    guard context.primaries.count == 1, let line = context.abandonedLine else { return [] }
    let left = line.leftAt.map { " at \($0)" } ?? ", nobody can tell where"
    return [
      Finding(
        id: "chain.abandoned-line", severity: .critical,
        headline:
          "Nothing of timeline \(line.timeline) is archived yet: a recovery to the end brings "
          + "back timeline \(line.parent), which the primary left\(left)",
        evidence: [
          context.evidence("the primary runs on timeline \(line.timeline)", .archive),
          context.evidence(
            "the archive ends with \(context.segmentName(line.last.segment))", .walArchive),
        ],
        remedy:
          "End the primary's open segment: SELECT pg_switch_wal(). Until it is archived, recover "
          + (line.leftAt.map { "to just before \($0)." } ?? "to an LSN or a time, not to the end."),
        ceiling: .atRisk)
    ]
  }
}

extension RuleContext {
  var abandonedLine: ChainAudit.AbandonedLine? { report.abandonedLine }
}

extension EngineReport {
  /// nil where the archive ends on the timeline that the running server writes, or with what that one has too.
  var abandonedLine: ChainAudit.AbandonedLine? {
    guard let status = archive.value, let stored = walArchive.value,
      let newest = stored.segments.last?.segment, newest.timeline < status.timeline
    else { return nil }
    return ChainAudit(stored).abandoned(by: status.timeline, at: status.currentLSN)
  }
}

extension ChainAudit {
  /// Archived WAL that the running server's history does not have, and nothing newer.
  struct AbandonedLine: Sendable, Equatable {
    /// The server's own.
    var timeline: UInt32
    var parent: UInt32
    /// nil = its history file is not in the archive.
    var leftAt: LSN?
    /// The end of what would be replayed.
    var last: ArchivedSegment
    /// The last before the server left; nil = none is there.
    var before: ArchivedSegment?
  }

  /// `lsn` is where the server writes.
  func abandoned(by timeline: UInt32, at lsn: LSN) -> AbandonedLine? {
    guard let run = runs.last, run.timeline < timeline else { return nil }
    let size = UInt64(archive.segmentSize)
    let switched = switches.first { $0.timeline == timeline }
    // A segment that holds the switch holds what was written behind it, too.
    guard switched.map({ $0.parent == run.timeline }) ?? true else { return nil }
    let first =
      switched.map { $0.switchedAt.rawValue / size } ?? (lsn.rawValue + size - 1) / size
    guard run.last >= first else { return nil }
    let kept = first > run.first ? min(first - 1, run.last) : nil
    return AbandonedLine(
      timeline: timeline, parent: run.timeline, leftAt: switched?.switchedAt,
      last: archive.segments[run.lastIndex],
      before: kept.flatMap { archived(WALSegment(timeline: run.timeline, number: $0)) })
  }
}

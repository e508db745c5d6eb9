import FoundationEssentials

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

extension ClusterSnapshot {
  /// As the server was last seen, where it does not answer.
  var abandonedLine: ChainAudit.AbandonedLine? {
    guard report.archive.value == nil, let stored = report.walArchive.value,
      let seen = (looks.all + clock.sightings).max(by: { $0.at < $1.at }),
      let timeline = seen.timeline
    else { return report.abandonedLine }
    return ChainAudit(stored).abandoned(by: timeline, at: seen.lsn)
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

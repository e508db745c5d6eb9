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
    return ChainAudit(stored).abandoned(
      by: status.timeline, at: status.currentLSN, began: status.timelineBegan)
  }
}

extension ClusterSnapshot {
  /// As the server was last seen, where it does not answer.
  var abandonedLine: ChainAudit.AbandonedLine? {
    guard report.archive.value == nil, let stored = report.walArchive.value,
      let seen = (looks.all + clock.sightings).max(by: { $0.at < $1.at }),
      let timeline = seen.timeline
    else { return report.abandonedLine }
    let last = lastAnswers.report.archive.value.flatMap { $0.timeline == timeline ? $0 : nil }
    return ChainAudit(stored).abandoned(by: timeline, at: seen.lsn, began: last?.timelineBegan)
  }
}

extension ChainAudit {
  /// Archived WAL that the running server's history does not have, and nothing newer.
  struct AbandonedLine: Sendable, Equatable {
    /// The server's own.
    var timeline: UInt32
    var parent: UInt32
    /// nil = its history file is not in the archive, and its own first segment is not known either.
    var leftAt: LSN?
    /// It was there, not just somewhere in the segment that begins there.
    var isExact = true
    /// The end of what would be replayed.
    var last: ArchivedSegment
    /// The last before the server left; nil = none is there.
    var before: ArchivedSegment?

    /// Behind `left`.
    var whereLeft: String {
      guard let leftAt else { return ", nobody can tell where" }
      return isExact ? " at \(leftAt)" : " in the WAL segment that begins at \(leftAt)"
    }
  }

  /// `lsn` is where the server writes, `began` the first segment of its timeline.
  func abandoned(by timeline: UInt32, at lsn: LSN, began: WALSegment?) -> AbandonedLine? {
    guard let run = runs.last, run.timeline < timeline else { return nil }
    let size = UInt64(archive.segmentSize)
    let switched = switches.first { $0.timeline == timeline }
    // A segment that holds the switch holds what was written behind it, too.
    guard switched.map({ $0.parent == run.timeline }) ?? true else { return nil }
    let left = switched?.switchedAt ?? began?.start(segmentSize: archive.segmentSize)
    let first = left.map { $0.rawValue / size } ?? (lsn.rawValue + size - 1) / size
    guard run.last >= first else { return nil }
    return AbandonedLine(
      timeline: timeline, parent: run.timeline, leftAt: left, isExact: switched != nil,
      last: archive.segments[run.lastIndex], before: lastArchived(below: first, on: run.timeline))
  }

  /// On the way to a timeline's end; nil = there is none.
  private func lastArchived(below number: UInt64, on timeline: UInt32) -> ArchivedSegment? {
    guard number > 0 else { return nil }
    for span in history.ancestry(of: timeline).reversed() {
      let end = min(number - 1, span.last ?? .max)
      guard let run = runs.last(where: { $0.timeline == span.timeline && $0.first <= end }) else {
        continue
      }
      return archived(WALSegment(timeline: span.timeline, number: min(end, run.last)))
    }
    return nil
  }
}

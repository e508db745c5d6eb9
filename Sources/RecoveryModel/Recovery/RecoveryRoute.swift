import FoundationEssentials

/// What a recovery replays of one timeline.
package struct RecoveryLeg: Sendable, Equatable {
  package var first: WALSegment
  package var last: WALSegment
  /// As stored.
  package var storedBytes: Int64

  package var timeline: UInt32 { first.timeline }
  package var segments: Int { Int(last.number - first.number) + 1 }
}

/// The WAL from a base backup on to a moment, as an archive really holds it.
package struct RecoveryRoute: Sendable, Equatable {
  /// Timeline by timeline, up to the moment or to the first hole before it.
  package var legs: [RecoveryLeg]
  package var load: ReplayLoad
  /// What is missing before the moment, nearest first; empty = the way is whole.
  package var holes: [WALHole]
  /// The last segment that is replayed.
  package var end: ArchivedSegment
  /// Segments that follow the end on its way: 0 = it is the end of what is archived.
  package var beyond: Int
  /// The moment lies behind all that is archived: this is the way to the end of it.
  package var isClamped: Bool
}

extension ChainAudit {
  /// How far a route is to lead.
  enum Goal: Sendable, Equatable {
    case end
    case time(Date)
    case position(LSN)
    /// Through the backup's own WAL.
    case backupEnd
  }

  /// Seconds between two segments from which on the archiver had nothing to do.
  private static let rest = 10.0

  /// The way from a backup; nil where the archive has not even its first segment, or the catalog does not say which that
  /// is.
  func route(from backup: Backup, to goal: Goal) -> RecoveryRoute? {
    guard let start = backup.startSegment, let stop = backup.stopSegment else { return nil }
    let path = path(from: start, stop)
    guard let last = path.last, let newest = newestNumber(of: last.timeline, from: start.number)
    else { return nil }
    let wanted = number(of: goal, on: path, stop: stop)
    let number = min(wanted ?? newest, max(newest, stop.number))
    let holes = gaps(in: path, from: start.number, through: number)
    let reached = holes.first.map { $0.first.number } ?? number + 1
    guard reached > start.number else { return nil }
    let legs = legs(on: path, from: start.number, through: reached - 1)
    guard let end = legs.last.flatMap({ archived($0.last) }) else { return nil }
    return RecoveryRoute(
      legs: legs, load: load(of: legs), holes: holes, end: end,
      beyond: Int(clamping: newest > end.segment.number ? newest - end.segment.number : 0),
      isClamped: wanted.map { $0 > number } ?? false)
  }

  /// Whether a recovery from the backup comes to the newest timeline; false = it was taken on a branch that was left.
  func leadsOn(_ backup: Backup) -> Bool {
    guard let start = backup.startSegment, let stop = backup.stopSegment else { return true }
    return path(from: start, stop).last?.timeline == runs.last?.timeline
  }

  /// The number of the last segment that the goal needs; nil = all there are.
  private func number(
    of goal: Goal, on path: [TimelineHistory.Span], stop: WALSegment
  ) -> UInt64? {
    switch goal {
    case .end: nil
    case .position(let lsn): max(stop.number, lsn.rawValue / UInt64(segmentSize))
    case .backupEnd: stop.number
    case .time(let time): max(stop.number, number(at: time, on: path).map { $0 + 1 } ?? 0)
    }
  }

  /// The last segment on the way that was archived before `time`. What was written then lies in one that was archived
  /// later: in the next, unless the archiver was behind.
  private func number(at time: Date, on path: [TimelineHistory.Span]) -> UInt64? {
    for span in path.reversed() {
      for run in runs.reversed() where run.timeline == span.timeline {
        for index in (run.firstIndex...run.lastIndex).reversed() {
          let segment = segments[index]
          guard segment.segment.number <= span.last ?? .max else { continue }
          if let at = segment.archivedAt, at < time { return segment.segment.number }
        }
      }
    }
    return nil
  }

  private func newestNumber(of timeline: UInt32, from first: UInt64) -> UInt64? {
    runs.last { $0.timeline == timeline }.map(\.last)
  }

  private func legs(
    on path: [TimelineHistory.Span], from first: UInt64, through last: UInt64
  ) -> [RecoveryLeg] {
    path.compactMap { span in
      let begin = max(span.first, first)
      let end = min(span.last ?? last, last)
      guard begin <= end else { return nil }
      let held = runs.filter {
        $0.timeline == span.timeline && $0.last >= begin && $0.first <= end
      }
      let bytes = held.reduce(Int64(0)) { sum, run in
        let from = run.firstIndex + Int(max(begin, run.first) - run.first)
        let through = run.lastIndex - Int(run.last - min(end, run.last))
        return segments[from...through].reduce(sum) { $0 + $1.storedBytes }
      }
      return RecoveryLeg(
        first: WALSegment(timeline: span.timeline, number: begin),
        last: WALSegment(timeline: span.timeline, number: end), storedBytes: bytes)
    }
  }

  private func load(of legs: [RecoveryLeg]) -> ReplayLoad {
    let count = legs.reduce(0) { $0 + $1.segments }
    return ReplayLoad(
      segments: count, walBytes: Int64(count) * Int64(segmentSize),
      storedBytes: legs.reduce(0) { $0 + $1.storedBytes })
  }

  /// Since when all was written that the end of a route holds; nil = nobody can tell. That the one before it was archived
  /// says no more than that this was full: an archiver may be behind. Where it had nothing to do, the next was not full yet.
  func settled(_ route: RecoveryRoute) -> Date? {
    var later: ArchivedSegment?
    for leg in route.legs.reversed() {
      for number in (leg.first.number...leg.last.number).reversed() {
        let segment = archived(WALSegment(timeline: leg.timeline, number: number))
        if let at = segment?.archivedAt, let next = later, next.segment != route.end.segment,
          next.archivedAt.map({ $0.timeIntervalSince(at) > Self.rest }) ?? false
        {
          return at
        }
        later = segment
      }
    }
    return nil
  }

  private var segments: SegmentList { archive.segments }
  private var segmentSize: Int { archive.segmentSize }

  func archived(_ segment: WALSegment) -> ArchivedSegment? {
    guard let run = run(holding: segment) else { return nil }
    return segments[run.firstIndex + Int(segment.number - run.first)]
  }
}

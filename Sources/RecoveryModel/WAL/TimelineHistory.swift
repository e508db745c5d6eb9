/// Which timelines the archive knows, and which one a recovery would read each segment from.
///
/// A new timeline's first segment is the one that holds its switch point: PostgreSQL copies the parent's part of it
/// (XLogInitNewTimeline), so the parent's last, partial segment is never needed.
struct TimelineHistory: Sendable, Equatable {
  /// A stretch of segment numbers to be read from one timeline; `last` is nil for the newest.
  struct Span: Sendable, Equatable {
    var timeline: UInt32
    var first: UInt64
    var last: UInt64?
  }

  private struct Branch: Sendable, Equatable {
    var parent: UInt32
    /// Number of the timeline's first segment.
    var first: UInt64
  }

  private var branches: [UInt32: Branch] = [:]
  private var timelines: [UInt32]

  /// Takes the switches from the history files; where one is missing, a timeline is taken to have branched off the
  /// one before it, at its own first archived segment.
  init(switches: [TimelineSwitch], runs: [SegmentRun], segmentSize: Int) {
    for change in switches where change.timeline > change.parent && segmentSize > 0 {
      branches[change.timeline] = Branch(
        parent: change.parent, first: change.switchedAt.rawValue / UInt64(segmentSize))
    }
    timelines = Set(runs.map(\.timeline)).sorted()
    for (older, newer) in zip(timelines, timelines.dropFirst()) where branches[newer] == nil {
      guard let first = runs.first(where: { $0.timeline == newer })?.first else { continue }
      branches[newer] = Branch(parent: older, first: first)
    }
  }

  /// The way from a segment to the newest timeline that descends from it and has segments in the archive, oldest
  /// span first: what `recovery_target_timeline = latest` would follow. A segment that its timeline wrote after
  /// the others had left it leads nowhere but on along that timeline.
  func path(from segment: WALSegment) -> [Span] {
    let newest = timelines.last { timeline in
      ancestry(of: timeline).contains {
        $0.timeline == segment.timeline && segment.number <= $0.last ?? .max
      }
    }
    return path(from: segment.timeline, to: newest ?? segment.timeline)
  }

  /// The spans from one timeline to a descendant; empty when it is none.
  func path(from timeline: UInt32, to descendant: UInt32) -> [Span] {
    let line = ancestry(of: descendant)
    guard let start = line.firstIndex(where: { $0.timeline == timeline }) else { return [] }
    return Array(line[start...])
  }

  /// Spans from the first ancestor to `timeline`. Bounded: a parent is always older than its child.
  func ancestry(of timeline: UInt32) -> [Span] {
    var spans = [Span(timeline: timeline, first: branches[timeline]?.first ?? 0, last: nil)]
    while let branch = branches[spans[0].timeline] {
      let child = spans[0]
      guard child.first > 0 else { break }
      spans.insert(
        Span(
          timeline: branch.parent, first: branches[branch.parent]?.first ?? 0,
          last: child.first - 1), at: 0)
    }
    return spans
  }
}

/// Segments of one timeline without a hole between them.
struct SegmentRun: Sendable, Equatable {
  var timeline: UInt32
  var first: UInt64
  var last: UInt64
  /// Where `first` and `last` lie in the archive's list.
  var firstIndex: Int
  var lastIndex: Int
}

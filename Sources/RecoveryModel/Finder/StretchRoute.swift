import FoundationEssentials

/// Which segments of an archive hold a stretch of time, in the order in which they were written. Pure.
///
/// A segment is archived after all that it holds: what was archived before a time holds nothing that came after it. That
/// bounds the beginning; where it ends, only the commits in it tell.
package struct StretchRoute: Sendable, Equatable {
  package enum Step: Sendable, Equatable {
    case segment(ScrubItem, WALSegment)
    /// The first that is missing, and how many are.
    case hole(WALSegment, Int)
  }

  package var steps: [Step] = []
  /// The archive holds nothing older on this way.
  package var beginsArchive = false

  /// Clocks of servers and stores differ by no more, or the console warns of it.
  private static let clockError = 120.0

  /// `known`: a position that the WAL stood at before the stretch began, by somebody who looked.
  package init(
    _ inventory: ScrubInventory, from: Date, known: LSN?
  ) {
    let way = Self.way(inventory)
    let late = way.firstIndex { step in
      guard let at = step.item.modifiedAt else { return true }
      return at >= from.addingTimeInterval(-Self.clockError)
    }
    let ahead = known.flatMap { known in
      way.firstIndex { $0.segment.end(segmentSize: inventory.segmentSize) > known }
    }
    // One more in front: it shows which transactions were under way.
    let start = max(0, max(late ?? way.count, ahead ?? 0) - 1)
    beginsArchive = start == 0 && (way.first.map { $0.segment.number > 1 } ?? false)
    for (index, step) in way.enumerated() where index >= start {
      if index > start, step.segment.number > way[index - 1].segment.number + 1 {
        let first = WALSegment(
          timeline: step.segment.timeline, number: way[index - 1].segment.number + 1)
        steps.append(.hole(first, Int(step.segment.number - first.number)))
      }
      steps.append(.segment(step.item, step.segment))
    }
  }

  /// All segments on the way to the newest timeline, oldest first.
  private static func way(
    _ inventory: ScrubInventory
  ) -> [(item: ScrubItem, segment: WALSegment)] {
    var items: [WALSegment: ScrubItem] = [:]
    for item in inventory.items {
      if case .segment(let segment) = item.subject { items[segment] = item }
    }
    let sorted = items.keys.sorted()
    guard let newest = sorted.last?.timeline else { return [] }
    let firsts = Dictionary(
      sorted.map { ($0.timeline, $0.number) }, uniquingKeysWith: { first, _ in first })
    let runs = firsts.map {
      SegmentRun(timeline: $0.key, first: $0.value, last: $0.value, firstIndex: 0, lastIndex: 0)
    }
    let history = TimelineHistory(
      switches: inventory.switches, runs: runs.sorted { $0.timeline < $1.timeline },
      segmentSize: inventory.segmentSize)
    let spans = firsts.keys.sorted().lazy.map { history.path(from: $0, to: newest) }
      .first { !$0.isEmpty }
    return (spans ?? []).flatMap { span in
      sorted.filter {
        $0.timeline == span.timeline && $0.number >= span.first && $0.number <= span.last ?? .max
      }.compactMap { segment in items[segment].map { ($0, segment) } }
    }
  }
}

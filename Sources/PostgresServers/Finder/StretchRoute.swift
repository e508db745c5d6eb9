import FoundationEssentials
import RecoveryModel

/// Which segments of an archive hold a stretch of time, in the order in which they were written. Pure.
///
/// A segment is archived after all that it holds: what was archived before a time holds nothing that came after it. That
/// bounds the beginning; where it ends, only the commits in it tell.
struct StretchRoute: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case segment(ScrubItem, WALSegment)
    /// The first that is missing, and how many are.
    case hole(WALSegment, Int)
  }

  var steps: [Step] = []
  /// The archive holds nothing older on this way.
  var beginsArchive = false

  init(_ inventory: ScrubInventory, _ order: ActSearchOrder) {
    let way = inventory.way
    let from = order.from.addingTimeInterval(-ActSearchOrder.clockError)
    let late = way.firstIndex { step in step.item.modifiedAt.map { $0 >= from } ?? true }
    // An archiver may have been behind: then a look at the server tells more than the archive's times.
    let seen = order.known.flatMap { known in
      way.lastIndex { step in
        step.segment.timeline == known.timeline
          && step.segment.end(segmentSize: inventory.segmentSize) <= known.lsn
      }
    }
    // One more in front: it shows which transactions were under way.
    let start = max(0, (late ?? way.count) - 1, seen ?? 0)
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
}

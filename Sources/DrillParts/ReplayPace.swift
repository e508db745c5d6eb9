import FoundationEssentials
import RecoveryModel

/// How fast replay gets on at present, by when its log told of each segment: what else a machine does, and what the WAL
/// consists of, changes on the way.
package struct ReplayPace: Sendable, Equatable {
  private var restored: [Date] = []

  /// The present is the last third of its time, but no less than so many seconds.
  private static let (share, least) = (1 / 3.0, 5.0)
  /// So many segments tell something.
  private static let fewest = 4
  /// Of a long replay the newest are kept; a third of what they took is as telling.
  private static let most = 2000

  package init() {}

  /// A segment was fetched; in the order of its log, by that log's clock.
  package mutating func note(_ at: Date) {
    if restored.count >= Self.most { restored.removeFirst(Self.most / 2) }
    restored.append(at)
  }

  /// Segments a second; nil = too few to tell.
  package var segments: Double? {
    guard let first = restored.first, let last = restored.last else { return nil }
    let stretch = max(last.timeIntervalSince(first) * Self.share, Self.least)
    let recent = restored.drop { last.timeIntervalSince($0) > stretch }
    guard recent.count > Self.fewest, let begin = recent.first, last > begin else { return nil }
    return Double(recent.count - 1) / last.timeIntervalSince(begin)
  }

  /// Of a server's own log with PostgreSQL's usual prefix, a time first; from where it last began.
  package init(log text: String) {
    for line in text.split(separator: "\n") {
      if line.contains("database system was ") { restored = [] }
      guard line.contains("restored log file \"") else { continue }
      let words = line.split(separator: " ", maxSplits: 2)
      // Whatever zone it is in: only what lies between two counts.
      guard words.count == 3, let at = TimestampText.parse("\(words[0]) \(words[1])") else {
        continue
      }
      note(at)
    }
  }
}

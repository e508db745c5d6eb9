/// The timelines that a server came over, and where it left each.
package struct ServerLine: Sendable, Equatable {
  package var timeline: UInt32
  /// By timeline: where this server's history left it.
  package var left: [UInt32: LSN]

  /// It has what was written there; `on` nil = not told of which timeline.
  func holds(_ lsn: LSN, on other: UInt32?) -> Bool {
    guard let other, other != timeline else { return true }
    // What was before all that is known of it.
    return left[other].map { lsn <= $0 } ?? (other < left.keys.min() ?? timeline)
  }

  /// Where another line, which comes to that position, has left this one or was left by it; nil = it has not, or nobody
  /// can tell.
  func parting(from other: ServerLine, at lsn: LSN) -> LSN? {
    let shared = ([timeline] + left.keys).filter { $0 == other.timeline || other.left[$0] != nil }
    guard other.timeline != timeline, let last = shared.max() else { return nil }
    return [left[last], other.left[last]].compactMap { $0 }.min().flatMap { lsn > $0 ? $0 : nil }
  }

  /// nil where a history file on the way is not known.
  init?(_ timeline: UInt32, switches: [TimelineSwitch]) {
    let known = Dictionary(
      switches.map { ($0.timeline, $0) }, uniquingKeysWith: { first, _ in first })
    self.timeline = timeline
    left = [:]
    var current = timeline
    while current > 1 {
      // A cluster may begin on a later timeline than the first: then nothing before it is known.
      guard let step = known[current], step.parent < current else {
        if current == timeline { return nil }
        break
      }
      left[step.parent] = step.switchedAt
      current = step.parent
    }
  }
}

extension EngineReport {
  /// Of the server that counts as production, as it is or was last seen; nil = nobody knows whose line goes on.
  func productionLine(_ last: LastAnswers) -> ServerLine? {
    let seen = archive.value?.timeline ?? (last.primary == nil ? nil : last.timeline)
    let primaries = (instances.value ?? []).filter(\.isRunningPrimary)
    let own = primaries.count == 1 ? primaries[0].timeline : nil
    return [seen, own].compactMap { $0 }.max().flatMap {
      ServerLine($0, switches: walArchive.value?.switches ?? [])
    }
  }
}

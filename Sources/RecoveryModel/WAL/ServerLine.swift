/// The timelines that a server came over, and where it left each.
package struct ServerLine: Sendable, Equatable {
  package var timeline: UInt32
  /// By timeline: where this server's history left it.
  package var left: [UInt32: LSN]

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

extension ScrubInventory {
  package func without(_ timelines: Set<UInt32>) -> ScrubInventory {
    var inventory = self
    inventory.items.removeAll { item in
      guard case .segment(let segment) = item.subject else { return false }
      return timelines.contains(segment.timeline)
    }
    inventory.switches.removeAll { timelines.contains($0.timeline) }
    return inventory
  }

  /// All segments on the way to the newest timeline, oldest first.
  package var way: [(item: ScrubItem, segment: WALSegment)] {
    var found: [WALSegment: ScrubItem] = [:]
    for item in items {
      if case .segment(let segment) = item.subject { found[segment] = item }
    }
    let sorted = found.keys.sorted()
    guard let newest = sorted.last?.timeline else { return [] }
    let firsts = Dictionary(
      sorted.map { ($0.timeline, $0.number) }, uniquingKeysWith: { first, _ in first })
    let runs = firsts.map {
      SegmentRun(timeline: $0.key, first: $0.value, last: $0.value, firstIndex: 0, lastIndex: 0)
    }
    let history = TimelineHistory(
      switches: switches, runs: runs.sorted { $0.timeline < $1.timeline },
      segmentSize: segmentSize)
    let spans = firsts.keys.sorted().lazy.map { history.path(from: $0, to: newest) }
      .first { !$0.isEmpty }
    return (spans ?? []).flatMap { span in
      sorted.filter {
        $0.timeline == span.timeline && $0.number >= span.first && $0.number <= span.last ?? .max
      }.compactMap { segment in found[segment].map { ($0, segment) } }
    }
  }
}

import FoundationEssentials

/// Segments that were stored again long after those that follow them: put back by hand, or changed.
enum RewrittenSegments {
  /// Seconds; archivers that store side by side do not differ by so much.
  private static let tolerance = 600.0

  static let rule: StoreRules.StoreRule = { server, context in
    guard let wal = server.wal.value else { return [] }
    let found = find(wal.archive.segments)
    guard let last = found.last else { return [] }
    let names = found.suffix(3).map { context.segmentName($0.segment) }.joined(separator: ", ")
    return [
      Finding(
        id: "store.rewritten", severity: .info,
        headline: found.count == 1
          ? "\(names) was stored long after the segments that follow it"
          : "\(found.count) segments were stored long after those that follow them: \(names)",
        evidence: [
          Evidence(
            what: "\(context.segmentName(last.segment)) stored",
            source: server.wal.source ?? "archive listing", at: last.archivedAt)
        ],
        remedy: "Find out who wrote it again: what is in it was not looked at. A restore that "
          + "crosses it would tell.", ceiling: .proven)
    ]
  }

  /// Linear; `segments` in order.
  static func find(_ segments: SegmentList) -> [ArchivedSegment] {
    zip(segments, segments.dropFirst()).compactMap { one, next in
      guard one.segment.timeline == next.segment.timeline, let at = one.archivedAt,
        let after = next.archivedAt, at.timeIntervalSince(after) > tolerance
      else { return nil }
      return one
    }
  }
}

import RecoveryModel

/// How far a drill's replay must come: a place in the log that is known to be archived, so that PostgreSQL
/// stops with an error at a hole instead of promoting early and looking healthy.
package struct RecoveryTarget: Sendable, Equatable {
  package var lsn: LSN
  package var timeline: UInt32
  /// Last archived segment on the way.
  package var lastSegment: WALSegment?
  /// Segments from the backup's first to the target, as far as they are archived.
  package var load: ReplayLoad
  /// First segment on the way that the archive does not hold.
  package var missing: WALSegment?

  package init(
    lsn: LSN, timeline: UInt32, lastSegment: WALSegment? = nil, load: ReplayLoad,
    missing: WALSegment? = nil
  ) {
    self.lsn = lsn
    self.timeline = timeline
    self.lastSegment = lastSegment
    self.load = load
    self.missing = missing
  }

  /// The start of the last archived segment on the newest timeline that this backup can reach, yet never
  /// before the backup's own end. nil when the catalog does not say where the backup ends.
  package static func choose(backup: Backup, archive: WALArchive?) -> RecoveryTarget? {
    guard let stop = backup.stopLSN, let timeline = backup.stopSegment?.timeline ?? backup.timeline
    else { return nil }
    let none = ReplayLoad(segments: 0, walBytes: 0, storedBytes: 0)
    guard let archive, archive.segmentSize > 0 else {
      return RecoveryTarget(lsn: stop, timeline: timeline, load: none)
    }
    let path = Path(archive: archive, from: timeline, after: stop)
    let last = path.last(atLeast: stop)
    let lsn = max(last?.start(segmentSize: archive.segmentSize) ?? stop, stop)
    let first = backup.startLSN ?? stop
    let walk = path.walk(from: first, through: lsn)
    return RecoveryTarget(
      lsn: lsn, timeline: last?.timeline ?? timeline, lastSegment: last,
      load: ReplayLoad(
        segments: walk.segments, walBytes: lsn.bytes(since: first), storedBytes: walk.storedBytes),
      missing: walk.missing)
  }

  /// The same line, followed only to a moment: `lsn` is then how far replay may come at most; of the end of the archive,
  /// how far it must come at least.
  package func leading(to outlook: RecoveryOutlook?, segmentSize: Int?) -> RecoveryTarget {
    guard let outlook, let effective = outlook.effective, effective != .latest else { return self }
    var target = self
    let end = segmentSize.flatMap { size in outlook.route?.end.segment.end(segmentSize: size) }
    target.lsn = effective.position ?? end ?? lsn
    target.load = outlook.route?.load ?? load
    target.missing = outlook.route == nil ? missing : nil
    return target
  }

  /// The line of timelines from a backup's own to the newest one that branches from it.
  private struct Path {
    let archive: WALArchive
    /// Each timeline with the position at which it is left, oldest first; the last one is not left.
    let legs: [(timeline: UInt32, until: LSN?)]

    init(archive: WALArchive, from start: UInt32, after stop: LSN) {
      self.archive = archive
      var legs: [(timeline: UInt32, until: LSN?)] = [(start, nil)]
      var position = stop
      // A switch leads to a higher number, so that the loop ends.
      while let (timeline, _) = legs.last,
        let next = archive.switches.filter({
          $0.parent == timeline && $0.switchedAt >= position && $0.timeline > timeline
            && Self.isPopulated($0.timeline, in: archive)
        }).max(by: { $0.timeline < $1.timeline })
      {
        legs[legs.count - 1].until = next.switchedAt
        legs.append((next.timeline, nil))
        position = next.switchedAt
      }
      self.legs = legs
    }

    /// The timeline, or one that branches from it, has segments of its own.
    private static func isPopulated(_ timeline: UInt32, in archive: WALArchive) -> Bool {
      archive.segments.contains { $0.segment.timeline == timeline }
        || archive.switches.contains {
          $0.parent == timeline && $0.timeline > timeline && isPopulated($0.timeline, in: archive)
        }
    }

    func last(atLeast stop: LSN) -> WALSegment? {
      guard let timeline = legs.last?.timeline else { return nil }
      let floor = stop.rawValue / UInt64(archive.segmentSize)
      return archive.segments.map(\.segment).filter {
        $0.timeline == timeline && $0.number >= floor
      }.max()
    }

    func walk(from: LSN, through: LSN) -> (segments: Int, storedBytes: Int64, missing: WALSegment?)
    {
      let size = UInt64(archive.segmentSize)
      let stored = Dictionary(
        archive.segments.map { ($0.segment, $0.storedBytes) },
        uniquingKeysWith: { first, _ in first })
      var result: (segments: Int, storedBytes: Int64, missing: WALSegment?) = (0, 0, nil)
      var number = from.rawValue / size
      for leg in legs {
        // The segment in which a timeline ends is read from its child.
        let end = min(leg.until.map { $0.rawValue / size } ?? .max, through.rawValue / size + 1)
        while number < end {
          let segment = WALSegment(timeline: leg.timeline, number: number)
          if let bytes = stored[segment] {
            result.segments += 1
            result.storedBytes += bytes
          } else if result.missing == nil {
            result.missing = segment
          }
          number += 1
        }
      }
      return result
    }
  }
}

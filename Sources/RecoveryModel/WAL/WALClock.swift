import FoundationEssentials

/// When the primary's WAL reached which position, as this console saw it: what turns unarchived bytes into seconds.
package struct WALClock: Sendable, Equatable {
  /// Equal looks in a row are one sample, so that an idle night costs one.
  struct Sample: Sendable, Equatable {
    var lsn: LSN
    var nextTransactionID: UInt64?
    var timeline: UInt32?
    var firstSeen: Date
    var lastSeen: Date
  }

  static let capacity = 512

  private(set) var samples: [Sample] = []
  /// The last of a line that was left: its WAL may still come into the archive.
  private var left: [Sample] = []

  package init() {}

  /// Notes a look at the primary. A position that went back (another primary) starts over; a clock that went back
  /// drops what now lies in the future.
  package mutating func record(
    lsn: LSN, nextTransactionID: UInt64?, timeline: UInt32? = nil, at date: Date
  ) {
    samples.removeAll { $0.firstSeen > date }
    if let last = samples.indices.last {
      samples[last].lastSeen = min(samples[last].lastSeen, date)
      if lsn < samples[last].lsn {
        (left, samples) = (samples.suffix(64), [])
      } else if samples[last].lsn == lsn, samples[last].nextTransactionID == nextTransactionID,
        samples[last].timeline == timeline
      {
        samples[last].lastSeen = date
        return
      }
    }
    samples.append(
      Sample(
        lsn: lsn, nextTransactionID: nextTransactionID, timeline: timeline, firstSeen: date,
        lastSeen: date))
    if samples.count > Self.capacity { thin() }
  }

  /// Every second sample of the older half goes; the recent ones decide most figures.
  private mutating func thin() {
    let half = samples.count / 2
    let kept = samples[..<half].enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    samples.replaceSubrange(..<half, with: kept)
  }
}

extension WALClock {
  /// Without what servers of another line were seen to write.
  func on(_ line: ServerLine?) -> WALClock {
    var clock = self
    clock.samples.removeAll { line?.holds($0.lsn, on: $0.timeline) == false }
    return clock
  }

  /// With looks that were kept from before this console began to watch.
  func after(_ looks: WALLooks, of system: String?) -> WALClock {
    guard system == nil || looks.system == nil || system == looks.system else { return self }
    let first = samples.first?.firstSeen ?? .distantFuture
    let earlier = looks.all.filter { $0.at < first }
    guard !earlier.isEmpty else { return self }
    var clock = WALClock()
    for look in earlier {
      clock.record(
        lsn: look.lsn, nextTransactionID: look.nextTransaction, timeline: look.timeline, at: look.at
      )
    }
    // A position that went back is of another life of the database.
    if let last = clock.samples.last, let own = samples.first, own.lsn < last.lsn { return self }
    clock.samples += samples
    return clock
  }

  /// The latest moment at which the end of a segment can have been written that was stored then: an archiver may be late.
  func written(_ segment: WALSegment?, storedAt: Date, segmentSize: Int) -> Date {
    guard let segment else { return storedAt }
    let end = segment.end(segmentSize: segmentSize)
    let seen = (left + samples).first { $0.timeline == segment.timeline && $0.lsn >= end }
    return min(storedAt, seen?.firstSeen ?? storedAt)
  }

  /// What would be lost if the primary vanished now; nil when nothing can be said. `storedAt` is when the archive got
  /// its newest segment, for where the server does not tell (its statistics are lost in a crash).
  package func exposure(
    status: ArchiveStatus, storedAt: Date? = nil, now: Date
  ) -> RPOExposure? {
    guard status.enabled else { return nil }
    guard let bytes = Self.unarchivedBytes(status) else {
      return RPOExposure(bytes: nil, seconds: nil, segments: status.waitingSegments)
    }
    let segments = status.waitingSegments ?? Int(bytes / Int64(max(1, status.segmentSize)))
    guard bytes > 0 else { return RPOExposure(bytes: 0, seconds: 0, segments: segments) }
    let waiting = Self.leastWaiting(status, now: now)
    let bound = upperBound(status: status, storedAt: storedAt, now: now)
    guard let seen = watched(status: status, now: now) else {
      return RPOExposure(
        bytes: bytes, seconds: bound, segments: segments, isUpperBound: true,
        leastSeconds: waiting)
    }
    guard let least = seen.least.map({ max($0, waiting ?? 0) }) else {
      return RPOExposure(bytes: bytes, seconds: seen.seconds, segments: segments)
    }
    // Looks may lie further apart than the archive's own word reaches back.
    return RPOExposure(
      bytes: bytes, seconds: max(least, min(seen.seconds, bound ?? .infinity)), segments: segments,
      isUpperBound: true, leastSeconds: least)
  }

  /// What is in a segment that waits was written before it was closed: so much is lost at least. nil = nothing waits.
  private static func leastWaiting(_ status: ArchiveStatus, now: Date) -> Double? {
    let seen = status.oldestWaitingSince.map { max(0, now.timeIntervalSince($0)) } ?? 0
    let least = max(seen, status.leastBacklogAge)
    return least > 0 ? least : nil
  }

  private static func unarchivedBytes(_ status: ArchiveStatus) -> Int64? {
    if let bytes = status.unarchivedBytes {
      guard let listed = status.earlier, let segment = listed.segment, status.isBehind(listed)
      else {
        return max(0, bytes)
      }
      return max(0, status.currentLSN.bytes(since: segment.end(segmentSize: status.segmentSize)))
    }
    guard let last = status.lastArchivedSegment, last.timeline == status.timeline else {
      return nil
    }
    return status.currentLSN.bytes(since: last.end(segmentSize: status.segmentSize))
  }

  /// From samples that reach back to the archived end; nil when they do not.
  private func watched(
    status: ArchiveStatus, now: Date
  ) -> (seconds: Double, least: Double?)? {
    guard let archived = status.newestSegment,
      archived.timeline == status.timeline
    else { return nil }
    let end = archived.end(segmentSize: status.segmentSize)
    guard let base = samples.last(where: { $0.lsn <= end && $0.firstSeen <= now }) else {
      return nil
    }
    let beyond = samples.filter { $0.lsn > end && $0.firstSeen <= now }
    // Without transaction ids every byte counts as somebody's work.
    let changed = beyond.firstIndex {
      $0.nextTransactionID == nil || base.nextTransactionID == nil
        || $0.nextTransactionID != base.nextTransactionID
    }
    guard let changed else { return (0, nil) }
    let first = beyond[changed]
    if Self.wouldHaveBeenSwitched(since: first, in: beyond, status: status, now: now) {
      return (0, nil)
    }
    let before = changed > 0 ? beyond[changed - 1].lastSeen : base.lastSeen
    let gap = first.firstSeen.timeIntervalSince(before)
    let exposed = max(0, now.timeIntervalSince(first.firstSeen))
    // Looks far apart (a pause, a thinned history): the write may have come right after the earlier one.
    if gap > max(10, exposed / 10) { return (max(0, now.timeIntervalSince(before)), exposed) }
    // It was written at some moment between two looks.
    return (max(exposed, gap, 1), nil)
  }

  /// `archive_timeout` closes a segment as soon as something worth keeping is in it. When it has had twice its time,
  /// nothing waits and nobody wrote, then the last write lies before the archived end after all.
  private static func wouldHaveBeenSwitched(
    since first: Sample, in beyond: [Sample], status: ArchiveStatus, now: Date
  ) -> Bool {
    guard status.archiveTimeout > 0, status.waitingSegments == 0, !status.failing else {
      return false
    }
    let quiet = beyond.allSatisfy {
      $0.firstSeen < first.firstSeen || $0.nextTransactionID == first.nextTransactionID
    }
    return quiet && first.nextTransactionID != nil
      && now.timeIntervalSince(first.firstSeen) > Double(2 * status.archiveTimeout + 5)
  }

  /// The last that was stored is what a promotion left: within `archive_timeout` before it a whole segment was.
  private static func closedBeforePromotion(_ status: ArchiveStatus) -> Date? {
    guard !status.savedSegmentLast, status.archiveTimeout > 0 else { return nil }
    return status.lastArchivedAt?.addingTimeInterval(-Double(status.archiveTimeout))
  }

  /// Seconds since the last thing known to be safe; nil when nothing is.
  private func upperBound(
    status: ArchiveStatus, storedAt: Date?, now: Date
  ) -> Double? {
    let own = status.newestSegmentAt.map {
      written(status.newestSegment, storedAt: $0, segmentSize: status.segmentSize)
    }
    let stored = own ?? storedAt ?? Self.closedBeforePromotion(status)
    guard let oldest = [stored, status.oldestWaitingSince].compactMap({ $0 }).min() else {
      return nil
    }
    let bound = max(status.leastBacklogAge, now.timeIntervalSince(oldest))
    // What a promotion left in an unfinished segment stays there while nobody writes: no switch is forced for it.
    guard status.savedSegmentLast else { return bound }
    guard status.archiveTimeout > 0, status.waitingSegments == 0, !status.failing else {
      return bound
    }
    // A switch would have been forced by now; the checkpointer looks every few seconds. Where more lies there than an idle
    // server writes, it was not: after a crash it may sleep until the next checkpoint is due.
    guard (status.unarchivedBytes ?? 0) <= RPOExposure.idleBytes else { return bound }
    return min(bound, Double(status.archiveTimeout) + 10)
  }
}

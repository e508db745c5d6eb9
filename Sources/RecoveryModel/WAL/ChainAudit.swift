import FoundationEssentials

/// The segment-by-segment audit of an archive: what can be restored, and where it breaks.
///
/// It trusts nothing but the listing. pgBackRest's own `info`, `check` and `verify` call an archive with a missing
/// segment fine (2.45; only the smallest and the largest name are looked at).
package struct ChainAudit: Sendable {
  let archive: WALArchive
  private let spoiled: [WALSegment: SpoiledSegment]
  let runs: [SegmentRun]
  var switches: [TimelineSwitch] { archive.switches }
  let history: TimelineHistory

  /// All works on unbroken runs, which are few.
  package init(_ archive: WALArchive) {
    var archive = archive
    if !archive.segments.isStrictlySorted {
      archive.segments = Self.sortedWithoutTwins(archive.segments)
    }
    spoiled = Dictionary(
      archive.spoiled.map { ($0.segment, $0) },
      uniquingKeysWith: { $0.spoilsGoodFile ? $0 : $1 })
    if archive.spoiled.contains(where: \.spoilsGoodFile) {
      let spoiled = spoiled
      archive.segments.removeAll { spoiled[$0.segment]?.spoilsGoodFile ?? false }
    }
    self.archive = archive
    runs = Self.runs(of: archive.segments)
    history = TimelineHistory(
      switches: archive.switches, runs: runs, segmentSize: archive.segmentSize)
  }

  /// From the first to the last moment that can be restored, given these backups and this archive. `retention` tells
  /// which holes somebody asked for; `listedAt` when the archive began to be listed, nil = after all else; `server`
  /// what the server says of its archiver, `clock` how far its WAL was seen to be when.
  package static func window(
    archive: WALArchive, listedAt: Date?, backups: BackupCatalog, retention: WALRetention? = nil,
    server: ArchiveStatus? = nil, clock: WALClock = WALClock()
  ) -> RecoveryWindow {
    let audit = ChainAudit(archive)
    return audit.window(backups, listedAt, retention, server, clock)
  }

  private func window(
    _ catalog: BackupCatalog, _ listedAt: Date?, _ retention: WALRetention?,
    _ server: ArchiveStatus?, _ clock: WALClock
  ) -> RecoveryWindow {
    let finished = catalog.usable
      .sorted { ($0.finishedAt ?? .distantPast) < ($1.finishedAt ?? .distantPast) }
    let usable = Set(finished.map(\.id))
    var window = RecoveryWindow()
    for backup in finished {
      switch holdsItsOwnWAL(backup) {
      case true where backup.dependsOn.allSatisfy(usable.contains):
        window.restorable.append(backup.id)
      case nil: break
      case false
      where Self.mayPostdate(backup, listedAt)
        || isAwaited(backup, listedAt, server):
        window.unjudged.append(backup.id)
      default: window.broken.append(backup.id)
      }
    }
    let restorable = finished.filter { window.restorable.contains($0.id) }
    window.holes = holes(after: restorable.first ?? finished.first)
    guard let oldest = restorable.first, let newest = restorable.last else { return window }
    let end = chainEnd(after: newest)
    window.first = oldest.finishedAt
    window.lastSegment = end?.segment
    window.last = [end.flatMap { written($0, server, clock) }, newest.finishedAt].compactMap { $0 }
      .max()
    if let anchor = retention?.anchor(finished) { leave(anchor, restorable, in: &window) }
    return window
  }

  /// When the last of it can have been written: before it was archived, before somebody saw what comes behind it, and
  /// before the next was full that still waits.
  private func written(
    _ end: ArchivedSegment, _ server: ArchiveStatus?, _ clock: WALClock
  ) -> Date? {
    guard let archivedAt = end.archivedAt else { return nil }
    let at = clock.written(end.segment, storedAt: archivedAt, segmentSize: archive.segmentSize)
    guard let server, let since = server.oldestWaitingSince,
      let last = server.lastArchivedSegment, last.timeline == end.segment.timeline,
      end.segment <= last
    else { return at }
    return min(at, since)
  }

  /// A backup's end bears whole seconds and the clock of another host: what it needs may have come after the listing.
  private static func mayPostdate(_ backup: Backup, _ listedAt: Date?) -> Bool {
    guard let listedAt, let finishedAt = backup.finishedAt else { return false }
    return listedAt.timeIntervalSince(finishedAt) < 1 + RuleContext.clockTolerance
  }

  /// Seconds that the end of a backup's WAL may take: twice CloudNativePG's archive_timeout, on an idle server.
  private static let archivingTime = 600.0

  /// The server itself says that it had not archived so far when the archive was listed, and the backup has only just
  /// ended: one of a standby does not wait for its last segment.
  private func isAwaited(_ backup: Backup, _ listedAt: Date?, _ server: ArchiveStatus?) -> Bool {
    guard let listedAt, let finishedAt = backup.finishedAt,
      listedAt.timeIntervalSince(finishedAt) < Self.archivingTime,
      let start = backup.startSegment, let stop = backup.stopSegment,
      let last = server?.lastArchivedSegment, let lastAt = server?.lastArchivedAt,
      start.timeline == stop.timeline, last.timeline == stop.timeline,
      last.number < stop.number || lastAt.timeIntervalSince(listedAt) > -RuleContext.clockTolerance
    else { return false }
    let end = runs.last { $0.timeline == stop.timeline }
    return end.map { $0.last < stop.number && ($0.last < start.number || $0.first <= start.number) }
      ?? true
  }

  /// WAL before the anchor is gone on purpose: no hole, and what lies there are single moments.
  private func leave(_ anchor: Backup, _ restorable: [Backup], in window: inout RecoveryWindow) {
    let real = holes(after: anchor)
    guard real.count < window.holes.count else { return }
    window.holes = real
    let since = anchor.finishedAt ?? .distantPast
    let whole = restorable.filter { ($0.finishedAt ?? .distantPast) >= since }
    let single = restorable.filter { ($0.finishedAt ?? .distantPast) < since }
    window.first = whole.first?.finishedAt ?? window.first
    window.points = whole.isEmpty ? [] : single.compactMap(\.finishedAt)
  }

  /// Whether every segment from the backup's start to its stop is there; nil = the catalog does not say which.
  private func holdsItsOwnWAL(_ backup: Backup) -> Bool? {
    guard let start = backup.startSegment, let stop = backup.stopSegment else { return nil }
    guard start.timeline == stop.timeline else {
      return gaps(in: history.path(from: start), from: start.number, through: stop.number)
        .isEmpty
    }
    return run(holding: start).map { $0.last >= stop.number } ?? false
  }

  /// The last segment of the unbroken chain that begins with the backup; nil when it does not even hold its own.
  private func chainEnd(after backup: Backup) -> ArchivedSegment? {
    guard let start = backup.startSegment, let stop = backup.stopSegment else { return nil }
    var end: ArchivedSegment?
    var next = start.number
    for span in path(from: start, stop) where next <= span.last ?? .max {
      guard let run = run(holding: WALSegment(timeline: span.timeline, number: next)) else { break }
      let last = min(run.last, span.last ?? run.last)
      end = archive.segments[run.lastIndex - Int(run.last - last)]
      next = last + 1
      guard let spanEnd = span.last, last == spanEnd else { break }
    }
    return end
  }

  private func holes(after backup: Backup?) -> [WALHole] {
    guard let start = backup?.startSegment, let stop = backup?.stopSegment else { return [] }
    return gaps(in: path(from: start, stop), from: start.number, through: nil)
  }

  /// The way on from a backup: from its stop, which decides the branch, though it is read from its start.
  func path(from start: WALSegment, _ stop: WALSegment) -> [TimelineHistory.Span] {
    start.timeline == stop.timeline ? history.path(from: stop) : history.path(from: start)
  }

  /// Missing stretches along a path; `through` nil = to the last archived segment of the newest timeline.
  func gaps(
    in path: [TimelineHistory.Span], from first: UInt64, through last: UInt64?
  ) -> [WALHole] {
    var holes: [WALHole] = []
    var expected = first
    for span in path {
      let end = [span.last, last].compactMap { $0 }.min()
      if let end, end < expected { continue }
      for run in runs where run.timeline == span.timeline && run.last >= expected {
        if let end, run.first > end { break }
        let begin = max(run.first, expected)
        if begin > expected {
          holes.append(hole(expected, missing: begin - expected, in: span, before: run))
        }
        expected = min(run.last, end ?? run.last) + 1
      }
      if let end, expected <= end {
        holes.append(hole(expected, missing: end - expected + 1, in: span, before: nil))
        expected = end + 1
      }
      if let last, expected > last { break }
    }
    return holes
  }

  private func hole(
    _ number: UInt64, missing: UInt64, in span: TimelineHistory.Span, before run: SegmentRun?
  ) -> WALHole {
    let earlier = runs.last { $0.timeline == span.timeline && $0.last < number }
    let parent = runs.last { $0.timeline < span.timeline && $0.last < number }
    let later = run ?? runs.first { $0.timeline > span.timeline && $0.last >= number }
    return WALHole(
      first: WALSegment(timeline: span.timeline, number: number), missing: Int(missing),
      from: (earlier ?? parent).flatMap { archive.segments[$0.lastIndex].archivedAt },
      to: later.flatMap { archive.segments[$0.firstIndex].archivedAt },
      spoiled: spoiled[WALSegment(timeline: span.timeline, number: number)])
  }

  func run(holding segment: WALSegment) -> SegmentRun? {
    runs.first {
      $0.timeline == segment.timeline && $0.first <= segment.number && segment.number <= $0.last
    }
  }
}

extension ChainAudit {
  /// What a restore from `first` would replay to the end `last`, along the timelines; nil when the archive does not
  /// hold `first`. Bytes; segments count once, whatever timeline holds them.
  package func load(from first: WALSegment, through last: WALSegment) -> ReplayLoad? {
    guard run(holding: first) != nil else { return nil }
    var load = ReplayLoad(segments: 0, walBytes: 0, storedBytes: 0)
    for span in history.path(from: first.timeline, to: last.timeline) {
      let begin = max(span.first, first.number)
      let end = min(span.last ?? last.number, last.number)
      for run in runs where run.timeline == span.timeline && run.last >= begin && run.first <= end {
        let from = run.firstIndex + Int(max(begin, run.first) - run.first)
        let through = run.lastIndex - Int(run.last - min(end, run.last))
        guard from <= through else { continue }
        for segment in archive.segments[from...through] {
          load.segments += 1
          load.storedBytes += segment.storedBytes
        }
      }
      if span.timeline == last.timeline { break }
    }
    load.walBytes = Int64(load.segments) * Int64(archive.segmentSize)
    return load
  }

  /// The newest segment that the archive holds, whether or not anything leads to it.
  package var newest: ArchivedSegment? { archive.segments.last }

  /// A segment can lie there twice, pushed again after a crash; the first copy stands for both.
  private static func sortedWithoutTwins(_ segments: SegmentList) -> SegmentList {
    var result: SegmentList = []
    for segment in segments.sorted(by: { $0.segment < $1.segment })
    where result.last?.segment != segment.segment {
      result.append(segment)
    }
    return result
  }

  private static func runs(of segments: SegmentList) -> [SegmentRun] {
    var runs: [SegmentRun] = []
    for stretch in segments.stretches {
      let lastIndex = stretch.offset + stretch.count - 1
      if let last = runs.last, last.timeline == stretch.first.timeline,
        last.last &+ 1 == stretch.first.number
      {
        runs[runs.count - 1].last = stretch.last.number
        runs[runs.count - 1].lastIndex = lastIndex
      } else {
        runs.append(
          SegmentRun(
            timeline: stretch.first.timeline, first: stretch.first.number,
            last: stretch.last.number, firstIndex: stretch.offset, lastIndex: lastIndex))
      }
    }
    return runs
  }
}

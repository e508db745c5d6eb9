import FoundationEssentials
import RecoveryModel

extension ServerLook {
  /// The instance as it sees itself; lag and slot come from its primary (`InstanceBoard`).
  package func instance(name: String, at: Date) -> Instance {
    var instance = Instance(
      name: name, role: standby ? .standby : .primary, state: .running, observedAt: at,
      version: version, timeline: timeline, lsn: lsn, startedAt: startedAt,
      systemIdentifier: systemIdentifier)
    instance.checkpointTimeline = checkpointTimeline
    if standby { instance.lag = ownLag }
    // Until its primary has said which it has (`InstanceBoard`).
    instance.missingSlot = idleSlot
    if let sender { instance.upstream = Upstream(place: sender.place, heard: sender.heard) }
    if !standby, archiver.waiting == nil { instance.withheld.append(Self.noWaiting(name)) }
    if !standby, !seesAll { instance.withheld.append(Self.noReplication(name)) }
    return instance
  }

  /// Received is not replayed: all that a standby knows by itself. Seconds are an upper bound when the primary
  /// is idle, so they are given only while something waits to be replayed.
  private var ownLag: ReplicationLag? {
    guard let lsn, let received else { return nil }
    let bytes = received.bytes(since: lsn)
    return ReplicationLag(replay: Lag(bytes: bytes, seconds: bytes == 0 ? 0 : replayAge))
  }

  /// The archiver of a primary; nil on a standby, or when the position is not known.
  /// `previous` is the last look's position and time, for the rate; `known` the last archived segment that an
  /// earlier look told of.
  package func archive(
    previous: (lsn: LSN, at: Date)?, known: WALSegment? = nil, at: Date
  ) -> ArchiveStatus? {
    guard !standby, let lsn, let timeline else { return nil }
    let size = archiver.segmentSize
    let last = lastArchivedSegment(known: known, lsn: lsn)
    var rate: Double?
    if let previous, at.timeIntervalSince(previous.at) > 0.05 {
      rate = Double(lsn.bytes(since: previous.lsn)) / at.timeIntervalSince(previous.at)
    }
    var status = ArchiveStatus(
      enabled: archiver.enabled, timeline: timeline, segmentSize: size, currentLSN: lsn,
      nextTransactionID: archiver.nextTransactionID, lastArchivedSegment: last,
      lastArchivedAt: archiver.lastArchivedAt, waitingSegments: archiver.waiting,
      oldestWaitingSince: archiver.oldestWaiting, failedCount: archiver.failedCount,
      lastFailedSegment: archiver.lastFailed, lastFailedAt: archiver.lastFailedAt,
      failing: archiver.failing, archiveTimeout: archiver.timeout,
      unarchivedBytes: archivedUpTo(last: last, lsn: lsn).map { lsn.bytes(since: $0) },
      walBytesPerSecond: rate)
    if let command = archiver.trivialCommand, archiver.enabled {
      status.enabled = false
      status.off = Self.storesNothing(command)
    }
    status.figuresSince = archiver.since
    status.oldestReadySince = archiver.oldestReady
    status.timelineBegan = timelineBegan(archived: last)
    status.savedSegmentLast = archiver.lastArchived.map(WALSegment.isWhole(fileName:)) ?? true
    let settled = archiver.lastSettled.flatMap { WALSegment(name: $0, segmentSize: size) }
    // Of an earlier timeline, another server archived it, or nobody did.
    status.settledSegment = settled.flatMap { $0.timeline == timeline ? $0 : nil }
    return status
  }

  /// nil once some of it is archived: what is may be removed.
  private func timelineBegan(archived last: WALSegment?) -> WALSegment? {
    guard archiver.enabled, archiver.ownDone == 0, let timeline, let lsn,
      last?.timeline != timeline
    else { return nil }
    let size = archiver.segmentSize
    let waiting = archiver.ownWaiting.flatMap {
      WALSegment(name: String(repeating: "0", count: 7) + "1" + $0, segmentSize: size)
    }
    return WALSegment(
      timeline: timeline, number: waiting?.number ?? lsn.rawValue / UInt64(max(1, size)))
  }

  /// The archiver names the last file that it archived, which need not be a segment. A backup's label
  /// (`<start segment>.<offset>.backup`) comes after its start segment, and the newest `.done` mark of the
  /// current timeline may be later still; a history file or a `.partial` says nothing about whole segments.
  private func lastArchivedSegment(known: WALSegment?, lsn: LSN) -> WALSegment? {
    let size = archiver.segmentSize
    // What lies ahead of the server is of a former life: it was restored, or another one took its place.
    let kept = known.flatMap { $0.start(segmentSize: size) <= lsn ? $0 : nil }
    guard let name = archiver.lastArchived else { return kept }
    let named = WALSegment(name: name, segmentSize: size)
    guard name.contains(".") else { return [kept, named].compactMap { $0 }.max() }
    let marked = archiver.lastDone.flatMap { WALSegment(name: $0, segmentSize: size) }
    return [
      kept, name.hasSuffix(".backup") ? named : nil, marked?.timeline == timeline ? marked : nil,
    ].compactMap { $0 }.max()
  }

  /// First byte that is not archived: start of the oldest waiting segment, else of the one being written.
  /// Without that right, the end of the last archived one. nil when archiving is off or nothing is known.
  private func archivedUpTo(last: WALSegment?, lsn: LSN) -> LSN? {
    guard archiver.enabled else { return nil }
    let size = archiver.segmentSize
    guard let waiting = archiver.waiting else { return last?.end(segmentSize: size) }
    if waiting > 0, let first = archiver.firstWaiting {
      let name = String(repeating: "0", count: 7) + "1" + first
      return WALSegment(name: name, segmentSize: size)?.start(segmentSize: size)
    }
    let current = LSN(lsn.rawValue / UInt64(size) * UInt64(size))
    // At a border nothing of the new segment is written yet, but the old one may still be unmarked.
    return last.map { min(current, $0.end(segmentSize: size)) } ?? current
  }

  private static func storesNothing(_ command: String) -> Unavailable {
    Unavailable(
      part: "WAL archiver",
      reason: "archive_command is `\(Sanitizer.clean(command, limit: 60))`: it says yes and stores "
        + "nothing",
      remedy: "Set an archive_command that stores WAL and reload; then take a base backup, for "
        + "what went by since is lost.")
  }

  private static func noWaiting(_ name: String) -> Unavailable {
    Unavailable(
      part: "waiting segments",
      reason: "the role on \(name) may not call pg_ls_archive_statusdir()",
      remedy: "GRANT pg_monitor TO the role")
  }

  private static func noReplication(_ name: String) -> Unavailable {
    Unavailable(
      part: "replication lag",
      reason: "the role on \(name) does not see pg_stat_replication in full",
      remedy: "GRANT pg_monitor TO the role")
  }
}

import FoundationEssentials

/// The archiver as its own server tells it (`pg_stat_archiver`, `pg_ls_archive_statusdir`).
package struct ArchiveStatus: Sendable, Equatable {
  /// `archive_mode` is on or always, and a command or library is set.
  package var enabled: Bool
  package var timeline: UInt32
  /// Bytes per segment.
  package var segmentSize: Int
  package var currentLSN: LSN
  /// Next transaction id: unchanged means that nobody wrote, whatever the LSN does by itself.
  package var nextTransactionID: UInt64?
  /// Name of the last archived file that is a segment.
  package var lastArchivedSegment: WALSegment?
  /// When the archiver last stored a file, of whatever kind.
  package var lastArchivedAt: Date?
  /// Since when the server counts: a crash resets its statistics, and a promoted one begins with none. nil = not told.
  package var figuresSince: Date?
  /// What was stored by all that is known, where the server's statistics tell of nothing.
  package var earlier: LastStored?
  /// The last one is one that recovery reads: a `.partial` or a history file saves no change.
  package var savedSegmentLast = true
  /// Newest segment of this timeline that was full 15 seconds ago and is marked as archived: on a busy server the
  /// last one is always too young to be looked for. nil where it cannot be told.
  package var settledSegment: WALSegment?
  /// `.ready` files: needs pg_monitor; nil where the right is missing.
  package var waitingSegments: Int?
  package var oldestWaitingSince: Date?
  /// The oldest of any kind: a timeline's history that cannot be stored holds up every segment. nil = none, or not told.
  package var oldestReadySince: Date?
  /// Since when somebody else sees it fail, as an operator does; nil = nobody tells.
  package var failureSeenSince: Date?
  /// The server's timeline began in this segment, or at its very start: told only while none of it is archived, and not
  /// without pg_monitor.
  package var timelineBegan: WALSegment?
  /// Since when, without a break, something was seen to wait, where nobody tells how old it is.
  package var waitingSeenSince: Date?
  package var failedCount: Int64
  package var lastFailedSegment: String?
  package var lastFailedAt: Date?
  /// The last attempt failed (`last_failed_time` after `last_archived_time`).
  package var failing: Bool
  /// `archive_timeout` in seconds; 0 = off.
  package var archiveTimeout: Int
  /// Bytes written beyond the last archived segment; nil where it cannot be told.
  package var unarchivedBytes: Int64?
  /// WAL written per second, from two looks; nil at the first.
  package var walBytesPerSecond: Double?
  /// The backup tool's own test of archiving, for a person to run; nil where it has none.
  package var checkCommand: String?
  /// Why it fails, where somebody has told, and what to do about it.
  package var failure: ArchiveFailure?
  /// Somebody stopped the backup tool on purpose; nil = nobody is seen to have.
  package var stopped: StoppedTool?
  /// Why it is not enabled and what enables it, where the engine has words of its own for it.
  package var off: Unavailable?

  package init(
    enabled: Bool, timeline: UInt32, segmentSize: Int, currentLSN: LSN,
    nextTransactionID: UInt64? = nil, lastArchivedSegment: WALSegment? = nil,
    lastArchivedAt: Date? = nil, waitingSegments: Int? = nil, oldestWaitingSince: Date? = nil,
    failedCount: Int64 = 0, lastFailedSegment: String? = nil, lastFailedAt: Date? = nil,
    failing: Bool = false, archiveTimeout: Int = 0, unarchivedBytes: Int64? = nil,
    walBytesPerSecond: Double? = nil, checkCommand: String? = nil, off: Unavailable? = nil
  ) {
    self.enabled = enabled
    self.timeline = timeline
    self.segmentSize = segmentSize
    self.currentLSN = currentLSN
    self.nextTransactionID = nextTransactionID
    self.lastArchivedSegment = lastArchivedSegment
    self.lastArchivedAt = lastArchivedAt
    self.waitingSegments = waitingSegments
    self.oldestWaitingSince = oldestWaitingSince
    self.failedCount = failedCount
    self.lastFailedSegment = lastFailedSegment
    self.lastFailedAt = lastFailedAt
    self.failing = failing
    self.archiveTimeout = archiveTimeout
    self.unarchivedBytes = unarchivedBytes
    self.walBytesPerSecond = walBytesPerSecond
    self.checkCommand = checkCommand
    self.off = off
  }
}

extension ArchiveStatus {
  /// When it last stored a segment; nil = not told.
  package var lastSegmentAt: Date? { savedSegmentLast ? lastArchivedAt : nil }

  /// WAL that hardly any server writes in a second; bytes.
  private static let fastest = 64.0 * 1_048_576
  /// Seconds that the oldest waiting segment is old at least, by what came after it: when the archiver stored its last
  /// one tells nothing of what was in that.
  package var leastBacklogAge: Double {
    Double(max(0, (waitingSegments ?? 0) - 1)) * Double(segmentSize) / Self.fastest
  }
}

/// Why archiving fails, beyond what PostgreSQL itself keeps of it.
package struct ArchiveFailure: Sendable, Equatable {
  /// One sentence; nil where the place that tells could not be read.
  package var reason: String?
  /// Where it stands.
  package var source: String
  package var remedy: String

  package init(reason: String?, source: String, remedy: String) {
    self.reason = reason
    self.source = source
    self.remedy = remedy
  }
}

/// The backup tool does nothing because somebody told it so.
package struct StoppedTool: Sendable, Equatable {
  /// As `pgBackRest was stopped at 2026-11-29 03:00:00 UTC (/run/pgbackrest/demo.stop)`.
  package var what: String
  package var since: Date?
  /// The command that ends it.
  package var remedy: String

  package init(what: String, since: Date?, remedy: String) {
    self.what = what
    self.since = since
    self.remedy = remedy
  }
}

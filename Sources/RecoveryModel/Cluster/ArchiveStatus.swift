import FoundationEssentials

/// The archiver as its own server tells it (`pg_stat_archiver`, `pg_ls_archive_statusdir`).
public struct ArchiveStatus: Sendable, Equatable {
  /// `archive_mode` is on or always, and a command or library is set.
  public var enabled: Bool
  public var timeline: UInt32
  /// Bytes per segment.
  public var segmentSize: Int
  public var currentLSN: LSN
  /// Next transaction id: unchanged means that nobody wrote, whatever the LSN does by itself.
  public var nextTransactionID: UInt64?
  /// Name of the last archived file that is a segment.
  public var lastArchivedSegment: WALSegment?
  public var lastArchivedAt: Date?
  /// Newest segment of this timeline that was full 15 seconds ago and is marked as archived: on a busy server the
  /// last one is always too young to be looked for. nil where it cannot be told.
  public var settledSegment: WALSegment?
  /// `.ready` files: needs pg_monitor; nil where the right is missing.
  public var waitingSegments: Int?
  public var oldestWaitingSince: Date?
  public var failedCount: Int64
  public var lastFailedSegment: String?
  public var lastFailedAt: Date?
  /// The last attempt failed (`last_failed_time` after `last_archived_time`).
  public var failing: Bool
  /// `archive_timeout` in seconds; 0 = off.
  public var archiveTimeout: Int
  /// Bytes written beyond the last archived segment; nil where it cannot be told.
  public var unarchivedBytes: Int64?
  /// WAL written per second, from two looks; nil at the first.
  public var walBytesPerSecond: Double?
  /// The backup tool's own test of archiving, for a person to run; nil where it has none.
  public var checkCommand: String?
  /// Why it fails, where somebody has told, and what to do about it.
  public var failure: ArchiveFailure?
  /// Somebody stopped the backup tool on purpose; nil = nobody is seen to have.
  public var stopped: StoppedTool?
  /// Why it is not enabled and what enables it, where the engine has words of its own for it.
  public var off: Unavailable?

  public init(
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

/// Why archiving fails, beyond what PostgreSQL itself keeps of it.
public struct ArchiveFailure: Sendable, Equatable {
  /// One sentence; nil where the place that tells could not be read.
  public var reason: String?
  /// Where it stands.
  public var source: String
  public var remedy: String

  public init(reason: String?, source: String, remedy: String) {
    self.reason = reason
    self.source = source
    self.remedy = remedy
  }
}

/// The backup tool does nothing because somebody told it so.
public struct StoppedTool: Sendable, Equatable {
  /// As `pgBackRest was stopped at 2026-11-29 03:00:00 UTC (/run/pgbackrest/demo.stop)`.
  public var what: String
  public var since: Date?
  /// The command that ends it.
  public var remedy: String

  public init(what: String, since: Date?, remedy: String) {
    self.what = what
    self.since = since
    self.remedy = remedy
  }
}

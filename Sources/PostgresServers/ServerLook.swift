import FoundationEssentials
import RecoveryModel
import Transports

/// The answer to the live statement of `QueryTable`, typed.
package struct ServerLook: Sendable, Equatable {
  package var version: Int
  package var standby: Bool
  package var lsn: LSN?
  package var received: LSN?
  package var timeline: UInt32?
  /// Of the last checkpoint: what tools that read pg_control believe.
  package var checkpointTimeline: UInt32?
  var replayAge: Double?
  package var systemIdentifier: String?
  package var startedAt: Date?
  /// The role sees other roles' replication details.
  var seesAll: Bool
  package var archiver: Archiver
  package var replication: [Sender]
  package var slots: [Slot]
  /// Of a standby that receives nothing from anybody: the slot that it would stream by.
  package var idleSlot: String?
  /// From where it receives WAL, as `host:port`, and how many seconds ago it last heard from there; nil = from nowhere, or
  /// not told.
  var sender: (place: String, heard: Double)? {
    senderPlace.flatMap { place in heard.map { (place, $0) } }
  }
  private var senderPlace: String?
  private var heard: Double?

  package struct Archiver: Sendable, Equatable {
    package var enabled: Bool
    /// An `archive_command` that says yes and stores nothing; any other is not kept, it may hold a secret.
    var trivialCommand: String?
    package var segmentSize: Int
    package var timeout: Int
    package var nextTransactionID: UInt64?
    package var lastArchived: String?
    package var lastArchivedAt: Date?
    package var failedCount: Int64
    var lastFailed: String?
    package var lastFailedAt: Date?
    package var failing: Bool
    package var waiting: Int?
    var firstWaiting: String?
    var oldestWaiting: Date?
    /// The oldest file of any kind that waits.
    var oldestReady: Date?
    /// Of this server's own timeline: the first segment that waits, and how many are marked as archived.
    var ownWaiting: String?
    var ownDone: Int?
    /// Newest segment marked as archived; on a server that was a standby others may have archived it.
    var lastDone: String?
    /// Newest one that was full 15 seconds ago or longer, and is marked so.
    var lastSettled: String?
    /// Since when its figures count.
    var since: Date?

    package init(
      enabled: Bool, trivialCommand: String? = nil, segmentSize: Int, timeout: Int,
      nextTransactionID: UInt64? = nil, lastArchived: String? = nil, lastArchivedAt: Date? = nil,
      failedCount: Int64, lastFailed: String? = nil, lastFailedAt: Date? = nil, failing: Bool,
      waiting: Int? = nil, firstWaiting: String? = nil, oldestWaiting: Date? = nil,
      lastDone: String? = nil, lastSettled: String? = nil
    ) {
      self.enabled = enabled
      self.trivialCommand = trivialCommand
      self.segmentSize = segmentSize
      self.timeout = timeout
      self.nextTransactionID = nextTransactionID
      self.lastArchived = lastArchived
      self.lastArchivedAt = lastArchivedAt
      self.failedCount = failedCount
      self.lastFailed = lastFailed
      self.lastFailedAt = lastFailedAt
      self.failing = failing
      self.waiting = waiting
      self.firstWaiting = firstWaiting
      self.oldestWaiting = oldestWaiting
      self.lastDone = lastDone
      self.lastSettled = lastSettled
    }
  }

  /// A row of pg_stat_replication.
  package struct Sender: Sendable, Equatable, Decodable {
    package var name: String?
    package var state: String?
    package var sync: String?
    package var pid: Int?
    var writeBytes: Double?
    var flushBytes: Double?
    var replayBytes: Double?
    var writeSeconds: Double?
    var flushSeconds: Double?
    package var replaySeconds: Double?
  }

  /// A row of pg_replication_slots.
  package struct Slot: Sendable, Equatable, Decodable {
    package var name: String
    package var active: Bool
    package var pid: Int?
    package var walStatus: String?
    var safe: Double?
    package var retained: Double?

    package init(
      name: String, active: Bool, pid: Int? = nil, walStatus: String? = nil, safe: Double? = nil,
      retained: Double? = nil
    ) {
      self.name = name
      self.active = active
      self.pid = pid
      self.walStatus = walStatus
      self.safe = safe
      self.retained = retained
    }
  }

  /// Throws `RecoveryError` (failed) when the row is not what the statement returns.
  init(_ rows: SQLRows) throws(RecoveryError) {
    let row = RowReader(rows)
    guard rows.rows.count == 1, let version = row.integer("version"),
      let standby = row.truth("standby"), let segmentSize = row.integer("segment_size"),
      segmentSize > 0
    else {
      throw RecoveryError(.failed, "the server's answer to the observation query is incomplete")
    }
    self.version = version
    self.standby = standby
    lsn = row.text("lsn").flatMap { LSN(text: $0) }
    received = row.text("received").flatMap { LSN(text: $0) }
    timeline =
      standby
      ? row.text("standby_timeline").flatMap { UInt32($0) }
      : row.text("primary_timeline").flatMap { UInt32($0, radix: 16) }
    checkpointTimeline = row.text("checkpoint_timeline").flatMap { UInt32($0) }
    replayAge = row.number("replay_age").map { max(0, $0) }
    systemIdentifier = row.text("system_identifier")
    startedAt = row.date("started")
    seesAll = row.truth("sees_all") ?? false
    replication = try row.list("replication", of: Sender.self)
    slots = try row.list("slots", of: Slot.self)
    idleSlot = row.text("idle_slot")
    (senderPlace, heard) = (row.text("sender"), row.number("heard"))
    let command = row.text("archive_command")
    archiver = Archiver(
      enabled: row.text("archive_mode") != "off" && row.truth("has_archiver") == true,
      trivialCommand: command.flatMap { ArchiveCommand.isTrivial($0) ? $0 : nil },
      segmentSize: segmentSize, timeout: Int(row.number("archive_timeout") ?? 0),
      nextTransactionID: row.text("next_transaction").flatMap { UInt64($0) },
      lastArchived: row.text("last_archived_wal"), lastArchivedAt: row.date("last_archived"),
      failedCount: Int64(row.integer("failed_count") ?? 0),
      lastFailed: row.text("last_failed_wal"), lastFailedAt: row.date("last_failed"),
      failing: row.truth("failing") ?? false, waiting: row.integer("waiting"),
      firstWaiting: row.text("first_waiting"), oldestWaiting: row.date("oldest_waiting"),
      lastDone: row.text("last_done"), lastSettled: row.text("last_settled"))
    archiver.since = row.date("archiver_since")
    archiver.oldestReady = row.date("oldest_ready")
    archiver.ownWaiting = row.text("own_waiting")
    archiver.ownDone = row.integer("own_done")
  }
}

/// Typed reading of the first row of an answer.
struct RowReader {
  let rows: SQLRows
  init(_ rows: SQLRows) { self.rows = rows }

  func text(_ column: String) -> String? { rows.value(column) }
  func integer(_ column: String) -> Int? { text(column).flatMap { Int($0) } }
  func number(_ column: String) -> Double? { text(column).flatMap { Double($0) } }
  func truth(_ column: String) -> Bool? { text(column).map { $0 == "t" } }

  func date(_ column: String) -> Date? {
    number(column).map { Date(timeIntervalSince1970: $0) }
  }

  /// A json_agg column; NULL is an empty list.
  func list<Element: Decodable>(
    _ column: String, of type: Element.Type
  ) throws(RecoveryError) -> [Element] {
    guard let text = text(column) else { return [] }
    do { return try JSONDecoder().decode([Element].self, from: Data(text.utf8)) } catch {
      throw RecoveryError(.failed, "the server's list of \(column) cannot be read")
    }
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// What one server answered at one look.
package struct InstanceAnswer: Sendable, Equatable {
  package var instance: Instance
  package var archive: ArchiveStatus?
  /// Bytes per WAL segment; a standby tells it as well.
  package var segmentSize: Int?
  var senders: [ServerLook.Sender] = []
  package var slots: [ServerLook.Slot] = []
  package var sharedBuffers: Int64?
  package var dataChecksums: Bool?
  package var databaseBytes: Int64?

  package init(
    instance: Instance, archive: ArchiveStatus? = nil, segmentSize: Int? = nil,
    senders: [ServerLook.Sender] = [], slots: [ServerLook.Slot] = [], sharedBuffers: Int64? = nil,
    dataChecksums: Bool? = nil, databaseBytes: Int64? = nil
  ) {
    self.instance = instance
    self.archive = archive
    self.segmentSize = segmentSize
    self.senders = senders
    self.slots = slots
    self.sharedBuffers = sharedBuffers
    self.dataChecksums = dataChecksums
    self.databaseBytes = databaseBytes
  }
}

/// Looks at one server: one statement per look, and now and then one for what changes rarely.
package actor InstanceWatch {
  /// Seconds for a look, connecting included.
  package static let deadline = 3.0
  /// Seconds between looks at settings, and at sizes (which walk all files of the server).
  private static let settingsPace = 30.0
  private static let sizePace = 300.0

  private let name: String
  private let client: SQLClient
  /// The command that makes it the primary.
  private let promotion: String?
  private let socket: ServerSocket?
  /// Where it has its data on this host by its engine's configuration; nil = that tells none.
  private let configured: @Sendable () -> String?
  private let now: @Sendable () -> Date
  private var version: Int?
  private var monitor = true
  private var monitorAskedAt: Date?
  private var previous: (lsn: LSN, at: Date)?
  /// The last archived file may be none: then this still is the last segment.
  private var archived: (segment: WALSegment?, system: String?)
  private var settings: (restartPending: Bool, buffers: Int64?, checksums: Bool?, at: Date)?
  private var size: (bytes: Int64?, at: Date)?
  private var lastWrite = LastWrite()
  /// As its socket last told.
  private var dataDirectory: String?

  package init(
    name: String, client: SQLClient, promotion: String? = nil, socket: ServerSocket? = nil,
    configured: @escaping @Sendable () -> String? = { nil }, now: @escaping @Sendable () -> Date
  ) {
    self.socket = socket
    self.configured = configured
    self.name = name
    self.client = client
    self.promotion = promotion
    self.now = now
  }

  package func look() async -> InstanceAnswer {
    do {
      let look = try await live()
      let at = now()
      // Another cluster may have taken its place.
      let known = archived.system == look.systemIdentifier ? archived.segment : nil
      let archive = look.archive(previous: previous, known: known, at: at)
      archived = (archive?.lastArchivedSegment, look.systemIdentifier)
      var answer = InstanceAnswer(
        instance: look.instance(name: name, at: at), archive: archive,
        segmentSize: look.archiver.segmentSize, senders: look.replication, slots: look.slots)
      previous = look.lsn.map { ($0, at) }
      await refreshSettings(at: at)
      if !look.standby { await refreshSize(at: at) }
      answer.instance.promotion = look.standby ? promotion : nil
      answer.instance.restartPending = settings?.restartPending
      answer.sharedBuffers = settings?.buffers
      answer.dataChecksums = settings?.checksums
      answer.databaseBytes = size?.bytes
      return answer
    } catch {
      return failed(error)
    }
  }

  private func live() async throws(RecoveryError) -> ServerLook {
    let version = try await serverVersion()
    let at = now()
    // The right may have been granted meanwhile.
    if !monitor, let asked = monitorAskedAt, at.timeIntervalSince(asked) > Self.settingsPace {
      monitor = true
    }
    guard let sql = QueryTable.sql(.live, version: version, monitor: monitor) else {
      throw RecoveryError(
        .invalid, "\(name) runs PostgreSQL \(version / 10_000), which is too old",
        remedy: "pgvigil observes PostgreSQL 13 and later")
    }
    do {
      let look = try ServerLook(try await query(sql))
      self.version = look.version
      return look
    } catch {
      guard error.code == .denied, monitor, error.sqlState == "42501" else {
        self.version = nil
        throw error
      }
      monitor = false
      monitorAskedAt = at
      return try await live()
    }
  }

  private func serverVersion() async throws(RecoveryError) -> Int {
    if let version { return version }
    guard let sql = QueryTable.sql(.version, version: 0) else {
      throw RecoveryError(.failed, "no query for the server's version")
    }
    guard let number = RowReader(try await query(sql)).integer("version") else {
      throw RecoveryError(.failed, "\(name) did not tell its version")
    }
    version = number
    return number
  }

  private func refreshSettings(at: Date) async {
    if let settings, abs(at.timeIntervalSince(settings.at)) < Self.settingsPace { return }
    dataDirectory = socket?.dataDirectory ?? dataDirectory
    guard let version, let sql = QueryTable.sql(.settings, version: version),
      let rows = try? await query(sql)
    else { return }
    let row = RowReader(rows)
    settings = (
      (row.integer("pending_restart") ?? 0) > 0, row.integer("shared_buffers").map { Int64($0) },
      row.text("data_checksums").map { $0 == "on" }, at
    )
  }

  private func refreshSize(at: Date) async {
    if let size, abs(at.timeIntervalSince(size.at)) < Self.sizePace { return }
    guard let version, let sql = QueryTable.sql(.size, version: version),
      let rows = try? await query(sql)
    else { return }
    let row = RowReader(rows)
    // A sum over some of the databases would look like the size of all.
    let complete = row.integer("databases") == row.integer("all_databases")
    size = (complete ? row.integer("bytes").map { Int64($0) } : nil, at)
  }

  private func query(_ sql: String) async throws(RecoveryError) -> SQLRows {
    do { return try await client.query(sql, Self.deadline) } catch {
      throw error as? RecoveryError ?? RecoveryError(.failed, "\(name): \(error)")
    }
  }

  private func failed(_ error: RecoveryError) -> InstanceAnswer {
    previous = nil
    version = nil
    // 57P03: it takes no connections yet (or no longer), which is not the same as being gone.
    let starting = error.sqlState == "57P03"
    var instance = Instance(
      name: name, state: starting ? .startingUp : .unreachable(reason: error.description),
      observedAt: now())
    if error.code == .denied {
      // Whoever refuses a login runs.
      let missing = Unavailable(
        part: "server", reason: error.message, remedy: error.remedy, code: .denied)
      instance.state = .unseen(missing)
      instance.withheld = [missing]
    } else if !starting {
      let (told, configured) = (socket?.dataDirectory ?? dataDirectory, configured())
      let directory = told ?? configured
      instance.emptyDirectory = directory.flatMap {
        ServerSocket.isEmpty($0, isOfThisHost: $0 == configured) ? $0 : nil
      }
      instance.lastWroteAt = directory.flatMap { lastWrite.look(in: $0) }
        .map(Date.init(timeIntervalSince1970:))
    }
    return InstanceAnswer(instance: instance)
  }
}

import Foundation
import RecoveryModel
import Synchronization
import Testing

@testable import Kubernetes
@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite("PostgreSQL observation") struct InstanceTests {
  private let noon = Date(timeIntervalSince1970: 1_795_350_000)

  private func look(_ row: LookRow) throws -> ServerLook { try ServerLook(row.rows) }

  @Test func nothingWaitingExposesTheCurrentSegmentOnly() throws {
    let status = try look(.primary).archive(previous: nil, at: noon)
    #expect(status?.unarchivedBytes == 0x100)
    #expect(status?.timeline == 10)
    #expect(status?.waitingSegments == 0)
    #expect(status?.archiveTimeout == 30)
    #expect(status?.nextTransactionID == 1234)
    #expect(status?.walBytesPerSecond == nil)
  }

  @Test func waitingSegmentsAreCountedFromTheOldest() throws {
    let row = LookRow.primary.with([
      "waiting": "3", "first_waiting": "0000000000000002", "oldest_waiting": "1795349000",
    ])
    let status = try look(row).archive(previous: nil, at: noon)
    #expect(status?.unarchivedBytes == 50_331_904)
    #expect(status?.oldestWaitingSince == Date(timeIntervalSince1970: 1_795_349_000))
  }

  @Test(
    "a timeline that is not archived begins with its first segment",
    arguments: [
      (nil, "0", "000000090000000000000004", 5), ("0000000000000002", "0", nil, 2),
      (nil, "3", nil, nil), (nil, nil, nil, nil), (nil, "0", "0000000A0000000000000003", nil),
    ] as [(String?, String?, String?, UInt64?)])
  func began(waiting: String?, done: String?, last: String?, number: UInt64?) throws {
    let row = LookRow.primary.with([
      "own_waiting": waiting, "own_done": done, "last_archived_wal": last,
    ])
    let status = try look(row).archive(previous: nil, at: noon)
    #expect(status?.timelineBegan == number.map { WALSegment(timeline: 10, number: $0) })
  }

  @Test func aHistoryThatWaitsIsNoSegment() throws {
    let row = LookRow.primary.with(["waiting": "0", "oldest_ready": "1795349100"])
    let status = try look(row).archive(previous: nil, at: noon)
    #expect(status?.oldestReadySince == Date(timeIntervalSince1970: 1_795_349_100))
    #expect(status?.oldestWaitingSince == nil)
  }

  @Test func withoutTheRightTheLastArchivedSegmentIsTheMeasure() throws {
    let row = LookRow.primary.with(["waiting": nil])
    let look = try look(row)
    let status = look.archive(previous: nil, at: noon)
    #expect(status?.waitingSegments == nil)
    #expect(status?.unarchivedBytes == 0x100)
    let withheld = look.instance(name: "db1", at: noon).withheld
    #expect(withheld.map(\.part) == ["waiting segments"])
    #expect(withheld.first?.remedy.contains("pg_monitor") == true)
  }

  /// Names as PostgreSQL 15 gave them after a base backup and after a promotion.
  @Test(
    "the last archived file is no segment",
    arguments: [
      // A backup's label: its start segment went before it, and what the marks show after that.
      ("0000000A0000000000000003.00000028.backup", nil, nil, 3, 0x100_0100),
      ("0000000A0000000000000003.00000028.backup", nil, "0000000A0000000000000004", 4, 0x100),
      ("0000000A0000000000000003.00000028.backup", 4, nil, 4, 0x100),
      ("0000000A0000000000000002.00000028.backup", 3, "0000000A0000000000000001", 3, 0x100_0100),
      // A segment name never takes it back either.
      ("0000000A0000000000000003", 4, nil, 4, 0x100),
      // Nothing is said of a whole segment, least of all by another timeline's marks.
      ("0000000A.history", nil, "000000090000000000000004", nil, nil),
      ("000000090000000000000004.partial", nil, nil, nil, nil),
      ("0000000A.history", 4, nil, 4, 0x100),
      (nil, 4, nil, 4, 0x100),
      // Ahead of the server: it was set back.
      ("0000000A0000000000000004", 6, nil, 4, 0x100),
    ] as [(String?, UInt64?, String?, UInt64?, Int64?)])
  func lastArchived(
    name: String?, known: UInt64?, done: String?, segment: UInt64?, unarchived: Int64?
  ) throws {
    let row = LookRow.primary.with([
      "last_archived_wal": name, "last_done": done, "waiting": nil,
    ])
    let status = try look(row).archive(
      previous: nil, known: known.map { WALSegment(timeline: 10, number: $0) }, at: noon)
    #expect(status?.lastArchivedSegment == segment.map { WALSegment(timeline: 10, number: $0) })
    #expect(status?.unarchivedBytes == unarchived)
  }

  @Test func theLastSegmentIsKeptBetweenLooksAndNotAcrossClusters() async throws {
    let row = Mutex(LookRow.primary)
    let client = SQLClient(
      query: { sql, _ in
        if sql == QueryTable.sql(.version, version: 0) {
          return SQLRows(columns: ["version"], rows: [["150018"]])
        }
        return row.withLock { $0.rows }
      }, close: {})
    let watch = InstanceWatch(name: "db1", client: client, now: { Date(timeIntervalSince1970: 5) })
    #expect(await watch.look().archive?.lastArchivedSegment?.number == 4)
    row.withLock { $0 = $0.with(["last_archived_wal": "0000000A0000000000000002.00000028.backup"]) }
    for _ in 0..<2 { #expect(await watch.look().archive?.lastArchivedSegment?.number == 4) }
    row.withLock { $0 = $0.with(["system_identifier": "7"]) }
    #expect(await watch.look().archive?.lastArchivedSegment?.number == 2)
  }

  @Test func aPromotionShowsInTheCheckpointsTimeline() throws {
    let row = LookRow.primary.with(["checkpoint_timeline": "9"])
    let instance = try look(row).instance(name: "db1", at: noon)
    #expect(instance.checkpointTimeline == 9)
    #expect(instance.timeline == 10)
  }

  @Test func archivingSwitchedOffKnowsNoExposure() throws {
    let status = try look(.primary.with(["archive_mode": "off"]))
      .archive(previous: nil, at: noon)
    #expect(status?.enabled == false)
    #expect(status?.unarchivedBytes == nil)
  }

  @Test func rateComesFromTwoLooks() throws {
    let earlier = noon.addingTimeInterval(-2)
    let status = try look(.primary).archive(previous: (LSN(0x500_0000), earlier), at: noon)
    #expect(status?.walBytesPerSecond == 128)
  }

  @Test func anIncompleteRowIsAnError() {
    #expect(throws: RecoveryError.self) { try ServerLook(SQLRows(columns: ["lsn"], rows: [["x"]])) }
  }

  @Test func thePrimaryTellsWhatItsStandbysLack() throws {
    var board = InstanceBoard(names: ["db1", "db2"])
    board.record(try answer("db2", .standby))
    #expect(board.instances().map(\.name) == ["db2"])
    #expect(board.instances()[0].lag?.replay == Lag(bytes: 256, seconds: 12.5))
    board.record(try answer("db1", .primary))
    let standby = board.instances()[1]
    #expect(standby.syncState == "async")
    #expect(standby.lag?.write == Lag(bytes: 0, seconds: 0))
    #expect(standby.lag?.replay == Lag(bytes: 256, seconds: 0.25))
    #expect(
      standby.slot
        == ReplicationSlot(
          name: "db2", active: true, walStatus: "reserved", retainedBytes: 512))
  }

  @Test func aSlotIsMissingOnlyWhereItsPrimaryWasAskedAndHasNone() throws {
    var board = InstanceBoard(names: ["db1", "db2"])
    board.record(try answer("db2", .standby.with(["idle_slot": "db2_slot"])))
    #expect(board.instances()[0].missingSlot == nil)
    board.record(try answer("db1", .primary))
    #expect(board.instances()[1].missingSlot == "db2_slot")
    board.record(try answer("db2", .standby.with(["idle_slot": "db2"])))
    #expect(board.instances()[1].missingSlot == nil)
  }

  @Test func afterAFailoverTheLaterTimelineIsThePrimary() throws {
    var board = InstanceBoard(names: ["db1", "db2"])
    board.record(try answer("db1", .primary))
    board.record(try answer("db2", .primary.with(["primary_timeline": "0000000B"])))
    #expect(board.primary?.instance.name == "db2")
  }

  @Test func aDeadPrimaryCostsItsRowAndTheArchiverOnly() async throws {
    let alive = Mutex(true)
    let happy = PgBackRestWorld(world: .happy)
    let engine = try PgBackRestEngine(
      declaration: PgBackRestWorld.declaration(), environment: .fixed(),
      processes: happy.processes,
      connect: { instance in
        let client = happy.client(instance.name)
        return SQLClient(
          query: { sql, deadline in
            if instance.name == "db1", !(alive.withLock { $0 }) {
              throw RecoveryError(.unreachable, "no connection to db1: refused")
            }
            return try await client.query(sql, deadline)
          }, close: {})
      })
    _ = await engine.observe("instance:db1")
    _ = await engine.observe("instance:db2")
    alive.withLock { $0 = false }
    let update = await engine.observe("instance:db1")
    #expect(update.instances?.value?.map(\.state.word) == ["unreachable", "running"])
    #expect(update.archive?.failure?.reason.contains("last known primary, db1") == true)
  }

  @Test func whoNeverSawThePrimaryIsToldThatOneIsSilent() throws {
    var board = InstanceBoard(names: ["db1", "db2"], cluster: "auth-db")
    board.record(
      InstanceAnswer(
        instance: Instance(
          name: "db1", state: .unreachable(reason: "Connection refused"), observedAt: noon)))
    board.record(try answer("db2", .standby))
    let told = board.withoutPrimary(at: noon)
    #expect(told.reason == "no primary answers; db1 does not answer: Connection refused")
    #expect(
      told.remedy.hasPrefix("what to do, in order: pgvigil incident auth-db. Start db1: nothing"))
    board.record(try answer("db1", .standby))
    #expect(board.withoutPrimary(at: noon).remedy.contains("instances names all of them"))
  }

  @Test func aStandbyIsPromotedByItsOwnAddressWithoutAPassword() {
    let address = ServerAddress(
      name: "db2", conninfo: ["host": "db2", "user": "pgvigil"], password: Secret("hush"))
    #expect(
      address.promotion
        == "psql -X -d 'dbname=postgres host=db2 user=postgres' -c 'SELECT pg_promote()'")
    let service = ServerAddress(name: "db2", conninfo: ["service": "db2"])
    #expect(service.promotion == "psql -X -d service=db2 -c 'SELECT pg_promote()'")
  }

  @Test func aMissingRightIsAskedAroundAndNotRepeated() async throws {
    let asked = Mutex<[String]>([])
    let client = SQLClient(
      query: { sql, _ in
        asked.withLock { $0.append(sql) }
        if sql.contains("pg_ls_archive_statusdir") {
          throw RecoveryError(.denied, "permission denied", detail: .sqlState("42501"))
        }
        if sql == QueryTable.sql(.version, version: 0) {
          return SQLRows(columns: ["version"], rows: [["150018"]])
        }
        return LookRow.primary.with(["waiting": nil]).rows
      }, close: {})
    let watch = InstanceWatch(name: "db1", client: client, now: { Date(timeIntervalSince1970: 5) })
    #expect(await watch.look().instance.state == .running)
    #expect(await watch.look().archive?.waitingSegments == nil)
    #expect(
      asked.withLock { $0.filter { $0.contains("pg_ls_archive_statusdir") }.count } == 1)
  }

  @Test("of a killed server the lock file beside its socket tells where its data lie")
  func dataDirectory() async throws {
    let place = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: place) }
    let data = place + "/data"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    let lock = { (text: String) in
      try text.write(toFile: place + "/.s.PGSQL.6001.lock", atomically: true, encoding: .utf8)
    }
    try lock("4711\n\(data)\n1796000000\n6001\n\(place)\n")
    let address = ServerAddress(name: "db1", conninfo: ["host": place, "port": "6001"])
    let client = SQLClient(
      query: { _, _ in throw RecoveryError(.unreachable, "Connection refused") }, close: {})
    let watch = InstanceWatch(
      name: "db1", client: client, socket: ServerSocket(address),
      now: { Date(timeIntervalSince1970: 5) })
    #expect(await watch.look().instance.emptyDirectory == data)
    try "15\n".write(toFile: data + "/PG_VERSION", atomically: true, encoding: .utf8)
    #expect(await watch.look().instance.emptyDirectory == nil)
    #expect(await watch.look().instance.lastWroteAt == nil)
    for (folder, file, at) in [
      ("pg_wal", "000000010000000000000003", 90.0), ("pg_wal", "00000002.history", 99),
      ("global", "pg_control", 80),
    ] {
      let path = "\(data)/\(folder)/\(file)"
      try FileManager.default.createDirectory(
        atPath: "\(data)/\(folder)", withIntermediateDirectories: true)
      try "".write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: at)], ofItemAtPath: path)
    }
    #expect(await watch.look().instance.lastWroteAt == Date(timeIntervalSince1970: 90))
    // Of a container its place is not to be seen at all.
    let nowhere = "/nowhere/at/all"
    try lock("4711\n\(nowhere)\n")
    #expect(await watch.look().instance.emptyDirectory == nil)
    // But for what the configuration says lies on this host.
    let known = InstanceWatch(
      name: "db1", client: client, socket: ServerSocket(address), configured: { nowhere },
      now: { Date(timeIntervalSince1970: 5) })
    #expect(await known.look().instance.emptyDirectory == nowhere)
    #expect(ServerSocket(ServerAddress(name: "db1", conninfo: ["host": "db1"])) == nil)
  }

  @Test func aQuietSecondCostsOneStatement() async throws {
    let count = Mutex(0)
    let world = PgBackRestWorld(world: .happy).client("db1")
    let client = SQLClient(
      query: { sql, deadline in
        count.withLock { $0 += 1 }
        return try await world.query(sql, deadline)
      }, close: {})
    let watch = InstanceWatch(name: "db1", client: client, now: { Date(timeIntervalSince1970: 5) })
    _ = await watch.look()
    let first = count.withLock { $0 }
    _ = await watch.look()
    #expect(count.withLock { $0 } == first + 1)
  }

  @Test(arguments: [130_000, 140_012, 150_018, 160_004, 170_002, 180_001])
  func everySupportedVersionHasEveryStatement(version: Int) {
    for name in [QueryRow.Name.live, .settings, .size] {
      #expect(QueryTable.sql(name, version: version, monitor: true) != nil)
    }
    let live = QueryTable.sql(.live, version: version) ?? ""
    #expect(live.contains("archive_library") == (version >= 150_000))
    #expect(QueryTable.sql(.live, version: 120_022) == nil)
  }

  private func answer(_ name: String, _ row: LookRow) throws -> InstanceAnswer {
    let look = try look(row)
    return InstanceAnswer(
      instance: look.instance(name: name, at: noon),
      archive: look.archive(previous: nil, at: noon), senders: look.replication,
      slots: look.slots)
  }

  @Test(
    "of a server that is down segments are looked at anew only where something was written since")
  func lastWriteIsKept() throws {
    let data = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: data) }
    for folder in ["pg_wal", "global"] {
      try FileManager.default.createDirectory(
        atPath: "\(data)/\(folder)", withIntermediateDirectories: true)
    }
    let names = (1...40).map { "0000000100000000000000" + ($0 < 10 ? "0\($0)" : "\($0)") }
    for name in names {
      try "".write(toFile: "\(data)/pg_wal/\(name)", atomically: true, encoding: .utf8)
    }
    let times = Mutex(["\(data)/pg_wal": 10.0, "\(data)/global/pg_control": 5])
    let asked = Mutex(0)
    var write = LastWrite()
    write.modified = { path in
      asked.withLock { $0 += 1 }
      return times.withLock { $0[path] ?? 1 }
    }
    func look() -> (Double?, Int) {
      asked.withLock { $0 = 0 }
      return (write.look(in: data), asked.withLock { $0 })
    }
    func wrote(_ file: String, at time: Double) {
      times.withLock { $0["\(data)/\(file)"] = time }
    }
    wrote("pg_wal/\(names[20])", at: 90)
    #expect(look() == (90, 42))
    #expect(look() == (90, 3))
    // The one that was written is filled before the next is.
    wrote("pg_wal/\(names[20])", at: 95)
    wrote("pg_wal/\(names[21])", at: 99)
    #expect(look().0 == 99)
    wrote("global/pg_control", at: 120)
    #expect(look() == (120, 3))
    wrote("pg_wal", at: 11)
    #expect(look().1 > 40)
  }
}

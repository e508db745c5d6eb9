import FoundationEssentials
import RecoveryModel
import Synchronization
import TestSupport
import Testing
import Transports

@testable import PostgresServers

/// Which segments a search takes, how it goes from one to the next, and what it says of those that it could not read.
@Suite struct ActSearchRunTests {
  private static let size = 1 << 20
  private static let now = TestSupport.Fixture.date

  /// Segments 8 to 12 but for those left out, each archived so many minutes ago.
  private static func inventory(
    without missing: Set<UInt64> = [],
    minutesAgo: @Sendable (UInt64) -> Double = { 10 * (13 - Double($0)) },
    fetched: @escaping @Sendable (UInt64) -> Void = { _ in },
    timeline: @Sendable (UInt64) -> UInt32 = { _ in 1 },
    switches: [TimelineSwitch] = [], unreadable: Set<UInt64> = []
  ) -> ScrubInventory {
    let items = (8...12).filter { !missing.contains($0) }.map { number in
      ScrubItem(
        subject: .segment(WALSegment(timeline: timeline(number), number: number)),
        object: "\(number)", bytes: 1000,
        modifiedAt: now.addingTimeInterval(-60 * minutesAgo(number)))
    }
    return ScrubInventory(
      items: items, segmentSize: size, switches: switches,
      plain: { item, _ in
        guard case .segment(let segment) = item.subject, !unreadable.contains(segment.number) else {
          throw RecoveryError(.denied, "AccessDenied", remedy: "s3:GetObject")
        }
        fetched(segment.number)
        var writer = WALWriter()
        writer.segmentSize = size
        writer.timeline = segment.timeline
        writer.switchAfter = 5
        return writer.segment(segment.number)
      },
      read: { _, _ in .unread("not asked") })
  }

  /// What the program was asked, and what it answers to each.
  private final class Program: Sendable {
    let asked = Mutex<[[String]]>([])
    let answers: Mutex<[(lines: [String], error: String)]>

    init(_ answers: [(lines: [String], error: String)]) { self.answers = Mutex(answers) }

    var dump: WALDump {
      WALDump(
        filter: ByteFilter { request, _, take in
          self.asked.withLock { $0.append(request.arguments) }
          let answer = self.answers.withLock { $0.isEmpty ? ([], "") : $0.removeFirst() }
          _ = take(Array(answer.0.map { $0 + "\n" }.joined().utf8))
          return ProcessResult(status: answer.1.isEmpty ? 0 : 1, output: "", error: answer.1)
        }, find: { _ in "/bin/true" })
    }
  }

  private static func line(
    _ lsn: String, _ words: String, manager: String = "Transaction"
  ) -> String {
    "rmgr: \(manager) len (rec/tot):     34/    34, tx:        750, lsn: \(lsn), prev 0/1, desc: \(words)"
  }

  private static func commit(_ lsn: String, minutesAgo: Double) -> String {
    let at = RecoveryMoment.exact(now.addingTimeInterval(-60 * minutesAgo))
    return line(lsn, "COMMIT \(at.prefix(10)) \(at.dropFirst(11).prefix(8)).000000 UTC")
  }

  private static func run(
    _ inventory: ScrubInventory, _ dump: WALDump, from: Double = 25, to: Double = 0,
    limit: Int64 = ActSearchOrder.defaultLimit, report: EngineReport = EngineReport(),
    isOpen: Bool = false, known: WALSighting? = nil
  ) async throws -> ActSearch {
    var order = ActSearchOrder(
      from: now.addingTimeInterval(-60 * from), to: now.addingTimeInterval(-60 * to), limit: limit)
    order.isOpen = isOpen
    order.known = known
    return try await ActSearchRun(
      inventory, waldump: dump,
      names: ActNameReader(servers: []) { _ in
        SQLClient(query: { _, _ in throw RecoveryError(.failed, "no") }, close: {})
      }
    ).run(order, report: report, progress: { _ in })
  }

  @Test func itBeginsOneSegmentEarlyAndGoesOnFromTheLastRecord() async throws {
    let program = Program([
      ([Self.commit("0/00AFFF00", minutesAgo: 28)], ""),
      ([Self.commit("0/00BFFF00", minutesAgo: 22)], ""), ([], ""),
    ])
    let search = try await Self.run(Self.inventory(), program.dump)
    let asked = program.asked.withLock { $0 }
    // 11 was archived 20 minutes ago, 10 for 30: what is of 25 minutes ago is in 11 at the earliest.
    #expect(search.firstSegment == "00000001000000000000000A")
    let starts = asked.map { $0[$0.firstIndex(of: "--start").map { $0 + 1 } ?? 0] }
    #expect(starts == ["0/A00000", "0/AFFF00", "0/BFFF00"])
    #expect(search.segments == 3 && search.commits == 1)
    #expect(search.unread.map(\.kind) == [.notArchived])
  }

  @Test("each segment is fetched once, and none that a look says was written before the stretch")
  func once() async throws {
    let fetched = Mutex<[UInt64]>([])
    // An archiver that was behind: all of it came five minutes ago.
    let inventory = Self.inventory(
      minutesAgo: { _ in 5 }, fetched: { number in fetched.withLock { $0.append(number) } })
    func numbers(_ known: WALSighting?) async throws -> [UInt64] {
      fetched.withLock { $0 = [] }
      _ = try await Self.run(inventory, Program([]).dump, known: known)
      return fetched.withLock { $0 }
    }
    #expect(try await numbers(nil) == [8, 9, 10, 11, 12])
    let look = { (timeline: UInt32) in
      WALSighting(
        at: Self.now.addingTimeInterval(-1_700), lsn: LSN(11 << 20 | 0x60), nextTransaction: nil,
        timeline: timeline)
    }
    #expect(try await numbers(look(1)) == [10, 11, 12])
    // What was seen on another timeline says nothing of this one.
    #expect(try await numbers(look(2)) == [8, 9, 10, 11, 12])
  }

  private static func check(
    _ database: String, _ tables: [String], isDropped: Bool? = nil, servers: Int = 1
  ) async -> Requirement? {
    let reader = ActNameReader(
      servers: (0..<servers).map { ServerAddress(name: "db-\($0)", conninfo: [:]) }
    ) { address in
      SQLClient(
        query: { sql, _ in
          guard address.name == "db-1" || servers == 1 else {
            throw RecoveryError(.unreachable, "nobody listens")
          }
          return sql.contains("pg_class")
            ? SQLRows(
              columns: ["nspname", "relname"],
              rows: [["public", "user_entity"], ["shop", "Odd \"Name\""], ["shop", "orders"]])
            : SQLRows(columns: ["datname"], rows: [["keycloak"], ["template1"]])
        }, close: {})
    }
    return await reader.check(
      tables.compactMap { LostTable(database: database, name: $0, isDropped: isDropped) })
  }

  @Test func whatIsToBeGivenBackIsLookedForWhereAServerTells() async {
    #expect(await Self.check("keycloak", []) == nil)
    for name in ["shop.orders", "USER_ENTITY", "shop.\"Odd \"\"Name\"\"\""] {
      #expect(await Self.check("keycloak", [name])?.satisfied == true, "\(name)")
    }
    #expect(await Self.check("keycloak", ["shop.gone"], isDropped: true)?.satisfied == true)
    let misspelt = await Self.check("keycloak", ["shop.orders", "shop.ordres"], servers: 2)
    #expect(misspelt?.satisfied == nil)
    #expect(
      misspelt?.detail
        == "keycloak on db-1 has no shop.ordres (nearest: shop.orders): gone, or misspelt")
    let database = await Self.check("keycloack", ["shop.orders"])
    #expect(database?.satisfied == nil)
    #expect(
      database?.detail.contains("no database keycloack: gone, or misspelt (nearest: keycloak)")
        == true)
    let nobody = await Self.check("keycloak", ["shop.orders"], servers: 0)
    #expect(nobody?.satisfied == nil && nobody?.detail.hasPrefix("not checked: ") == true)
  }

  @Test func namesThatNobodyAskedForAreSaidNotToBeAsked() async {
    let reader = ActNameReader(servers: [ServerAddress(name: "a", conninfo: [:])]) { _ in
      SQLClient(query: { _, _ in throw RecoveryError(.cancelled, "canceled") }, close: {})
    }
    let named = Task {
      while !Task.isCancelled { await Task.yield() }
      var search = ActSearch(ActSearchOrder(from: .distantPast, to: .distantFuture))
      search.acts = [
        FoundAct(
          kind: .drop, at: Self.now, transaction: 7, commit: LSN(9), database: 5,
          relations: [FoundRelation(oid: 16402)])
      ]
      search.take(await reader.read(search))
      return search
    }
    named.cancel()
    let footing = await named.value.footing.first { $0.label == "names" }
    #expect(footing?.text == "not asked: the search was stopped first")
  }

  @Test func aLaterCommitEndsIt() async throws {
    let program = Program([([Self.commit("0/00A00028", minutesAgo: 3)], "")])
    let search = try await Self.run(Self.inventory(), program.dump, to: 5)
    #expect(search.segments == 1 && search.isWhole)
  }

  @Test func aServerThatWroteNothingSinceHasNothingUnread() async throws {
    var report = TestSupport.Fixture.report()
    var status = TestSupport.Fixture.archiveStatus()
    status.currentLSN = LSN(13 << 20)
    report.archive = .value(status, source: "test", at: Self.now)
    let search = try await Self.run(Self.inventory(), Program([]).dump, report: report)
    #expect(search.isWhole, "\(search.unread)")
    status.currentLSN = LSN(13 << 20 + 4096)
    report.archive = .value(status, source: "test", at: Self.now)
    let behind = try await Self.run(Self.inventory(), Program([]).dump, report: report)
    #expect(behind.unread.map(\.kind) == [.notArchived])
  }

  @Test("where no end was asked for, the end of the archive is one, also without a primary")
  func open() async throws {
    let program = { Program([([], ""), ([Self.commit("0/00BFFF00", minutesAgo: 22)], "")]).dump }
    let search = try await Self.run(Self.inventory(), program(), isOpen: true)
    #expect(search.isWhole && search.beyond?.kind == .notArchived)
    #expect(search.summary.contains("nothing was destroyed up to "))
    // Nobody is there to close the segment.
    #expect(search.beyond?.remedy.contains("pg_switch_wal") == false)
    let answering = try await Self.run(
      Self.inventory(), program(), report: TestSupport.Fixture.report(), isOpen: true)
    #expect(answering.beyond?.remedy.contains("pg_switch_wal") == true)
    let nothing = try await Self.run(
      ScrubInventory(items: [], segmentSize: Self.size, read: { _, _ in .unread("") }),
      program(), isOpen: true)
    #expect(!nothing.isWhole && nothing.beyond == nil)
  }

  @Test func holesAndWhatCannotBeReadAreToldAndTheRestIsRead() async throws {
    let hole = try await Self.run(Self.inventory(without: [11]), Program([]).dump, from: 35)
    #expect(hole.unread.map(\.kind) == [.hole, .notArchived])
    #expect(hole.unread.first?.from == LSN(11 << 20))
    let program = Program([])
    let denied = try await Self.run(
      Self.inventory(unreadable: [11]), program.dump, from: 35)
    #expect(denied.unread.map(\.kind) == [.unreadable, .notArchived])
    #expect(denied.unread.first?.words.contains("AccessDenied") == true)
    // Behind it the next one is read from its own beginning.
    #expect(program.asked.withLock { $0.last?.contains("0/C00000") } == true)
    let broken = try await Self.run(
      Self.inventory(),
      Program([([], "pg_waldump: error: error in WAL record at 0/A00100: invalid")]).dump)
    #expect(broken.unread.map(\.kind) == [.unreadable, .notArchived])
    #expect(!broken.isWhole && broken.summary.hasPrefix("nothing was found in what could be read"))
  }

  @Test func theLimitAndAMissingProgramEndIt() async throws {
    let limited = try await Self.run(Self.inventory(), Program([]).dump, limit: 1500)
    #expect(limited.unread.map(\.kind) == [.limit] && limited.segments == 1)
    let none = try await Self.run(Self.inventory(), WALDump { _ in nil })
    #expect(none.unread.map(\.kind) == [.program])
    #expect(none.unread.first?.remedy.contains("postgresql-15") == true)
  }

  @Test func anArchiveThatBeginsLaterIsSaid() async throws {
    let program = Program([([Self.commit("0/00800028", minutesAgo: 55)], "")])
    let search = try await Self.run(Self.inventory(), program.dump, from: 600)
    #expect(search.unread.map(\.kind) == [.beforeArchive, .notArchived])
    let nothing = try await Self.run(
      ScrubInventory(items: [], segmentSize: Self.size, read: { _, _ in .unread("") }),
      Program([]).dump)
    #expect(nothing.unread.map(\.kind) == [.notArchived])
  }

  /// Timeline 2 begins in segment 11, which has what timeline 1 wrote of it.
  @Test func itFollowsTimelines() async throws {
    let program = Program([([Self.commit("0/00AFFFF0", minutesAgo: 25)], "")])
    let search = try await Self.run(
      Self.inventory(
        timeline: { $0 < 11 ? 1 : 2 },
        switches: [TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(11 << 20 + 512))]),
      program.dump)
    let asked = program.asked.withLock { $0 }
    let timelines = asked.map { $0[$0.firstIndex(of: "--timeline").map { $0 + 1 } ?? 0] }
    #expect(timelines == ["1", "2", "2"])
    #expect(asked.count == 3 && asked[1].contains("0/AFFFF0"))
    #expect(search.lastSegment == "00000002000000000000000C")
  }
}

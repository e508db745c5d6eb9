import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// Where the WAL was seen to stand, as it is kept.
struct WALLooksTests {
  private static func look(_ ago: Double, _ id: UInt64? = nil) -> WALSighting {
    WALSighting(
      at: Fixture.ago(ago), lsn: LSN(UInt64(4_000_000 - ago)), nextTransaction: id, timeline: 1)
  }

  @Test("five weeks of looks fit into a few kibibytes, the last hour in minutes")
  func bounded() throws {
    var looks = WALLooks()
    let span = 40 * 86_400.0
    // As a console looks: every five minutes it keeps what it has seen since.
    for moment in stride(from: span, through: 0, by: -300) {
      let new = [240.0, 180, 120, 60, 0].map { Self.look(moment + $0, UInt64(span - moment)) }
      looks.note(new, of: "1", at: Fixture.ago(moment))
    }
    let all = looks.all
    #expect(all.last?.at == Fixture.date)
    #expect(all.first.map { Fixture.date.timeIntervalSince($0.at) } ?? 0 > 34 * 86_400)
    #expect(all.count(where: { Fixture.date.timeIntervalSince($0.at) < 3600 }) >= 59)
    #expect(all.count < 600, "\(all.count)")
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.at < $1.at })
    let bytes = try RecordCoding.encode(looks)
    #expect(bytes.count < 40_000, "\(bytes.count)")
    #expect(try RecordCoding.decode(WALLooks.self, from: bytes) == looks)
  }

  @Test func theyComeBackAsTheyWereAndAreNotToldTwice() throws {
    var looks = WALLooks()
    let own = WALSighting(at: Fixture.date + 0.123_456, lsn: LSN(77), nextTransaction: nil)
    looks.note([own], of: nil, at: Fixture.date + 1)
    let read = try RecordCoding.decode(WALLooks.self, from: try RecordCoding.encode(looks))
    #expect(read.all.first?.lsn == LSN(77) && read.all.first?.timeline == nil)
    looks.note(read.all, of: nil, at: Fixture.date + 1)
    #expect(looks.all.count == 1)
    #expect(throws: (any Error).self) {
      try RecordCoding.decode(WALSighting.self, from: Array("\"1 2\"".utf8))
    }
  }

  /// A command that comes after a promotion has to tell since when the old primary is silent.
  @Test func theFormerPrimaryIsRemembered() throws {
    func look(_ ago: Double, _ timeline: UInt32) -> WALSighting {
      WALSighting(
        at: Fixture.ago(ago), lsn: LSN(UInt64(4_000 - ago)), nextTransaction: nil,
        timeline: timeline)
    }
    var looks = WALLooks()
    looks.note([look(300, 1)], of: "1", primary: "db-1", at: Fixture.ago(300))
    #expect(looks.lastSeen("db-1") == Fixture.ago(300) && looks.lastSeen("db-2") == nil)
    looks.note([look(200, 1), look(100, 2)], of: "1", primary: "db-2", at: Fixture.ago(100))
    let read = try RecordCoding.decode(WALLooks.self, from: try RecordCoding.encode(looks))
    #expect(read.lastSeen("db-1") == Fixture.ago(200) && read.lastSeen("db-2") == Fixture.ago(100))
    var other = WALLooks()
    other.note([look(0, 2)], of: "1", primary: "db-2", at: Fixture.date)
    other.merge(read, at: Fixture.date)
    #expect(other.lastSeen("db-1") == Fixture.ago(200) && other.lastSeen("db-2") == Fixture.date)
  }

  @Test func anotherDatabaseSaysNothingOfThis() {
    var looks = WALLooks()
    looks.note([Self.look(7200), Self.look(3600)], of: "old", at: Fixture.date)
    looks.note([Self.look(5400)], of: "new", at: Fixture.date)
    #expect(looks.system == "old" && looks.all.count == 2)
    looks.note([Self.look(60)], of: "new", at: Fixture.date)
    #expect(looks.system == "new" && looks.all == [Self.look(60)])
  }

  @Test("before a transaction is never the latest, unless it began behind all that is archived")
  func neverTheLatest() throws {
    func outlook(_ began: UInt64) throws -> RecoveryOutlook {
      var notes = ClusterNotes()
      notes.looks.note(
        [
          WALSighting(at: Fixture.ago(900), lsn: LSN(began << 24), nextTransaction: 8000),
          // The archive ends with segment 400.
          WALSighting(at: Fixture.ago(30), lsn: LSN(401 << 24 | 64), nextTransaction: 8100),
        ], of: nil, at: Fixture.date)
      let cluster = Assessed.cluster(watched: false, notes: notes)
      return RecoveryChart(cluster, now: Fixture.date).outlook(
        of: RecoveryMoment(.transaction(8050), isExclusive: true))
    }
    let within = try outlook(390)
    #expect(within.effective?.text == "before xid 8050" && within.base != nil)
    guard case .unknown(let why) = within.standing else {
      Issue.record("\(within.standing)")
      return
    }
    #expect(why.contains("PostgreSQL says so"))
    #expect(within.loss.bytes?.upperBound ?? 0 > 10 << 24, "\(within.loss)")
    #expect(try outlook(401).effective == .latest)
  }

  @Test("where a base backup ended between the two looks, nobody knows which came first")
  func aroundABackup() throws {
    var notes = ClusterNotes()
    notes.looks.note(
      [
        WALSighting(
          at: Fixture.ago(Fixture.hours(9) + 60), lsn: LSN(129 << 24), nextTransaction: 8000),
        WALSighting(at: Fixture.ago(600), lsn: LSN(392 << 24), nextTransaction: 8100),
      ], of: nil, at: Fixture.date)
    let outlook = RecoveryChart(
      Assessed.cluster(watched: false, notes: notes), now: Fixture.date
    ).outlook(of: RecoveryMoment(.transaction(8050), isExclusive: true))
    guard case .unknown(let why) = outlook.standing else {
      Issue.record("\(outlook.standing)")
      return
    }
    #expect(why.contains("ended between the two"), "\(why)")
  }

  @Test("a transaction is told as a position by what another console saw")
  func beforeTransaction() throws {
    var notes = ClusterNotes()
    notes.looks.note(
      [
        WALSighting(at: Fixture.ago(900), lsn: LSN(390 << 24), nextTransaction: 8000),
        WALSighting(at: Fixture.ago(600), lsn: LSN(392 << 24), nextTransaction: 8100),
      ], of: nil, at: Fixture.date)
    func order(_ cluster: ClusterSnapshot) throws -> RecoveryOutlook {
      RecoveryChart(cluster, now: Fixture.date).outlook(
        of: RecoveryMoment(.transaction(8050), isExclusive: true))
    }
    let known = try order(Assessed.cluster(watched: false, notes: notes))
    #expect(known.standing == .reachable && known.effective?.text == "before xid 8050")
    guard case .unknown(let why) = try order(Assessed.cluster(watched: false)).standing else {
      Issue.record("nobody could know")
      return
    }
    #expect(why.contains("pgvigil find auth-db") && why.contains("before LSN"), "\(why)")
    #expect(!why.contains("shortly after"))
  }
}

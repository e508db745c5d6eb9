import Foundation
import RecoveryModel
import TestSupport
import Testing

@testable import PostgresServers

/// What `pg_waldump` of PostgreSQL 15 and 18 printed of one and the same session, statement by statement.
@Suite struct ActReaderTests {
  /// Of which transaction, and what was found of it.
  struct Expected: Sendable {
    var name: String
    /// On 15 and on 18.
    var transactions: (UInt32, UInt32)
    var whats: [String]

    init(_ name: String, _ fifteen: UInt32, _ eighteen: UInt32, _ whats: String...) {
      self.name = name
      transactions = (fifteen, eighteen)
      self.whats = whats
    }
  }

  static let expected = [
    Expected("DELETE of 40 rows", 751, 779, "delete 40"),
    Expected("an UPDATE that moves rows to another partition", 752, 780),
    Expected("TRUNCATE", 753, 781, "truncate"),
    Expected("TRUNCATE and a load", 754, 782, "truncate"),
    Expected("VACUUM FULL", 755, 783),
    Expected("CLUSTER", 756, 784),
    Expected("ALTER COLUMN TYPE", 757, 785),
    Expected("REFRESH MATERIALIZED VIEW", 758, 786),
    Expected("REINDEX", 759, 787),
    Expected("the last step of REINDEX CONCURRENTLY", 765, 793),
    Expected("DROP INDEX", 766, 794),
    Expected("DROP that was rolled back", 767, 795),
    Expected("DROP in a savepoint that was rolled back", 768, 796),
    Expected("DROP in a savepoint", 771, 799, "drop"),
    Expected("DROP in a prepared transaction", 773, 801, "drop"),
    Expected("a prepared DROP that was rolled back", 775, 803),
    Expected("a copy put in a table's place", 776, 804, "drop"),
    Expected("DROP and TRUNCATE", 777, 805, "drop", "truncate"),
    Expected("DROP SCHEMA CASCADE", 778, 806, "drop"),
    Expected("DROP of a partitioned table", 779, 807, "drop"),
    Expected("DROP SEQUENCE", 781, 809, "drop"),
    Expected("a temporary table", 782, 810),
    Expected("a table that came and went", 783, 811),
    Expected("DROP DATABASE", 785, 813, "drop_database"),
    Expected("DROP of an unlogged table", 794, 822, "drop"),
    Expected("DELETE of long rows", 798, 826, "delete 45", "delete 135"),
  ]

  static func lines(_ major: Int) throws -> [[UInt8]] { try lines(of: "wal-\(major)") }

  private static func lines(of fixture: String) throws -> [[UInt8]] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(fixture)", withExtension: "txt"))
    return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  static func read(
    _ lines: [[UInt8]], leastRows: Int = 30, from: Date = .distantPast, to: Date = .distantFuture
  ) -> ActReader {
    var reader = ActReader(ActSearchOrder(from: from, to: to, leastRows: leastRows))
    for line in lines { reader.take(line[...]) }
    return reader
  }

  private static func short(_ act: FoundAct) -> String {
    act.kind.rawValue + (act.rows.map { " \($0)" } ?? "")
  }

  @Test(arguments: [15, 18])
  func eachActIsFoundAndNothingElse(major: Int) throws {
    let reader = Self.read(try Self.lines(major))
    let found = Dictionary(grouping: reader.acts, by: \.transaction)
    for expected in Self.expected {
      let id = major == 15 ? expected.transactions.0 : expected.transactions.1
      #expect((found[id] ?? []).map(Self.short) == expected.whats, "\(expected.name)")
    }
    // And the DELETE that a VACUUM followed, which gave its pages back: no TRUNCATE.
    let named = Set(Self.expected.map { major == 15 ? $0.transactions.0 : $0.transactions.1 })
    #expect(reader.acts.filter { !named.contains($0.transaction) }.map(Self.short) == ["delete 50"])
    #expect(reader.harmless == 7)
    #expect(reader.rollbacks == 3)
  }

  @Test(arguments: [(15, [16404]), (18, [16406])])
  func aDropTellsTheTableAndNotWhatBelongsToIt(major: Int, first: [UInt32]) throws {
    let reader = Self.read(try Self.lines(major))
    let id: UInt32 = major == 15 ? 771 : 799
    let act = try #require(reader.acts.first { $0.transaction == id })
    #expect(act.relations.map(\.oid) == first)
    #expect(act.database == 16384 && act.target == act.commit)
    #expect(act.what == "DROP of OID \(first[0]) in database 16384")
    #expect(act.moment.text == "before \(act.commit)")
  }

  /// Temporary tables and views have no files in the log, and are told of in a commit as tables are.
  @Test func whatGoesBesidesIsNoTable() throws {
    let reader = Self.read(try Self.lines(of: "wal-15-besides"))
    let found = Dictionary(grouping: reader.acts, by: \.transaction)
    func acts(_ id: UInt32) -> [String] {
      (found[id] ?? []).map { act in
        "\(act.kind.rawValue) " + act.relations.map { "\($0.oid ?? 0)" }.joined(separator: " ")
      }
    }
    // TRUNCATE of a table, DROP of a temporary one.
    #expect(acts(738) == ["truncate 0 0"])
    // DROP of a table and of a temporary one.
    #expect(acts(740) == ["drop 16416"])
    // DROP CASCADE of a table with a view on it, and DELETE of what referred to it.
    #expect(acts(741) == ["drop 16391", "delete 0"])
    // A partitioned table has no file, and was named.
    #expect(acts(742) == ["drop 16410 16413"])
    // TRUNCATE twice over, and DROP of another table.
    #expect(acts(743) == ["drop 16398", "truncate 0 0"])
    #expect(Set(found.keys) == [738, 740, 741, 742, 743])
  }

  /// A table with its TOAST, a key and a sequence of its own; a view; a partitioned table; a sequence alone; a type.
  @Test func whatARelationWasIsToldByTheRowsThatWentWithIt() {
    let catalogs: [UInt32] = [
      2610, 1259, 2610, 1259, 1259, 1247, 1247, 1259, 2224, 1259, 2618, 1247, 1247, 1259,
      1247, 1247, 3350, 1259, 1259, 2224, 1247,
    ]
    let rows = catalogs.enumerated().map { (catalog: $1, lsn: LSN(UInt64($0))) }
    #expect(
      DroppedRelation.all(rows.reversed())
        == [.index, .index, .toast, .sequence, .table, .view, .partitioned, .sequence])
  }

  /// A file that a rewrite made is an old table's.
  @Test(arguments: [15, 18])
  func whatWasMadeInTheStretchIsKnownToBe(major: Int) throws {
    let reader = Self.read(try Self.lines(major))
    let dated = reader.acts.filter(\.isShortLived)
    #expect(!dated.isEmpty && dated.allSatisfy { $0.kind == .drop })
    for act in dated {
      #expect(act.relations.allSatisfy { $0.madeAt.map { $0 <= act.at } ?? false })
    }
  }

  @Test(arguments: [15, 18])
  func aTruncateTellsTheNewFileAndNotTheIndexes(major: Int) throws {
    let reader = Self.read(try Self.lines(major))
    let act = try #require(reader.acts.first { $0.kind == .truncate })
    #expect(act.relations.count == 2, "the table and its TOAST: \(act.relations)")
    #expect(act.relations.allSatisfy { $0.successor != nil && $0.file == nil })
  }

  @Test(arguments: [15, 18])
  func aPreparedTransactionIsToldByItsOwnID(major: Int) throws {
    let reader = Self.read(try Self.lines(major))
    let act = try #require(reader.acts.first { $0.isPrepared })
    #expect(act.transaction == (major == 15 ? 773 : 801))
  }

  /// The files go before the commit does, and the database is marked as gone before that, in place.
  @Test(arguments: [15, 18])
  func aDatabaseIsRecoveredToBeforeItWasMarked(major: Int) throws {
    let lines = try Self.lines(major)
    let reader = Self.read(lines)
    let act = try #require(reader.acts.first { $0.kind == .dropDatabase })
    let marks = lines.compactMap { WALRecordLine(ByteText($0)) }.filter {
      if case .overwritten(let file, _) = $0.kind { file.number == 1262 } else { false }
    }
    #expect(marks.last { $0.lsn < act.commit }?.lsn == act.target)
    #expect(
      act.moment == RecoveryMoment(.position(act.target), isExclusive: true)
        && act.target < act.commit)
  }

  /// Whether a rewrite began earlier is not known until a record tells which transactions were under way.
  @Test(arguments: [15, 18])
  func withoutItsBeginningARewriteIsUnclearAndADropIsNot(major: Int) throws {
    let reader = Self.read(
      Array(
        try Self.lines(major).dropFirst(1).filter {
          !String(decoding: $0, as: UTF8.self).contains("nextXid")
            && !String(decoding: $0, as: UTF8.self).contains("CHECKPOINT")
        }))
    let found = Dictionary(grouping: reader.acts, by: \.transaction)
    func kinds(_ fifteen: UInt32, _ eighteen: UInt32) -> [FoundAct.Kind]? {
      found[major == 15 ? fifteen : eighteen]?.map(\.kind)
    }
    #expect(kinds(755, 783) == [.unclear])
    #expect(kinds(771, 799) == [.drop])
    #expect(kinds(753, 781) == [.truncate])
    #expect(kinds(767, 795) == nil)
  }

  @Test func onlyTheStretchCounts() throws {
    let lines = try Self.lines(15)
    let all = Self.read(lines)
    let act = try #require(all.acts.first { $0.transaction == 771 })
    let one = Self.read(lines, from: act.at, to: act.at)
    #expect(one.acts == [act] && one.commits == 1)
    let later = Self.read(lines, from: act.at.addingTimeInterval(0.000002))
    #expect(later.acts == Array(all.acts.drop { $0.at <= act.at }))
  }

  @Test func aLineThatWasTakenBeforeCountsOnce() throws {
    let lines = try Self.lines(15)
    let reader = Self.read(lines + lines)
    #expect(reader.acts == Self.read(lines).acts)
  }

  @Test func theThresholdIsOfOneRelationInOneTransaction() throws {
    let lines = try Self.lines(15)
    let deletions = { (rows: Int) in
      Self.read(lines, leastRows: rows).acts.filter { $0.kind == .delete }.compactMap(\.rows)
    }
    #expect(deletions(41).contains(40) == false && deletions(40).contains(40))
    #expect(deletions(ActSearchOrder.massDeletion).isEmpty)
  }

  @Test func whatIsLostIsNotGoneOnWith() throws {
    var reader = ActReader(ActSearchOrder(from: .distantPast, to: .distantFuture, leastRows: 1))
    let lines = try Self.lines(15)
    for line in lines.prefix(30) { reader.take(line[...]) }
    reader.lose()
    for line in lines.dropFirst(30) { reader.take(line[...]) }
    // The rows of its first part are not counted; nor is it said that there were none.
    #expect(reader.acts.first { $0.transaction == 751 }.map { ($0.rows ?? 0) < 40 } ?? true)
  }

  @Test func linesOfLogicalDecodingAndOfOtherPlaces() throws {
    func kind(_ text: String) -> WALRecordLine.Kind? {
      WALRecordLine(
        ByteText(
          "rmgr: Heap        len (rec/tot):     42/    42, tx:        781, lsn: 0/01D4CA40, "
            + "prev 0/01D4CA00, desc: \(text)"))?.kind
    }
    #expect(
      kind("TRUNCATE flags: [CASCADE], nrelids: 2, relids: [16386, 16395]")
        == .truncated([16386, 16395]))
    #expect(kind("TRUNCATE nrelids 2 relids 16386 16395") == .truncated([16386, 16395]))
    #expect(
      kind("LOCK off 3: xid 3: flags 0x00 LOCK_ONLY , blkref #0: rel 1663/5/1 blk 0") == .other)
    // Speculative, and moved to another partition.
    for flags in ["0x08", "0x10", "0x18"] {
      #expect(
        kind(
          "DELETE xmax: 9, off: 5, infobits: [], flags: \(flags), blkref #0: rel 1663/5/17000 blk 0"
        ) == .other)
    }
    #expect(
      RelationFile(path: ByteText("pg_tblspc/16500/PG_15_202209061/16384/16391"))
        == RelationFile(tablespace: 16500, database: 16384, number: 16391))
    #expect(RelationFile(path: ByteText("base/16384/t3_16391")) == nil)
    #expect(RelationFile(path: ByteText("base/16384/16391_init")) == nil)
    #expect(
      WALRecordLine(
        ByteText("first record is after 0/1E00000, at 0/1E00028, skipping over 40 bytes")) == nil)
  }
}

import FoundationEssentials
import RecoveryModel

/// Reads WAL as `pg_waldump` prints it, record by record, and keeps what was destroyed and committed. Pure.
///
/// The log tells what is done to files and rows, not which statement did it. What tells them apart:
/// - DROP deletes rows of `pg_class` that were there before it, and its commit unlinks files;
/// - TRUNCATE gives a relation a new file, in which nothing is put but by inserts;
/// - VACUUM FULL, CLUSTER, ALTER TABLE and REFRESH fill a new relation and drop that one again, REINDEX fills a new file.
struct ActReader: Sendable {
  /// OIDs of `pg_class`, `pg_index`, `pg_type` and `pg_database`, and their files' numbers until somebody rewrites a catalog.
  private enum Catalog {
    static let relations: UInt32 = 1259
    static let indexes: UInt32 = 2610
    static let types: UInt32 = 1247
    static let databases: UInt32 = 1262
    static let changing: Set<UInt32> = [relations, indexes, types]
  }

  private let order: ActSearchOrder
  private(set) var acts: [FoundAct] = []
  private(set) var commits = 0
  private(set) var rollbacks = 0
  /// Commits that unlinked files and lost nothing: rewrites and rebuilt or dropped indexes.
  private(set) var harmless = 0
  /// Times of commits.
  private(set) var first: Date?
  private(set) var last: Date?
  /// Of the last record taken.
  private(set) var position: LSN?
  private var open: [UInt32: TransactionFootprint] = [:]
  /// Transactions from here on began in what was read.
  private var firstNew: UInt32?
  /// Who made a file that is not committed yet.
  private var makers: [RelationFile: UInt32] = [:]
  /// When a relation was made; its first file has its OID for a number.
  private var made: [RelationID: Date] = [:]
  /// Where a row of `pg_database` was last overwritten in place: DROP DATABASE begins so.
  private var overwritten: [RowPlace: LSN] = [:]

  init(_ order: ActSearchOrder) { self.order = order }

  /// A line of the program; records that were taken before are left out.
  mutating func take(_ line: ArraySlice<UInt8>) {
    guard let record = WALRecordLine(ByteText(line), pages: !makers.isEmpty) else { return }
    guard position.map({ record.lsn > $0 }) ?? true else { return }
    position = record.lsn
    take(record)
  }

  private mutating func take(_ record: WALRecordLine) {
    switch record.kind {
    case .commit(let ending): commit(record, ending)
    case .abort(let ending):
      rollbacks += 1
      _ = close(ending.prepared ?? record.transaction, ending.subtransactions)
    case .next(let id): firstNew = firstNew ?? id
    case .overwritten(let file, let row):
      if file.number == Catalog.databases, file.database == 0 { overwritten[row] = record.lsn }
    case .page(let file):
      if let maker = makers[file] { open[maker]?.files[file]?.hasPages = true }
    case .other: break
    default:
      guard record.transaction != 0 else { return }
      note(record)
    }
  }

  private mutating func note(_ record: WALRecordLine) {
    // Nearly all that is inserted and updated is no catalog's.
    switch record.kind {
    case .inserted(let file, _), .updated(let file, _, _):
      guard Catalog.changing.contains(file.number) else { return }
    default: break
    }
    if case .created(let file) = record.kind { makers[file] = record.transaction }
    // In place: a transaction may delete millions of rows.
    Self.note(
      record, in: &open[record.transaction, default: TransactionFootprint(first: record.lsn)])
  }

  private static func note(_ record: WALRecordLine, in print: inout TransactionFootprint) {
    switch record.kind {
    case .created(let file):
      print.files[file] = TransactionFootprint.NewFile()
      print.lastFile = file
    case .deleted(let file, let row):
      change(&print, of: file, record.lsn, from: row, to: nil)
      if file.number == Catalog.databases, file.database == 0 { print.databaseRow = row }
      if DroppedRelation.telling.contains(file.number) {
        print.told.append((file.number, record.lsn))
      }
      if !file.isOfCatalog { print.deletions[file, default: 0] += 1 }
    case .inserted(let file, let row): change(&print, of: file, record.lsn, from: nil, to: row)
    case .updated(let file, let from, let to):
      change(&print, of: file, record.lsn, from: from, to: to)
    case .truncated(let oids): print.truncated += oids
    case .locked(let relations): print.locked += relations
    case .databaseDropped(let oid): print.databases.append((oid, record.lsn))
    case .tablespaceDropped(let oid): print.tablespaces.append(oid)
    case .commit, .abort, .overwritten, .page, .next, .other: break
    }
  }

  private static func change(
    _ print: inout TransactionFootprint, of file: RelationFile, _ lsn: LSN, from: RowPlace?,
    to: RowPlace?
  ) {
    let change = TransactionFootprint.RowChange(lsn: lsn, from: from, to: to)
    if file.number == Catalog.relations { print.change(change) }
    if file.number == Catalog.indexes { print.indexChanges.append(change) }
    if file.number == Catalog.types { print.typeChanges.append(change) }
  }

  /// What comes now does not go on from what was read: what is under way is not known any more.
  mutating func lose() {
    open = [:]
    makers = [:]
    firstNew = nil
  }

  /// Takes a transaction and those of its parts that are named with it out of those that are under way.
  private mutating func close(_ id: UInt32, _ parts: [UInt32]) -> TransactionFootprint? {
    var whole = open.removeValue(forKey: id)
    for part in parts {
      guard let print = open.removeValue(forKey: part) else { continue }
      if whole == nil { whole = print } else { whole?.join(print) }
    }
    for file in (whole?.files ?? [:]).keys { makers[file] = nil }
    return whole
  }

  // MARK: Commits

  private mutating func commit(_ record: WALRecordLine, _ ending: WALRecordLine.Ending) {
    let id = ending.prepared ?? record.transaction
    let print = close(id, ending.subtransactions)
    first = min(first ?? ending.at, ending.at)
    last = max(last ?? ending.at, ending.at)
    // What rewrites a table makes a relation too, and its file becomes the table's.
    if let print, ending.files.allSatisfy({ print.files[$0] != nil }) {
      for (file, new) in print.files where new.isSwapped == false {
        made[RelationID(database: file.database, oid: file.number)] = ending.at
      }
      for relation in print.madeWithoutFile { made[relation] = ending.at }
    }
    guard ending.at >= order.from, ending.at <= order.to else { return }
    commits += 1
    guard id != 0, print != nil || !ending.files.isEmpty else { return }
    let judgement = ActJudgement(
      print: print ?? TransactionFootprint(first: record.lsn), ending: ending, transaction: id,
      commit: record.lsn, leastRows: order.leastRows,
      beganBefore: firstNew.map { Self.precedes(id, $0) } ?? true,
      database: { [overwritten] in overwritten[$0] }, made: { [made] in made[$0] })
    let found = judgement.acts
    acts += found
    if found.isEmpty, judgement.lostFiles { harmless += 1 }
  }

  /// Ids go round (`TransactionIdPrecedes`).
  private static func precedes(_ id: UInt32, _ other: UInt32) -> Bool {
    Int32(bitPattern: id &- other) < 0
  }
}

extension ActSearch {
  mutating func take(_ reader: ActReader) {
    acts = reader.acts
    commits = reader.commits
    rollbacks = reader.rollbacks
    harmless = reader.harmless
    lastCommit = reader.last
  }
}

import FoundationEssentials
import RecoveryModel

/// A line of `pg_waldump` that tells something of what was destroyed; of PostgreSQL 12 to 18.
struct WALRecordLine: Sendable, Equatable {
  /// The end of a transaction.
  struct Ending: Sendable, Equatable {
    var at: Date
    /// Its own, where another one ended it (COMMIT PREPARED).
    var prepared: UInt32?
    /// Files that go with it.
    var files: [RelationFile] = []
    var subtransactions: [UInt32] = []
    /// From 15 on: whose statistics go with it.
    var relations: [RelationID] = []
  }

  enum Kind: Sendable, Equatable {
    case commit(Ending)
    case abort(Ending)
    case created(RelationFile)
    case deleted(RelationFile, RowPlace)
    case inserted(RelationFile, RowPlace)
    case updated(RelationFile, from: RowPlace, to: RowPlace)
    case overwritten(RelationFile, RowPlace)
    /// A page that no table has, or one that was copied whole.
    case page(RelationFile)
    case truncated([UInt32])
    case locked([RelationID])
    case databaseDropped(UInt32)
    case tablespaceDropped(UInt32)
    /// The transaction to come, as of now.
    case next(UInt32)
    /// A record that says nothing here.
    case other
  }

  /// 0 = none.
  var transaction: UInt32
  /// Of its first byte.
  var lsn: LSN
  var kind: Kind

  /// nil for what is no record. `pages`: those of other managers are asked for.
  init?(_ line: ByteText, pages: Bool = true) {
    guard line.hasPrefix("rmgr: "), let header = Header(line) else { return nil }
    transaction = header.transaction
    lsn = header.lsn
    kind = Self.kind(header.manager, header.words, pages: pages)
  }

  private struct Header {
    var manager: ByteText
    var transaction: UInt32
    var lsn: LSN
    var words: ByteText

    init?(_ line: ByteText) {
      manager = line.dropFirst(6).prefix(to: " ")
      guard let mine = line.part(after: ", tx:"), let place = mine.part(after: ", lsn: "),
        let transaction = mine.prefix(to: ",").number,
        let lsn = place.prefix(to: ",").position, let words = place.part(after: "desc: ")
      else { return nil }
      self.transaction = transaction
      self.lsn = lsn
      self.words = words
    }
  }

  private static func kind(_ manager: ByteText, _ words: ByteText, pages: Bool) -> Kind {
    let name = words.prefix(to: " ")
    switch manager {
    case "Transaction": return transaction(name, words)
    case "Heap": return heap(name, words)
    case "Storage":
      guard name == "CREATE", let file = RelationFile(path: words.dropFirst(7).word) else {
        return .other
      }
      return .created(file)
    case "Standby": return standby(name, words)
    case "Database":
      guard name == "DROP",
        let database = words.part(after: "dir ")?.word.split("/").last?.number
      else { return .other }
      return .databaseDropped(database)
    case "Tablespace":
      guard name == "DROP", let oid = words.dropFirst(5).word.number else { return .other }
      return .tablespaceDropped(oid)
    case "XLOG":
      if name.hasPrefix("CHECKPOINT_"),
        let next = words.part(after: "; xid ")?.prefix(to: ";").split(":").last?.number
      {
        return .next(next)
      }
      return name == "FPI" ? page(words) : .other
    case "Heap2", "CLOG", "MultiXact", "RelMap", "LogicalMessage", "CommitTs", "ReplicationOrigin":
      return .other
    default: return pages ? page(words) : .other
    }
  }
}

// MARK: Managers

extension WALRecordLine {
  private static func page(_ words: ByteText) -> Kind {
    reference("blkref #0: rel ", words).map { .page($0.file) } ?? .other
  }

  /// `LOCK xid 743 db 16384 rel 16402 …`, `RUNNING_XACTS nextXid 751 …`.
  private static func standby(_ name: ByteText, _ words: ByteText) -> Kind {
    if name == "RUNNING_XACTS" {
      return words.part(after: "nextXid ")?.word.number.map { .next($0) } ?? .other
    }
    guard name == "LOCK" else { return .other }
    var locks: [RelationID] = []
    var rest = words
    while let database = rest.part(after: " db "), let relation = database.part(after: " rel ") {
      if let database = database.word.number, let oid = relation.word.number {
        locks.append(RelationID(database: database, oid: oid))
      }
      rest = relation
    }
    return .locked(locks)
  }

  /// `XLH_DELETE_IS_SUPER` and `XLH_DELETE_IS_PARTITION_MOVE`: a row that was never there, and one that is elsewhere now.
  private static let noDeletion: UInt32 = 0x08 | 0x10

  private static func heap(_ name: ByteText, _ words: ByteText) -> Kind {
    // `INSERT+INIT` begins a page.
    switch name.prefix(to: "+") {
    case "TRUNCATE":
      let list = words.part(after: " relids")?.bytes ?? []
      return .truncated(
        list.split { !(48...57).contains($0) }.compactMap { ByteText($0).number })
    case "DELETE":
      let flags = words.part(after: "flags")?.part(after: "0x")?.word.hexadecimal ?? 0
      guard flags & noDeletion == 0, let row = row(words) else { return .other }
      return .deleted(row.file, row.place)
    case "INSERT": return row(words).map { .inserted($0.file, $0.place) } ?? .other
    case "INPLACE": return row(words).map { .overwritten($0.file, $0.place) } ?? .other
    case "UPDATE", "HOT_UPDATE":
      // Up to 15 the new row's follows `; new`.
      guard let block = reference("blkref #0: rel ", words),
        let old = number(words.part(after: "old_off: ") ?? words.part(after: " off ")),
        let new = number(words.part(after: "new_off: ") ?? words.part(after: "new off "))
      else { return .other }
      let from = reference("blkref #1: rel ", words)?.block ?? block.block
      return .updated(
        block.file, from: RowPlace(block: from, offset: old),
        to: RowPlace(block: block.block, offset: new))
    default: return .other
    }
  }

  /// `off 5` up to 15, `off: 5` from 16 on.
  private static func row(_ words: ByteText) -> (file: RelationFile, place: RowPlace)? {
    guard let block = reference("blkref #0: rel ", words),
      let offset = number(words.part(after: " off ") ?? words.part(after: " off: "))
    else { return nil }
    return (block.file, RowPlace(block: block.block, offset: offset))
  }

  private static func number(_ text: ByteText?) -> UInt32? { text?.leadingNumber }

  /// `blkref #0: rel 1663/16384/1259 fork init blk 0 FPW`.
  private static func reference(
    _ mark: StaticString, _ words: ByteText
  ) -> (file: RelationFile, block: UInt32)? {
    guard let rest = words.part(after: mark), let file = RelationFile(triple: rest.word),
      let block = rest.part(after: " blk ")?.leadingNumber
    else { return nil }
    return (file, block)
  }

  // MARK: Transactions

  private static func transaction(_ name: ByteText, _ words: ByteText) -> Kind {
    let isPrepared = name.hasSuffix("_PREPARED")
    let isCommit = name == "COMMIT" || name == "COMMIT_PREPARED"
    guard isCommit || name == "ABORT" || name == "ABORT_PREPARED" else { return .other }
    let parts = words.dropFirst(name.bytes.count + 1).split(";")
    guard var first = parts.first else { return .other }
    var ending = Ending(at: .distantPast)
    if isPrepared {
      ending.prepared = first.leadingNumber
      first = first.part(after: ": ") ?? first
    }
    guard let at = time(first) else { return .other }
    ending.at = at
    for part in parts.dropFirst() {
      if let list = part.part(after: "dropped stats: ") {
        ending.relations = list.split(" ").compactMap(statistics)
      } else if let list = part.part(after: "rels: ") {
        ending.files = list.split(" ").compactMap { RelationFile(path: $0) }
      } else if let list = part.part(after: "subxacts: ") {
        ending.subtransactions = list.split(" ").compactMap(\.number)
      }
    }
    return isCommit ? .commit(ending) : .abort(ending)
  }

  /// `2/16384/16412`: 2 is `PGSTAT_KIND_RELATION` up to 18.
  private static func statistics(_ text: ByteText) -> RelationID? {
    let parts = text.split("/").map(\.number)
    guard parts.count >= 3, parts[0] == 2, let database = parts[1], let oid = parts[2] else {
      return nil
    }
    return RelationID(database: database, oid: oid)
  }

  /// `2026-11-29 20:39:01.556021 UTC`: the program is run on that clock.
  private static func time(_ text: ByteText) -> Date? {
    let parts = text.split(" ")
    guard parts.count >= 3, parts[2] == "UTC" || parts[2] == "GMT" else { return nil }
    return TimestampText.parse("\(parts[0].text)T\(parts[1].text)Z")
  }
}

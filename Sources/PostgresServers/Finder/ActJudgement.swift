import FoundationEssentials
import RecoveryModel

/// What a committed transaction comes to.
struct ActJudgement {
  var print: TransactionFootprint
  var ending: WALRecordLine.Ending
  var transaction: UInt32
  var commit: LSN
  var leastRows: Int
  /// Some of what it did may lie before what was read.
  var beganBefore: Bool
  /// Where a row of `pg_database` was last overwritten in place.
  var database: (RowPlace) -> LSN?
  /// When a relation was made; nil = before what was read.
  var made: (RelationID) -> Date? = { _ in nil }

  var acts: [FoundAct] {
    databases + tablespaces + files + deletions
  }

  /// Files are gone that it had not made itself.
  var lostFiles: Bool { !lost.isEmpty }

  private var lost: [RelationFile] { ending.files.filter { print.files[$0] == nil } }

  private func act(
    _ kind: FoundAct.Kind, database: UInt32?, _ relations: [FoundRelation] = [], rows: Int? = nil,
    target: LSN? = nil
  ) -> FoundAct {
    var act = FoundAct(
      kind: kind, at: ending.at, transaction: transaction, commit: commit, target: target,
      database: database, relations: relations, rows: rows)
    act.isPrepared = ending.prepared != nil
    for index in act.relations.indices {
      let relation = act.relations[index]
      guard let database, let oid = relation.oid ?? relation.file?.number else { continue }
      act.relations[index].madeAt = made(RelationID(database: database, oid: oid))
    }
    return act
  }

  // MARK: Databases

  /// Its files are gone before it commits, and before that (from 15.4, 14.9 … on) it is marked as unusable in place, which
  /// no rollback undoes: a recovery has to end before the first of them.
  private var databases: [FoundAct] {
    print.databases.map { dropped in
      let mark = print.databaseRow.flatMap(database)
      return act(
        .dropDatabase, database: dropped.oid,
        target: [mark, print.first, dropped.lsn].compactMap { $0 }.min())
    }
  }

  private var tablespaces: [FoundAct] {
    print.tablespaces.map { act(.dropTablespace, database: nil, [FoundRelation(oid: $0)]) }
  }

  // MARK: Files

  private var files: [FoundAct] {
    let lost = lost
    guard let database = lost.first?.database, print.databases.isEmpty else { return [] }
    var acts: [FoundAct] = []
    if isDrop {
      acts.append(act(.drop, database: database, droppedRelations(database, lost)))
    }
    if !emptied.isEmpty { acts.append(act(.truncate, database: database, truncatedRelations)) }
    if acts.isEmpty, beganBefore || print.changes.isEmpty {
      acts.append(act(.unclear, database: database, lost.map { FoundRelation(file: $0) }))
    }
    return acts
  }

  /// Where indexes alone are dropped, no row is lost. What a rewrite drops at its end it made before, which may be out of
  /// sight; it changes rows of `pg_class`, and a plain DROP does not.
  private var isDrop: Bool {
    guard print.dropsTables, lost.count > replaced else { return false }
    return !beganBefore || !print.changedRelations && print.files.isEmpty
  }

  /// Files that are gone for others in their place. What goes besides and had none in the log is a temporary table or a view.
  private var replaced: Int {
    print.files.count { $0.value.isSwapped == true && !ending.files.contains($0.key) }
  }

  /// Those that took the place of files that are gone.
  private var emptied: [RelationFile] {
    let databases = Set(lost.map(\.database))
    return print.emptied.filter {
      databases.contains($0.database) && !(isDrop && ending.files.contains($0))
    }
  }

  /// By OID where the server told whose statistics go (from 15 on), else by what was locked; else by file.
  private func droppedRelations(_ database: UInt32, _ lost: [RelationFile]) -> [FoundRelation] {
    let tables = droppedTables(database)
    guard tables.isEmpty else { return tables }
    let locked = print.locked.filter { $0.database == database }
    let own = Set(print.files.keys.map(\.number))
    let told = ending.relations.filter { $0.database == database && !own.contains($0.oid) }
    let byNumber = Dictionary(lost.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    // What refers to a table is locked with it: before 15 only what still has its first file can be told apart.
    let known = told.isEmpty ? locked.filter { byNumber[$0.oid] != nil } : told
    guard !known.isEmpty else { return lost.map { FoundRelation(file: $0) } }
    var seen: Set<UInt32> = []
    // In the order in which they were locked: what was named comes before what belongs to it.
    let order = locked.map(\.oid).filter { oid in known.contains { $0.oid == oid } }
    let first = order.first
    // Where all that is gone is told by files, what has none held nothing, but for a partitioned table that was named.
    let isTold = known.count { byNumber[$0.oid] != nil } >= lost.count - replaced
    return (order + known.map(\.oid).sorted())
      .filter { seen.insert($0).inserted && !own.contains($0) }
      .filter { !isTold || byNumber[$0] != nil || $0 == first }
      .map { FoundRelation(oid: $0, file: byNumber[$0] ?? (lost.count == 1 ? lost.first : nil)) }
  }

  /// The tables among them, what was named first; empty where nobody can tell what each was: where the two lists are not
  /// of the same relations.
  private func droppedTables(_ database: UInt32) -> [FoundRelation] {
    let kinds = DroppedRelation.all(print.told)
    var oids = ending.relations.map(\.oid)
    // Before 15 by their files, the last dropped first.
    if oids.isEmpty { oids = ending.files.reversed().map(\.number) }
    guard oids.count == kinds.count else { return [] }
    let files = Dictionary(
      ending.files.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    let own = Set(print.files.keys.map(\.number))
    let locked = print.locked.filter { $0.database == database }.map(\.oid)
    // Where all that is gone is told by files, a table that has none held nothing; what was named first is told.
    let isTold = oids.count { files[$0] != nil } >= lost.count - replaced
    let tables = zip(oids, kinds).filter { oid, kind in
      guard !own.contains(oid) else { return false }
      switch kind {
      case .table: return !isTold || files[oid] != nil || oid == locked.first
      case .view: return files[oid] != nil
      case .partitioned: return true
      case .sequence, .index, .toast: return false
      }
    }.map(\.0)
    let order = Dictionary(
      locked.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return tables.sorted { (order[$0] ?? .max, $0) < (order[$1] ?? .max, $1) }.map { oid in
      var table = FoundRelation(oid: oid, file: files[oid])
      if ending.relations.isEmpty, order[oid] == nil { table.oid = nil }
      table.isTable = true
      return table
    }
  }

  private var truncatedRelations: [FoundRelation] {
    let emptied = emptied
    let single = print.truncated.count == 1 && emptied.count == 1 ? print.truncated.first : nil
    return emptied.map { FoundRelation(oid: single, successor: $0) }
  }

  // MARK: Rows

  private var deletions: [FoundAct] {
    print.deletions
      .filter {
        // Of a table of its own nothing is lost; a rewrite takes over what was there.
        $0.value >= leastRows && print.files[$0.key].map { $0.isSwapped == true } ?? true
          && !(isDrop && ending.files.contains($0.key))
      }
      .sorted { $0.key < $1.key }
      .map { file, rows in
        act(.delete, database: file.database, [FoundRelation(file: file)], rows: rows)
      }
  }
}

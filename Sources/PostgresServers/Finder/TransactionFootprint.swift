import RecoveryModel

/// What a transaction, or a part of one, has done so far that may destroy something.
struct TransactionFootprint: Sendable {
  /// A change of a row of `pg_class` or `pg_index`: from where it was to where it is.
  struct RowChange: Sendable {
    var lsn: LSN
    var from: RowPlace?
    var to: RowPlace?
  }

  /// A file that it made.
  struct NewFile: Sendable {
    /// It was given to a relation that was there before: the next thing done to `pg_class` changed a row.
    var isSwapped: Bool?
    /// Pages came that no table has, or that were copied whole.
    var hasPages = false
  }

  var first: LSN
  var files: [RelationFile: NewFile] = [:]
  var lastFile: RelationFile?
  var deletions: [RelationFile: Int] = [:]
  /// Of `pg_class`.
  var changes: [RowChange] = []
  /// Of `pg_index`.
  var indexChanges: [RowChange] = []
  /// Of `pg_type`, which has a row for every table.
  var typeChanges: [RowChange] = []
  /// Rows deleted of catalogs that tell what a relation was.
  var told: [(catalog: UInt32, lsn: LSN)] = []
  /// Relations that nobody else may use meanwhile.
  var locked: [RelationID] = []
  /// By OID, where the server tells for logical decoding.
  var truncated: [UInt32] = []
  var databases: [(oid: UInt32, lsn: LSN)] = []
  /// Of `pg_database`.
  var databaseRow: RowPlace?
  var tablespaces: [UInt32] = []

  init(first: LSN) { self.first = first }

  /// Takes what a part of it did that was committed with it.
  mutating func join(_ part: TransactionFootprint) {
    first = min(first, part.first)
    files.merge(part.files) { mine, its in
      NewFile(isSwapped: mine.isSwapped ?? its.isSwapped, hasPages: mine.hasPages || its.hasPages)
    }
    deletions.merge(part.deletions, uniquingKeysWith: +)
    changes += part.changes
    indexChanges += part.indexChanges
    typeChanges += part.typeChanges
    told += part.told
    locked += part.locked
    truncated += part.truncated
    databases += part.databases
    databaseRow = databaseRow ?? part.databaseRow
    tablespaces += part.tablespaces
  }

  mutating func change(_ change: RowChange) {
    changes.append(change)
    guard let last = lastFile else { return }
    files[last]?.isSwapped = change.from != nil && change.to != nil
    lastFile = nil
  }

  /// Tables that were there before it and are not any more, or sequences. What drops indexes alone drops none; a rewrite
  /// drops what it made for it, and for each of those at most the TOAST table of before, which has no row type.
  var dropsTables: Bool {
    let relations = Self.dropped(changes)
    let indexes = Self.dropped(indexChanges)
    let others = relations.before - indexes.before
    guard others > 0 else { return false }
    return others > relations.own - indexes.own || Self.dropped(typeChanges).before > 0
  }

  /// Relations that it made and that have no file, as views and partitioned tables, by what it locked; empty where that may
  /// have been another's.
  var madeWithoutFile: [RelationID] {
    let own = Set(files.keys.map(\.number))
    let locked = Set(locked.filter { !own.contains($0.oid) })
    let made = changes.count { $0.from == nil && $0.to != nil }
    return made - files.count { $0.value.isSwapped == false } == locked.count ? Array(locked) : []
  }

  /// A relation that was there before it has another file, or it may have.
  var changedRelations: Bool { changes.contains { $0.from != nil && $0.to != nil } }

  /// Rows whose last version was deleted: those that were there before, and those that it had put there itself.
  private static func dropped(_ changes: [RowChange]) -> (before: Int, own: Int) {
    var mine: Set<RowPlace> = []
    var count = (before: 0, own: 0)
    for change in changes.sorted(by: { $0.lsn < $1.lsn }) {
      switch (change.from, change.to) {
      case (nil, let to?): mine.insert(to)
      case (let from?, let to?): if mine.remove(from) != nil { mine.insert(to) }
      case (let from?, nil):
        if mine.remove(from) == nil { count.before += 1 } else { count.own += 1 }
      case (nil, nil): break
      }
    }
    return count
  }

  /// Files of tables that took the place of others and were empty then. What REINDEX and rewrites make has pages; VACUUM
  /// FULL of an empty table makes a relation of its own for it.
  var emptied: [RelationFile] {
    files.filter { $0.value.isSwapped == true && !$0.value.hasPages }.map(\.key).sorted()
  }
}

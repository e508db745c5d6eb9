import FoundationEssentials

/// Something destructive that a transaction did and committed.
package struct FoundAct: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Equatable, Codable {
    case drop
    case truncate
    /// Many rows at once.
    case delete
    case dropDatabase = "drop_database"
    case dropTablespace = "drop_tablespace"
    /// Files are gone, and its beginning lies before what was read: dropped, truncated or written anew.
    case unclear
  }

  package var kind: Kind
  /// Of its commit, by the server's clock.
  package var at: Date
  package var transaction: UInt32
  /// Where its commit begins.
  package var commit: LSN
  /// Where a recovery has to end, exclusive, so that nothing of it is done.
  package var target: LSN
  /// OID; nil = not of one.
  package var database: UInt32?
  /// Of `database`, by `pg_database`.
  package var databaseName: String?
  package var relations: [FoundRelation] = []
  /// Relations beside those.
  package var untold = 0
  /// Deleted ones.
  package var rows: Int?
  /// Committed by COMMIT PREPARED.
  package var isPrepared = false

  package init(
    kind: Kind, at: Date, transaction: UInt32, commit: LSN, target: LSN? = nil, database: UInt32?,
    relations: [FoundRelation] = [], rows: Int? = nil
  ) {
    self.kind = kind
    self.at = at
    self.transaction = transaction
    self.commit = commit
    self.target = target ?? commit
    self.database = database
    self.relations = relations
    self.rows = rows
  }

  /// Just before it, exactly: the commit itself, or what is done before it and cannot be undone.
  package var moment: RecoveryMoment { RecoveryMoment(.position(target), isExclusive: true) }

  /// All that it did away with was made within what was read: a copy laid beside, a table for a test.
  package var isShortLived: Bool {
    kind == .drop && !relations.isEmpty && relations.allSatisfy { $0.madeAt != nil }
  }

  /// Something else than what PostgreSQL, pgvigil itself, or SQL that it printed, had put there.
  func isSomebodys(marker: String?) -> Bool {
    kind != .dropTablespace
      && (relations.isEmpty
        || relations.contains { relation in
          !relation.isSystem
            && relation.name.map { $0 != marker && !LostTable.isBeside($0) } ?? true
        })
  }

  /// Tables up to which production need not be stopped for them.
  static let few = 3
  /// Relations that are gone, or rows of them.
  var size: Int { relations.count + untold }
  /// Those of them that are known to be tables; one where nobody can tell them from indexes.
  var tables: Int {
    let named = relations.count { $0.name != nil }
    guard named == 0 else { return named + untold }
    return relations.first?.isTable == true ? size : min(1, size)
  }
  var isMass: Bool { kind == .dropDatabase || tables > Self.few }

  var isNamed: Bool { relations.contains { $0.name != nil } }
}

/// A relation that an act did away with, by as much as is known of it.
package struct FoundRelation: Sendable, Hashable, Codable {
  /// nil = the WAL does not tell.
  package var oid: UInt32?
  /// The one that is gone, or whose rows are; nil where several are gone and nobody tells which was whose.
  package var file: RelationFile?
  /// That took its place: what a catalog may still know.
  package var successor: RelationFile?
  /// With its schema, by the catalog of a running server; nil = not known.
  package var name: String?
  package var isSystem = false
  /// A table, whose indexes and TOAST are left out; false = nobody can tell.
  package var isTable = false
  /// When it was made, where that lies in what was read; nil = before it, or nobody can tell.
  package var madeAt: Date?

  package init(
    oid: UInt32? = nil, file: RelationFile? = nil, successor: RelationFile? = nil,
    name: String? = nil
  ) {
    self.oid = oid
    self.file = file
    self.successor = successor
    self.name = name
  }

  /// `keycloak.user_entity`, else `OID 16402`, else `file 16384/16402`.
  package var words: String {
    if let name { return Sanitizer.clean(name, limit: 130) }
    if let oid { return "OID \(oid)" }
    if let file { return "file \(file.words)" }
    if let successor { return "file \(successor.words) now" }
    return "of unknown name"
  }
}

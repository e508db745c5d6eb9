import RecoveryModel

/// What a relation was that a transaction dropped, by the rows that went with it: each is dropped by itself, the row of
/// `pg_class` last.
enum DroppedRelation: Sendable, Equatable {
  case table
  /// Or a materialized view, which has a file.
  case view
  case partitioned
  case sequence
  case index
  /// What keeps long values of a table.
  case toast

  /// OIDs of `pg_class`, `pg_index`, `pg_type`, `pg_rewrite`, `pg_partitioned_table` and `pg_sequence`.
  private enum Catalog {
    static let relations: UInt32 = 1259
    static let indexes: UInt32 = 2610
    static let types: UInt32 = 1247
    static let rules: UInt32 = 2618
    static let partitioned: UInt32 = 3350
    static let sequences: UInt32 = 2224
  }

  static let telling: Set<UInt32> = [
    Catalog.relations, Catalog.indexes, Catalog.types, Catalog.rules, Catalog.partitioned,
    Catalog.sequences,
  ]

  /// In the order in which they were dropped.
  static func all(_ deleted: [(catalog: UInt32, lsn: LSN)]) -> [DroppedRelation] {
    var all: [DroppedRelation] = []
    var before: Set<UInt32> = []
    var last: Set<UInt32> = []
    for row in deleted.sorted(by: { $0.lsn < $1.lsn }) {
      switch row.catalog {
      case Catalog.relations:
        all.append(Self(before))
        (last, before) = (before, [])
      // Its row goes behind that of its relation. One of a table's own goes between the table and its types.
      case Catalog.sequences:
        guard let index = all.indices.last else { continue }
        all[index] = .sequence
        before.formUnion(last)
      default: before.insert(row.catalog)
      }
    }
    return all
  }

  private init(_ before: Set<UInt32>) {
    if before.contains(Catalog.indexes) {
      self = .index
    } else if before.contains(Catalog.partitioned) {
      self = .partitioned
    } else if !before.contains(Catalog.types) {
      self = .toast
    } else {
      self = before.contains(Catalog.rules) ? .view : .table
    }
  }
}

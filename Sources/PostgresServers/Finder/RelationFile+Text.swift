import RecoveryModel

extension RelationFile {
  /// PostgreSQL's own tablespaces (pg_tablespace.dat): `base` and `global`.
  private static let defaultTablespace: UInt32 = 1663
  private static let globalTablespace: UInt32 = 1664

  /// `1663/16384/1259`, as the block references of a record have it.
  init?(triple text: ByteText) {
    let numbers = text.split("/").map(\.number)
    guard numbers.count == 3, let tablespace = numbers[0], let database = numbers[1],
      let number = numbers[2]
    else { return nil }
    self.init(tablespace: tablespace, database: database, number: number)
  }

  /// `base/16384/16391`, `global/1262`, `pg_tblspc/16500/PG_15_202209061/16384/16391`; nil for other forks
  /// (`16391_init`) and for files of temporary tables (`t3_16402`).
  init?(path text: ByteText) {
    let parts = text.split("/")
    guard let first = parts.first, let number = parts.last?.number else { return nil }
    switch (first, parts.count) {
    case ("base", 3):
      guard let database = parts[1].number else { return nil }
      self.init(tablespace: Self.defaultTablespace, database: database, number: number)
    case ("global", 2):
      self.init(tablespace: Self.globalTablespace, database: 0, number: number)
    case ("pg_tblspc", 5):
      guard let tablespace = parts[1].number, let database = parts[3].number else { return nil }
      self.init(tablespace: tablespace, database: database, number: number)
    default: return nil
    }
  }
}

/// Where a row lies within its file.
struct RowPlace: Hashable, Sendable {
  var block: UInt32
  var offset: UInt32
}

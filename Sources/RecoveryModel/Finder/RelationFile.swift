/// A relation's file as WAL names it: what a catalog calls the relation is another question.
package struct RelationFile: Hashable, Comparable, Sendable, Codable {
  package var tablespace: UInt32
  /// 0 = shared by all databases.
  package var database: UInt32
  package var number: UInt32

  package init(tablespace: UInt32, database: UInt32, number: UInt32) {
    self.tablespace = tablespace
    self.database = database
    self.number = number
  }

  /// Objects of users have numbers from here on (`FirstNormalObjectId`).
  private static let firstOfUsers: UInt32 = 16_384

  /// What is below it when a cluster is made, and stays there until it is rewritten.
  package var isOfCatalog: Bool { number < Self.firstOfUsers }

  /// `16384/16391`.
  package var words: String { "\(database)/\(number)" }

  package static func < (left: RelationFile, right: RelationFile) -> Bool {
    (left.database, left.number, left.tablespace) < (right.database, right.number, right.tablespace)
  }
}

/// A relation as catalogs name it for good: its file may change, its OID does not.
package struct RelationID: Hashable, Comparable, Sendable {
  package var database: UInt32
  package var oid: UInt32

  package init(database: UInt32, oid: UInt32) {
    self.database = database
    self.oid = oid
  }

  package static func < (left: RelationID, right: RelationID) -> Bool {
    (left.database, left.oid) < (right.database, right.oid)
  }
}

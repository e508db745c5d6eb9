import FoundationEssentials

/// A table on the primary that drills may write a row of their own into, and delete it again.
package struct MarkerPlace: Sendable, Equatable {
  package var database: String
  /// With its schema; it has a text column `token`.
  package var table: String

  package init(database: String, table: String) {
    self.database = database
    self.table = table
  }

  /// Of a cluster that has none.
  package static func missing(_ cluster: String) -> RecoveryError {
    RecoveryError(
      .invalid,
      "no place for markers is configured for \(cluster): nothing is written to production unasked",
      remedy:
        "set clusters[].drill.marker to {database: DATABASE, table: pgvigil.marker}, and make "
        + "it there: CREATE SCHEMA pgvigil; CREATE TABLE pgvigil.marker (token text PRIMARY KEY); "
        + "with USAGE, SELECT, INSERT and DELETE for the role of the instances")
  }
}

/// A row that was written on the primary and deleted again, each in a transaction of its own.
package struct PlantedMarker: Sendable, Equatable {
  package var place: MarkerPlace
  package var token: String
  package var written: UInt64
  package var deleted: UInt64
  /// Behind the commit of either.
  package var writtenLSN: LSN
  package var deletedLSN: LSN
  /// By the server's clock, between the two.
  package var at: Date?

  package init(
    place: MarkerPlace, token: String, written: UInt64, deleted: UInt64, writtenLSN: LSN,
    deletedLSN: LSN, at: Date?
  ) {
    self.place = place
    self.token = token
    self.written = written
    self.deleted = deleted
    self.writtenLSN = writtenLSN
    self.deletedLSN = deletedLSN
    self.at = at
  }

  /// Where it is still there.
  package var moment: RecoveryMoment { RecoveryMoment(.transaction(deleted), isExclusive: true) }

  /// What a copy of that moment must answer.
  package var test: SmokeTest {
    SmokeTest(
      name: "planted marker \(token)", database: place.database,
      sql: "SELECT count(*) FROM \(place.table) WHERE token = '\(token)'",
      expectation: .equals("1"))
  }

  package var sentence: String {
    "row \(token) written by transaction \(written) before \(writtenLSN), deleted by "
      + "\(deleted) before \(deletedLSN)"
  }
}

extension RecoveryChart {
  /// Of a drill to just before a marker's deletion, carried out as that operation. Throws `RecoveryError` where the base
  /// backups that are known do not lead there.
  package func outlook(
    ofDrillTo marker: PlantedMarker, operation: String
  ) throws(RecoveryError) -> RecoveryOutlook {
    var outlook = outlook(of: RecoveryMoment(.position(marker.writtenLSN)))
    guard outlook.isReachable, outlook.base != nil else {
      throw RecoveryError(.refused, "the marker cannot be drilled: \(outlook.standingWords)")
    }
    outlook.moment = marker.moment
    outlook.effective = marker.moment
    outlook.marker = marker
    outlook.operation = operation
    return outlook
  }
}

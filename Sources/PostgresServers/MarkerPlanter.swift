import FoundationEssentials
import RecoveryModel
import Transports

/// Writes a marker on the primary and deletes it: in the one table that the configuration names, and nothing else.
package struct MarkerPlanter: Sendable {
  package static let check = "the marker's table can be written to"

  /// Into the primary's database that the place names.
  private let client: SQLClient
  private let place: MarkerPlace
  /// Seconds that the archiver gets, where the segment may be ended at once and where it may not.
  private let patience: (ended: Double, unended: Double)
  private let pause: @Sendable () async throws -> Void

  package init(
    client: SQLClient, place: MarkerPlace,
    patience: (ended: Double, unended: Double) = (ended: 300, unended: 900),
    pause: @escaping @Sendable () async throws -> Void = {
      try await Task.sleep(for: .milliseconds(500))
    }
  ) {
    self.client = client
    self.place = place
    self.patience = patience
    self.pause = pause
  }

  private static func literal(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
  }

  /// Closes the client.
  package func requirement() async -> Requirement {
    let what = "\(Self.check): \(place.table) in \(place.database)"
    defer { Task { await client.close() } }
    do {
      let rows = try await client.query(
        """
        SELECT pg_is_in_recovery()::text AS standby, \
        (to_regclass(\(Self.literal(place.table))) IS NOT NULL)::text AS there, \
        coalesce(has_table_privilege(to_regclass(\(Self.literal(place.table))), 'SELECT') \
        AND has_table_privilege(to_regclass(\(Self.literal(place.table))), 'INSERT') \
        AND has_table_privilege(to_regclass(\(Self.literal(place.table))), 'DELETE'), false)::text \
        AS may, \
        has_function_privilege('pg_switch_wal()', 'EXECUTE')::text AS ends
        """, 10)
      if rows.value("standby") == "true" { return .notMet(what, "this server is a standby") }
      guard rows.value("there") == "true" else { return .notMet(what, "there is no such table") }
      guard rows.value("may") == "true" else {
        return .notMet(what, "this role lacks SELECT, INSERT or DELETE on it")
      }
      return .met(
        what,
        rows.value("ends") == "true"
          ? "and the segment can be ended at once"
          : "the segment ends by itself: GRANT EXECUTE ON FUNCTION pg_switch_wal() makes it faster")
    } catch {
      return .notMet(what, (error as? RecoveryError)?.message ?? "\(error)")
    }
  }

  /// Closes the client. Throws `RecoveryError`: none of them says anything of a backup.
  package func plant(_ token: String) async throws -> PlantedMarker {
    do {
      let marker = try await planted(token)
      await client.close()
      return marker
    } catch {
      await client.close()
      throw error
    }
  }

  private func planted(_ token: String) async throws -> PlantedMarker {
    guard !token.isEmpty,
      token.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) })
    else { throw RecoveryError(.invalid, "\(Sanitizer.clean(token, limit: 40)) is no token") }
    // The session reads alone by default, and a commit that is not flushed proves nothing.
    _ = try await client.query("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", 10)
    _ = try await client.query("SET synchronous_commit = on", 10)
    let written = try await act(
      "INSERT INTO \(place.table) (token) VALUES (\(Self.literal(token)))", token)
    let between = try await now()
    let deleted = try await act(
      "DELETE FROM \(place.table) WHERE token = \(Self.literal(token))", token)
    let after = try await now()
    try await archived(after.segment)
    return PlantedMarker(
      place: place, token: token, written: written, deleted: deleted, writtenLSN: between.lsn,
      deletedLSN: after.lsn, at: between.at)
  }

  /// A transaction of one row; its id.
  private func act(_ statement: String, _ token: String) async throws -> UInt64 {
    do {
      let rows = try await client.query(statement + " RETURNING txid_current()::text AS xid", 30)
      guard let xid = rows.value("xid").flatMap({ UInt64($0) }) else {
        throw RecoveryError(.failed, "it touched no row")
      }
      return xid
    } catch let error as RecoveryError {
      throw RecoveryError(
        error.code,
        "the marker could not be planted (\(statement.prefix(6)) \(place.table)): \(error.message)",
        remedy: "row \(token) may have stayed in \(place.table): delete it by hand")
    }
  }

  private func now() async throws -> (lsn: LSN, at: Date?, segment: String) {
    let rows = try await client.query(
      """
      SELECT pg_current_wal_insert_lsn()::text AS lsn, \
      pg_walfile_name(pg_current_wal_insert_lsn()) AS segment, \
      extract(epoch FROM clock_timestamp())::text AS at
      """, 10)
    guard let lsn = rows.value("lsn").flatMap({ LSN(text: $0) }),
      let segment = rows.value("segment")
    else { throw RecoveryError(.failed, "the primary does not say where its WAL stands") }
    return (
      lsn, rows.value("at").flatMap { Double($0) }.map { Date(timeIntervalSince1970: $0) }, segment
    )
  }

  /// Ends the segment where that is allowed, and waits for the archiver.
  private func archived(_ segment: String) async throws {
    let rows = try await client.query(
      "SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE')::text AS ends", 10)
    let ends = rows.value("ends") == "true"
    if ends { _ = try await client.query("SELECT pg_switch_wal()::text AS lsn", 30) }
    let clock = ContinuousClock()
    let limit = ends ? patience.ended : patience.unended
    let deadline = clock.now + .seconds(limit)
    while true {
      let rows = try await client.query(
        "SELECT last_archived_wal AS last FROM pg_stat_archiver", 10)
      // A backup's own file is named after the segment that it lies in.
      if let last = rows.value("last")?.prefix(24), last.count == 24,
        last.prefix(8) == segment.prefix(8), last >= segment
      {
        return
      }
      guard clock.now < deadline else {
        throw RecoveryError(
          .timedOut,
          "segment \(segment), which holds the marker, was not archived within "
            + "\(Format.duration(limit)): the last is \(rows.value("last") ?? "none")",
          remedy: ends
            ? "see why the archiver does not come on"
            : "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO the role, or set archive_timeout")
      }
      try await pause()
    }
  }
}

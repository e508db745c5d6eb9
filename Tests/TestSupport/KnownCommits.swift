import RecoveryModel

/// Commits of which the truth is known: what a drill to each kind of moment must find, on every engine.
///
/// Three rows of `marks`, each of a transaction of its own, and WAL behind them. A copy of the second moment has two.
package struct KnownCommits: Sendable {
  /// What the second commit is called in each way.
  package var moments: [RecoveryMoment]
  /// A transaction that never was.
  package static let nowhere = RecoveryMoment(.transaction(4_000_000_000))

  /// `sql` runs one statement on the primary, `archive` ends the segment and waits for its arrival.
  package static func make(
    sql: (String) async throws -> String, archive: () async throws -> Void
  ) async throws -> KnownCommits {
    _ = try await sql("CREATE TABLE marks (i int)")
    _ = try await sql("GRANT SELECT ON marks TO PUBLIC")
    _ = try await sql("INSERT INTO marks VALUES (1)")
    let second = try await sql(
      "WITH new AS (INSERT INTO marks VALUES (2)) SELECT pg_current_xact_id()")
    let position = try await sql("SELECT pg_current_wal_lsn()")
    let time = try await sql("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    _ = try await sql("SELECT pg_create_restore_point('two marks')")
    let third = try await sql(
      "WITH new AS (INSERT INTO marks VALUES (3)) SELECT pg_current_xact_id()")
    try await archive()
    guard let before = UInt64(second.trimmed), let after = UInt64(third.trimmed),
      let lsn = LSN(text: position.trimmed), let at = TimestampText.parse(time.trimmed)
    else { throw RecoveryError(.failed, "\(second) \(position) \(time) \(third)") }
    return KnownCommits(moments: [
      RecoveryMoment(.time(at)), RecoveryMoment(.position(lsn)),
      RecoveryMoment(.transaction(before)), RecoveryMoment(.transaction(after), isExclusive: true),
      RecoveryMoment(.restorePoint("two marks")),
    ])
  }

  /// Holds of a copy of the second moment alone.
  package static let test = SmokeTest(
    name: "marks", sql: "SELECT count(*) FROM marks", expectation: .equals("2"))
  /// Would hold of production as it is now.
  package static let comparison = SmokeTest(
    name: "near production", sql: "SELECT count(*) FROM marks",
    expectation: .withinOfProduction(percent: 50))
}

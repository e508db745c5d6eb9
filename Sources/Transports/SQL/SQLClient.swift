import RecoveryModel

/// Rows as text, the way libpq gives them; nil = SQL NULL.
package struct SQLRows: Sendable, Equatable {
  package var columns: [String]
  package var rows: [[String?]]

  package init(columns: [String], rows: [[String?]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The value in `row` under the column of that name.
  package func value(_ column: String, row: Int = 0) -> String? {
    guard let index = columns.firstIndex(of: column), rows.indices.contains(row) else { return nil }
    return rows[row][index]
  }
}

/// One PostgreSQL server. The connection opens when first used and again after it broke; sessions are
/// read-only with a statement timeout. Nothing blocks a thread of the cooperative pool.
package struct SQLClient: Sendable {
  /// Runs one statement and waits for it until the deadline (seconds), connecting included.
  /// Throws `RecoveryError` (unreachable, timedOut, denied, failed); with the server's SQLSTATE as its detail.
  package var query: @Sendable (_ sql: String, _ deadline: Double) async throws -> SQLRows
  /// Ends the connection; a later query opens a new one.
  package var close: @Sendable () async -> Void

  package init(
    query: @escaping @Sendable (_ sql: String, _ deadline: Double) async throws -> SQLRows,
    close: @escaping @Sendable () async -> Void
  ) {
    self.query = query
    self.close = close
  }
}

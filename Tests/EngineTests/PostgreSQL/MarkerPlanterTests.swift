import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import PostgresServers
@testable import Transports

/// What is written on the primary for a marker, and what keeps it from being one.
@Suite struct MarkerPlanterTests {
  /// A primary that answers by what it is asked.
  private final class Primary: Sendable {
    struct State {
      var asked: [String] = []
      var maySwitch = true
      var rows = true
      var archived = ["00000001000000000000000A", "00000001000000000000000C"]
      var transaction = 700
    }
    let state = Mutex(State())

    var client: SQLClient { SQLClient(query: { sql, _ in self.answer(sql) }, close: {}) }
    var asked: [String] { state.withLock { $0.asked } }

    private func answer(_ sql: String) -> SQLRows {
      state.withLock { state in
        state.asked.append(sql)
        func one(_ column: String, _ value: String?) -> SQLRows {
          SQLRows(columns: [column], rows: [[value]])
        }
        if sql.hasPrefix("INSERT") || sql.hasPrefix("DELETE") {
          guard state.rows else { return SQLRows(columns: ["xid"], rows: []) }
          state.transaction += 1
          return one("xid", "\(state.transaction)")
        }
        if sql.contains("pg_current_wal_insert_lsn") {
          return SQLRows(
            columns: ["lsn", "segment", "at"],
            rows: [["0/C0000\(state.transaction)", "00000001000000000000000C", "1795348800.5"]])
        }
        if sql.contains("pg_stat_archiver") {
          let last = state.archived.count > 1 ? state.archived.removeFirst() : state.archived.first
          return one("last", last ?? nil)
        }
        if sql.contains("AS standby") {
          return SQLRows(
            columns: ["standby", "there", "may", "ends"],
            rows: [["false", "true", "false", "true"]])
        }
        if sql.contains("AS ends") { return one("ends", "\(state.maySwitch)") }
        return SQLRows(columns: [], rows: [])
      }
    }
  }

  private func planter(_ primary: Primary, patience: Double = 3600) -> MarkerPlanter {
    MarkerPlanter(
      client: primary.client, place: MarkerPlace(database: "app", table: "pgvigil.marker"),
      patience: (patience, patience), pause: {})
  }

  @Test func `it writes and deletes one row, each by itself, and waits for the archive`()
    async throws
  {
    let primary = Primary()
    let marker = try await planter(primary).plant("abc1")
    #expect((marker.written, marker.deleted) == (701, 702))
    #expect(marker.moment == RecoveryMoment(.transaction(702), isExclusive: true))
    #expect(marker.at == Date(timeIntervalSince1970: 1_795_348_800.5))
    #expect(marker.test.sql == "SELECT count(*) FROM pgvigil.marker WHERE token = 'abc1'")
    let acts = primary.asked.filter { $0.hasPrefix("INSERT") || $0.hasPrefix("DELETE") }
    #expect(acts.count == 2 && acts.allSatisfy { $0.contains("pgvigil.marker") })
    #expect(primary.asked.contains { $0.contains("pg_switch_wal()::text") })
    #expect(primary.asked.filter { $0.contains("pg_stat_archiver") }.count == 2)
  }

  @Test func `without the right it ends no segment`() async throws {
    let primary = Primary()
    primary.state.withLock { $0.maySwitch = false }
    _ = try await planter(primary).plant("abc1")
    #expect(!primary.asked.contains { $0.contains("SELECT pg_switch_wal") })
  }

  @Test func `an archiver that does not come on says nothing of a backup`() async throws {
    let primary = Primary()
    primary.state.withLock { $0.archived = ["00000001000000000000000B"] }
    let error = await #expect(throws: RecoveryError.self) {
      try await planter(primary, patience: 0).plant("abc1")
    }
    #expect(error?.code == .timedOut && error?.sqlState == nil)
    #expect(error?.message.contains("00000001000000000000000C") == true)
    // Of another timeline no name tells anything.
    primary.state.withLock { $0.archived = ["00000002000000000000000F"] }
    await #expect(throws: RecoveryError.self) {
      try await planter(primary, patience: 0).plant("abc1")
    }
  }

  @Test func `a statement that touches no row plants nothing`() async {
    let primary = Primary()
    primary.state.withLock { $0.rows = false }
    let error = await #expect(throws: RecoveryError.self) {
      try await planter(primary).plant("abc1")
    }
    #expect(error?.message.contains("INSERT pgvigil.marker") == true)
    await #expect(throws: RecoveryError.self) { try await planter(Primary()).plant("a'; --") }
  }

  @Test func `a right that is missing shows in the plan`() async {
    let requirement = await planter(Primary()).requirement()
    #expect(requirement.satisfied == false && requirement.detail.contains("lacks SELECT"))
  }
}

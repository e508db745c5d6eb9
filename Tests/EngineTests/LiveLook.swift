import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import Transports

/// Against real servers, when PGVIGIL_LIVE_SANDBOX names a directory with `pgbackrest.conf` and sockets in `run`
/// on ports 6001 and 6002.
@Suite(.enabled(if: getenv("PGVIGIL_LIVE_SANDBOX") != nil)) struct LiveLook {
  @Test func sessionsAreReadOnlyAndStatementsEndAtTheirDeadline() async throws {
    let base = String(cString: try #require(getenv("PGVIGIL_LIVE_SANDBOX")))
    let client = SQLClient.live(conninfo: [
      "host": "\(base)/run", "port": "6001", "user": "demo", "dbname": "app",
    ])
    let refused = await #expect(throws: RecoveryError.self) {
      try await client.query("CREATE TABLE nothing (i int)", 5)
    }
    #expect(refused?.message.contains("25006") == true)
    let late = await #expect(throws: RecoveryError.self) {
      try await client.query("SELECT pg_sleep(30)", 0.3)
    }
    #expect(late?.code == .timedOut)
    #expect(try await client.query("SELECT 1 AS one, NULL AS none", 5).value("one") == "1")
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<200 { _ = try await client.query("SELECT 1", 5) }
    print("200 round trips", clock.now - start)
  }

  @Test func everySourceAnswersFromRealServers() async throws {
    let base = String(cString: try #require(getenv("PGVIGIL_LIVE_SANDBOX")))
    let role = getenv("PGVIGIL_LIVE_ROLE").map { String(cString: $0) } ?? "demo"
    let instances: [OptionValue] = [("primary", 6001), ("standby1", 6002)].map { name, port in
      .map([
        "name": .string(name),
        "conninfo": .string("host=\(base)/run port=\(port) user=\(role) dbname=app"),
      ])
    }
    let declaration = ClusterDeclaration(
      name: "demo", engine: "pgbackrest",
      options: [
        "stanza": .string("demo"), "config": .string("\(base)/pgbackrest.conf"),
        "instances": .list(instances),
      ])
    let engine = try PgBackRestEngine(
      declaration: declaration, environment: .fixed(now: { Date() }))
    var report = EngineReport()
    for round in 0..<3 {
      for source in engine.sources {
        let clock = ContinuousClock()
        let start = clock.now
        report.merge(await engine.observe(source.id))
        print(round, source.id, clock.now - start)
      }
    }
    print(report)
    #expect(report.unavailable.filter { $0.part != "waiting segments" }.isEmpty)
    #expect(report.instances.value?.map(\.role) == [.primary, .standby])
  }
}

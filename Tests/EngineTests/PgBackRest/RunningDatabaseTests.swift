import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// A stanza that was upgraded to another system, while the server of before goes on.
@Suite("Which database of a stanza runs") struct RunningDatabaseTests {
  private static let old = "7400000000000000001"

  private func engine(system: String) throws -> PgBackRestEngine {
    let info = try Fixture.text("pgbackrest/info").replacing("7710934215794681174", with: Self.old)
      .replacing(
        "\"db\":", with: "\"unread\":"
      ).replacing(
        "\"name\":",
        with: """
          "db":[{"id":1,"repo-key":1,"system-id":\(Self.old),"version":"15"},
          {"id":2,"repo-key":1,"system-id":7500000000000000002,"version":"15"}],"name":
          """)
    let listing = try Fixture.text("pgbackrest/repo-ls")
    return try PgBackRestEngine(
      declaration: PgBackRestWorld.declaration(["db1"]), environment: .fixed(),
      processes: ProcessRunner(
        run: { request in
          let listed = request.arguments.contains("repo-ls")
          return ProcessResult(status: 0, output: listed ? listing : info, error: "")
        },
        stream: { _ in AsyncThrowingStream { $0.finish() } }),
      connect: { _ in
        SQLClient(
          query: { sql, _ in
            guard sql != QueryTable.sql(.version, version: 0) else {
              return SQLRows(columns: ["version"], rows: [["150018"]])
            }
            return LookRow.primary.with(["system_identifier": system]).rows
          }, close: {})
      })
  }

  @Test("the archive that is judged is that of the system that runs, whoever was asked first")
  func archiveOfTheSystemThatRuns() async throws {
    let engine = try engine(system: Self.old)
    _ = await engine.observe("catalog")
    #expect(await engine.observe("archive").walArchive?.value?.segments.isEmpty == true)
    _ = await engine.observe("instance:db1")
    #expect(await engine.observe("archive").walArchive?.value?.segments.isEmpty == false)

    let upgraded = try self.engine(system: "7500000000000000002")
    _ = await upgraded.observe("catalog")
    _ = await upgraded.observe("instance:db1")
    #expect(await upgraded.observe("archive").walArchive?.value?.segments.isEmpty == true)
  }
}

import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite("Segment size") struct SegmentSizeTests {
  /// The archive's listing is here before the servers have told how large their segments are: taken for 16 MiB
  /// each, the names of smaller ones lie far ahead of the log, and a drill would aim there.
  @Test(arguments: ["db1", "db2"])
  func namesWaitForTheFirstServerThatTells(name: String) async throws {
    let world = PgBackRestWorld(world: .happy)
    let (asked, ask) = AsyncStream<Void>.makeStream()
    let (answered, answer) = AsyncStream<Void>.makeStream()
    let engine = try PgBackRestEngine(
      declaration: PgBackRestWorld.declaration(), environment: .fixed(),
      processes: world.processes,
      connect: { instance in
        SQLClient(
          query: { sql, deadline in
            guard sql != QueryTable.sql(.version, version: 0) else {
              return SQLRows(columns: ["version"], rows: [["150018"]])
            }
            ask.yield()
            for await _ in answered { break }
            let row = instance.name == "db1" ? LookRow.primary : .standby
            return row.with(["segment_size": "1048576"]).rows
          }, close: {})
      })
    async let look = engine.observe("instance:\(name)")
    for await _ in asked { break }
    async let archive = engine.observe("archive")
    while !world.requests.all.contains(where: { $0.arguments.contains("repo-ls") }) {
      await Task.yield()
    }
    answer.finish()
    #expect(await archive.walArchive?.value?.segmentSize == 1 << 20)
    _ = await look
  }

  @Test func namesDoNotWaitWhereNoServerIsAsked() async throws {
    let engine = try PgBackRestWorld(world: .happy).engine()
    #expect(await engine.observe("archive").walArchive?.value?.segmentSize == 16 << 20)
  }
}

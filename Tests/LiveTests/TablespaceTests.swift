import Foundation
import TestSupport
import Testing

/// A copy beside production may never lay a tablespace over production's.
@Suite(
  "Tablespaces of a live sandbox", .serialized,
  .enabled(if: Binary.serversAreInstalled, "PostgreSQL and pgBackRest are not installed"))
struct TablespaceTests {
  @Test("one that is younger than the base backup stops the drill, and production is as it was")
  func younger() throws {
    let sandbox = try LiveSandbox(rate: 0)
    #expect(try sandbox.run("backup", "auth-db").status == 0)
    let place = sandbox.directory + "/apart"
    try sandbox.asOwner(["mkdir", "-m", "700", place])
    for server in ["standby-1", "standby-2"] {
      // They would make it in the same directory, on the same host.
      try sandbox.asOwner([
        try #require(Binary.postgresBin) + "/pg_ctl", "-D", "\(sandbox.directory)/\(server)", "-s",
        "-m", "fast", "stop",
      ])
    }
    try sandbox.sql("CREATE TABLESPACE apart LOCATION '\(place)'")
    try sandbox.sql(
      "CREATE TABLE kept TABLESPACE apart AS SELECT n, 'old' v FROM generate_series(1, 2000) n")
    try sandbox.archiveSomething()
    try sandbox.sql("UPDATE kept SET v = 'new'")
    try sandbox.archiveSomething()
    try sandbox.sql("CHECKPOINT")
    let before = try contents(place, sandbox)

    let drill = try sandbox.run("drill", "auth-db")
    #expect(drill.status == 3, "\(drill.output)\(drill.error)")
    #expect((drill.output + drill.error).contains("tablespace was made after"), "\(drill.output)")
    #expect(try contents(place, sandbox) == before)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: sandbox.directory + "/drills").isEmpty)

    // A base backup that has it takes it along.
    #expect(try sandbox.run("backup", "auth-db").status == 0)
    let next = try sandbox.run("drill", "auth-db")
    #expect(next.status == 0, "\(next.output)\(next.error)")
    #expect(try contents(place, sandbox) == before)
    #expect(try sandbox.sql("SELECT count(*) FROM kept WHERE v = 'new'") == "2000")
  }

  private func contents(_ place: String, _ sandbox: LiveSandbox) throws -> String {
    try sandbox.asOwner(["sh", "-c", "cd \(place) && find . -type f | sort | xargs md5sum"]).output
  }
}

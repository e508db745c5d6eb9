import Glibc
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers

@Suite("pgbackrest stop") struct StopFileTests {
  private func inDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/pgvigil-stop-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = system("rm -rf '\(directory)'") }
    try await body(directory)
  }

  @Test(arguments: [("demo", "--stanza=demo start"), ("all", "pgbackrest start")])
  func theFileAndWhatEndsItAreNamed(name: String, command: String) async throws {
    try await inDirectory { directory in
      let site = OperationsFixture.site(file: "[global]\nlock-path=\(directory)")
      #expect(site.stop == nil)
      fclose(fopen("\(directory)/\(name).stop", "w"))
      let stop = try #require(site.stop)
      #expect(stop.what.contains("\(directory)/\(name).stop"))
      #expect(stop.command.replacing(" --config=/etc/pgb.conf", with: "").hasSuffix(command))
      // Before it begins, not with error 062 afterwards.
      let plan = try await OperationsFixture.operations(site: site)
        .plan(.backup(.full), report: OperationsFixture.report())
      let unmet = try #require(plan.unmet.first { $0.what == "pgBackRest is not stopped" })
      #expect(unmet.detail.contains(stop.command))
    }
  }

  @Test func aFileOfAnotherStanzaIsNobodysBusiness() async throws {
    try await inDirectory { directory in
      fclose(fopen("\(directory)/other.stop", "w"))
      #expect(StopFile.find(lockPath: directory, stanza: "demo") == nil)
    }
  }

  @Test func theArchiversStatusSaysIt() async throws {
    try await inDirectory { directory in
      fclose(fopen("\(directory)/demo.stop", "w"))
      var declaration = PgBackRestWorld.declaration()
      declaration.options["environment"] = .map(["PGBACKREST_LOCK_PATH": .string(directory)])
      let world = PgBackRestWorld(world: .happy)
      let engine = try PgBackRestEngine(
        declaration: declaration, environment: .fixed(), processes: world.processes,
        connect: { world.client($0.name) })
      let stopped = await engine.observe("instance:db1").archive?.value?.stopped
      #expect(stopped?.what.contains("demo.stop") == true)
      #expect(stopped?.remedy.hasSuffix("--stanza=demo start") == true)
    }
  }
}

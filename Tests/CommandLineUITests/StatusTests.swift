import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct StatusTests {
  @Test func gapAsText() async {
    let stage = Stage([Fixture.gapCluster()])
    #expect(await stage.run("status") == .worst)
    #expect(
      stage.state.answer == """
        auth-db: NOT RECOVERABLE  (pgBackRest, 2026-11-22T12:00:00Z)
          instances     primary    primary  running  timeline 1  at 1/91000800
                        standby-1  standby  running  timeline 1  lag 512 B, 0.1s
                        standby-2  standby  running  timeline 1  lag 512 B, 0.1s
          archive       last 000000010000000100000090, 1m ago; 0 waiting
          RPO           everything would be lost (target 5m)
          base backup   none (expected every 1d)
          window        empty
          RTO           never: nothing can be restored (target 1h)
          drill         never (due every 7d)
          CRITICAL      WAL is archived, but there is no base backup to replay it on
            why         0 base backups (pgbackrest info)
            do          Take a base backup now: pgvigil backup auth-db.

        """)
    #expect(stage.state.diagnostics.isEmpty)
  }

  @Test func provenFitsEightyColumns() async {
    let stage = Stage()
    #expect(await stage.run("status", "auth-db") == .good)
    let answer = stage.state.answer
    #expect(answer.hasPrefix("auth-db: PROVEN"))
    #expect(answer.contains("1m 36s, 1m 07s to 2m 14s (measured, 4 drills; target 1h)"))
    #expect(answer.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(answer)")
    #expect(!answer.contains("\u{1B}"))
  }

  @Test func colourOnlyWhereItIsWanted() {
    let text = StatusText(cluster: Fixture.gapCluster(), style: .coloured).text
    #expect(text.contains("\u{1B}[1;31mNOT RECOVERABLE\u{1B}[0m"))
    let plain = Output.standard(format: .text, environment: ["NO_COLOR": "1", "TERM": "xterm"])
    #expect(plain.style == .plain)
  }

  @Test func hostileNamesCannotSteerTheTerminal() async {
    var cluster = Fixture.gapCluster()
    cluster.findings[0].headline = "no \u{1B}[2J\u{202E}base\nbackup"
    cluster.engineTitle = "x\u{7}y"
    let stage = Stage([cluster])
    _ = await stage.run("status")
    let forbidden: [Unicode.Scalar] = ["\u{1B}", "\u{202E}", "\u{7}"]
    #expect(!stage.state.answer.unicodeScalars.contains { forbidden.contains($0) })
  }

  @Test func jsonIsOneDocumentWithTheContractsKeys() async throws {
    let stage = Stage([Fixture.cluster(), Fixture.gapCluster(name: "shop-db")])
    #expect(await stage.run("status", "--json") == .worst)
    let document = try JSONDecoder().decode(
      StatusDocument.self, from: Data(stage.state.answer.utf8))
    #expect(document.schemaVersion == 1)
    #expect(document.clusters.map(\.name) == ["auth-db", "shop-db"])
    #expect(document.clusters.map(\.verdict) == ["PROVEN", "NOT RECOVERABLE"])
    #expect(stage.state.answer.contains("\"generated_at\" : \"2026-11-22T12:00:00Z\""))
  }

  @Test func onlyTheNamedClustersCount() async {
    let stage = Stage([Fixture.cluster(), Fixture.gapCluster(name: "shop-db")])
    #expect(await stage.run("status", "auth-db") == .good)
    #expect(!stage.state.answer.contains("shop-db"))
  }

  @Test func unknownClusterGetsTheNearestName() async {
    let stage = Stage()
    #expect(await stage.run("status", "auth-bd") == .undecided)
    #expect(
      stage.state.diagnostics
        == "pgvigil: no cluster named auth-bd in the configuration (did you mean auth-db?)\n")
    #expect(stage.state.answer.isEmpty)
  }

  /// One reason, said once.
  @Test func anOutageIsNotRepeatedForEachPart() async {
    var report = EngineReport()
    let gone = Unavailable(part: "instances", reason: "connection refused", remedy: "wait")
    report.instances = .unavailable(gone, at: Fixture.date)
    report.outage = Outage(
      place: "context prod", reason: "connection refused", remedy: "wait", since: nil)
    let cluster = Fixture.cluster(
      verdict: .unknown, report: report, drills: [], window: nil, exposure: nil, projection: nil)
    let stage = Stage([cluster])
    #expect(await stage.run("status") == .undecided)
    #expect(!stage.state.answer.contains("not known"))
    #expect(stage.state.answer.contains("drill         unknown (due every 7d)"))
  }

  @Test func errorsAreADocumentToo() async {
    let stage = Stage()
    #expect(await stage.run("status", "--json", "nowhere") == .undecided)
    #expect(stage.state.answer.contains("\"code\" : \"invalid\""))
  }
}

import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

/// `recover` and `remove`.
@Suite struct RecoverCommandTests {
  private static func cluster(_ kept: [KeptRecovery]) -> ClusterSnapshot {
    var cluster = Fixture.cluster()
    cluster.report.kept = kept
    return cluster
  }

  private static func kept(_ id: String) -> KeptRecovery {
    KeptRecovery(
      id: id, place: "/srv/\(id)", moment: "latest", since: Fixture.ago(3600), by: "alice on db1",
      connect: "psql -h /srv/\(id)/run", isRunning: true)
  }

  @Test func theTypedNameAgrees() async {
    let stage = Stage(typed: "auth-db")
    #expect(
      await stage.run("recover", "auth-db", "--at", "latest", "--to", "/srv/x") == .good)
    #expect(
      stage.state.executed.map(\.request) == [.recover(RecoveryQuestion(.latest, into: "/srv/x"))])
  }

  @Test(arguments: [nil, "", "auth", "AUTH-DB"])
  func nothingElseDoes(typed: String?) async {
    let stage = Stage(typed: typed)
    #expect(await stage.run("recover", "auth-db", "--at", "latest") == .worst)
    #expect(stage.state.executed.isEmpty)
  }

  @Test func withoutATerminalItMustBeSaidAndReadOnlyForbidsIt() async {
    let mute = Stage(hasTerminal: false)
    #expect(await mute.run("recover", "auth-db", "--at", "latest") == .worst)
    #expect(mute.state.executed.isEmpty && mute.state.diagnostics.contains("--confirm auth-db"))
    let said = Stage(hasTerminal: false)
    #expect(
      await said.run("recover", "auth-db", "--at", "-10m", "--confirm", "auth-db") == .good)
    #expect(said.state.executed.count == 1)
    let locked = Stage(readOnly: true)
    #expect(
      await locked.run("recover", "auth-db", "--at", "latest", "--confirm", "auth-db") == .worst)
    #expect(locked.state.executed.isEmpty)
  }

  @Test func theOnlyOneNeedsNoIdAndOfSeveralOneIsNamed() async {
    let one = Stage([Self.cluster([Self.kept("abc")])], typed: "auth-db")
    #expect(await one.run("remove", "auth-db") == .good)
    #expect(one.state.executed.map(\.request) == [.remove(recovery: "abc")])
    let two = Stage([Self.cluster([Self.kept("abc"), Self.kept("def")])], typed: "auth-db")
    #expect(await two.run("remove", "auth-db") == .worst)
    #expect(two.state.diagnostics.contains("abc in /srv/abc, def in /srv/def"))
    #expect(await two.run("remove", "auth-db", "def") == .good)
    #expect(two.state.executed.map(\.request) == [.remove(recovery: "def")])
    #expect(await Stage(typed: "auth-db").run("remove", "auth-db") == .worst)
  }

  @Test func statusNamesItWithTheWayInAndOut() async {
    let stage = Stage([Self.cluster([Self.kept("abc")])])
    _ = await stage.run("status", "auth-db")
    let text = stage.state.answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("kept recovery to latest, made"), "\(text)")
    #expect(text.contains("psql -h /srv/abc/run") && text.contains("pgvigil remove auth-db abc"))
    _ = await stage.run("status", "auth-db", "--json")
    #expect(stage.state.answer.contains("\"kept_recoveries\""))
  }

  @Test func aStoppedServerIsTheCommandThatStartsItBeforeAllElse() async {
    var kept = Self.kept("abc")
    kept.isRunning = false
    kept.start = "runuser -u postgres -- /usr/bin/pg_ctl restart -w -D /srv/abc/data"
    let stage = Stage([Self.cluster([kept])])
    _ = await stage.run("status", "auth-db")
    let text = stage.state.answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("start it with: \(kept.start ?? ""); into it: psql"), "\(text)")
    #expect(text.contains("to give back from it: pgvigil plan recovery auth-db --at latest --to"))
    // One that nobody finished gives nothing back.
    kept.isUnfinished = true
    let half = Stage([Self.cluster([kept])])
    _ = await half.run("status", "auth-db")
    #expect(!half.state.answer.contains("to give back"))
  }

  @Test func aMarkerGoesWithANameAlone() async {
    let stage = Stage()
    #expect(await stage.run("drill", "auth-db", "--marker") == .good)
    #expect(stage.state.executed.map(\.request) == [.markerDrill])
    for words in [["--at", "latest"], ["--backup", "x"], ["--due"]] {
      #expect(await Stage().run(["drill", "auth-db", "--marker"] + words) == .worst)
    }
  }
}

import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct DemoTests {
  @Test func storyEndsProvenAndLeavesNothing() async {
    // Looked at after the start, before and after the backup, before and after the drill, and at the end.
    let gap = [Fixture.gapCluster()]
    let likely = [Fixture.cluster(verdict: .likely, drills: [])]
    let proven = [Fixture.cluster()]
    let stage = Stage(gap, later: [gap, likely, likely, proven, proven])
    #expect(await stage.run("demo", "--unattended", "--json") == .good)
    let answer = stage.state.answer
    for step in ["gap", "backup", "drill", "final"] {
      #expect(answer.contains("\"name\" : \"\(step)\""), "\(step)")
    }
    #expect(answer.contains("\"left_behind\" : [\n\n  ]"))
    #expect(stage.state.sandbox == ["up /tmp/fresh owned true", "down /tmp/fresh"])
    #expect(stage.state.diagnostics.contains("gap: NOT RECOVERABLE after"))
    #expect(stage.state.diagnostics.contains("final: PROVEN after"))
  }

  @Test func anUnprovenEndIsAFailure() async {
    let stage = Stage([Fixture.gapCluster()])
    #expect(await stage.run("demo", "--unattended") == .bad)
    #expect(stage.state.sandbox.last == "down /tmp/fresh")
  }

  @Test func aFailedStepStillTearsDown() async {
    let stage = Stage([Fixture.gapCluster()], outcome: .failed)
    #expect(await stage.run("demo", "--unattended", "--dir", "/tmp/d") == .bad)
    #expect(stage.state.sandbox == ["up /tmp/d owned true", "down /tmp/d"])
    #expect(stage.state.diagnostics.contains("pgvigil: backup: 20261122-115950F"))
  }

  @Test func theConsoleOpensOnTheSandbox() async {
    let stage = Stage()
    #expect(await stage.run("demo", "--dir", "/tmp/d") == .good)
    #expect(
      stage.state.console == [
        ConsoleRequest(fleet: FleetRequest(configuration: "/tmp/d/config.yaml"))
      ])
    #expect(stage.state.sandbox == ["up /tmp/d owned true", "down /tmp/d"])
  }

  @Test func whatStandsInASandboxesWayIsToldWithEachCommandOnALineOfItsOwn() async {
    let stage = Stage()
    #expect(await stage.run("sandbox", "down", "--dir", "/tmp/kept") != .good)
    #expect(
      stage.state.diagnostics.contains(
        "pgvigil: a recovery stays\n  pgvigil remove x 1\n  pgvigil sandbox down --dir y\n"),
      "\(stage.state.diagnostics)")
    #expect(await stage.run("sandbox", "down", "--dir", "/tmp/kept", "--force") == .good)
    #expect(stage.state.sandbox.last == "down /tmp/kept by force")
  }

  @Test func theConsoleIsTheDefault() async {
    let stage = Stage()
    #expect(await stage.run("--wallboard", "--theme", "light", "auth-db") == .good)
    #expect(
      stage.state.console == [
        ConsoleRequest(theme: "light", wallboard: true, cluster: "auth-db")
      ])
    // Its name is looked for in the fleet that the console then shows.
    #expect(stage.state.opened == 1 && stage.state.requests.isEmpty)
    #expect(await stage.run("statsu") == .worst)
    #expect(stage.state.diagnostics.contains("did you mean `pgvigil status`?"))
    // A command is one wherever it stands.
    #expect(await stage.run("--config", "x.yaml", "status") == .good)
    #expect(stage.state.requests.last?.configuration == "x.yaml")
  }
}

import FoundationEssentials
import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct OperationTests {
  @Test(
    "what a backup's expiry takes away is agreed to by who is there, and keeps no timer from it")
  func warned() async {
    let warning = "Expiry after it takes 1 backup (a). Still open is: DROP of a"
    for arguments in [["backup", "auth-db"], ["backup", "auth-db", "--no-wait"]] {
      let silent = Stage(warnings: [warning])
      #expect(await silent.run(arguments) == .worst)
      #expect(silent.state.executed.isEmpty && silent.state.detached.isEmpty)
      #expect(silent.state.diagnostics.contains("CAREFUL Expiry after it takes 1 backup (a)."))
      let typed = Stage(typed: "auth-db", warnings: [warning])
      #expect(await typed.run(arguments) == .good)
      #expect(typed.state.executed.count + typed.state.detached.count == 1)
    }
    let timer = Stage(hasTerminal: false, warnings: [warning])
    #expect(await timer.run("backup", "auth-db") == .good)
    #expect(timer.state.diagnostics.contains("careful: \(warning)\n"))
    let plan = Stage(warnings: [warning])
    #expect(await plan.run("plan", "backup", "auth-db") == .good)
    #expect(plan.state.answer.split(separator: "\n")[1].hasPrefix("  CAREFUL "))
  }

  @Test func backupWaitsAndReports() async {
    let stage = Stage()
    #expect(await stage.run("backup", "auth-db", "--kind", "differential") == .good)
    #expect(stage.state.executed.map(\.request) == [.backup(.differential)])
    #expect(stage.state.answer == "auth-db backup: done after 10s, 20261122-115950F\n")
    #expect(stage.state.diagnostics == "Take a full base backup of auth-db\n")
  }

  /// An operation's end makes the fleet ask anew: what is still under way must not be there at the exit.
  @Test func everyFleetIsClosedBeforeTheEnd() async {
    let stage = Stage(outcome: .failed)
    #expect(await stage.run("backup", "auth-db") == .bad)
    #expect(stage.state.closed == [1])
    #expect(await stage.run("backup", "no-such-cluster") == .worst)
    #expect(stage.state.closed == [1, 1])
  }

  @Test func failureIsOne() async {
    let stage = Stage(outcome: .failed)
    #expect(await stage.run("backup", "auth-db", "--json") == .bad)
    #expect(stage.state.answer.contains("\"outcome\" : \"failed\""))
  }

  @Test func aSignalCancelsAndStillWaits() async {
    let stage = Stage(signalled: true)
    #expect(await stage.run("drill", "auth-db") == .bad)
    #expect(stage.state.cancelled == ["auth-db"])
    #expect(stage.state.answer.hasPrefix("auth-db drill: cancelled"))
    #expect(stage.state.diagnostics.contains("cancelling; waiting until it has cleaned up\n"))
  }

  @Test func noWaitHandsTheIdOn() async {
    let stage = Stage()
    #expect(await stage.run("drill", "auth-db", "--no-wait", "--config", "c.yaml") == .good)
    #expect(stage.state.executed.isEmpty)
    #expect(
      stage.state.detached == [
        ["drill", "auth-db", "--config", "c.yaml", "--operation-id", "fresh00001"]
      ])
    #expect(stage.state.answer.hasPrefix("auth-db drill fresh00001 runs in the background"))
    #expect(stage.state.answer.contains("pgvigil drills auth-db"))
  }

  @Test func dueDrillsOnlyWhatIsDue() async {
    let stage = Stage(
      [Fixture.cluster(), Fixture.cluster(name: "shop-db")], due: ["shop-db"])
    #expect(await stage.run("drill", "--due") == .good)
    #expect(stage.state.executed.map(\.cluster) == ["shop-db"])
  }

  @Test(arguments: [["drill", "auth-db"], ["backup", "auth-db"]])
  func whatActsClearsDeadDrillsAwayFirst(arguments: [String]) async {
    let stage = Stage()
    #expect(await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage) == .good)
    #expect(stage.state.reaps == 1)
  }

  @Test func aPlaceThatCannotBeLookedAtIsNotClean() async {
    let denied = RecoveryError(.denied, "not allowed to list secrets")
    let stage = Stage(reaping: Reaping(failures: [.init(cluster: "auth-db", error: denied)]))
    #expect(await stage.run("reap") == .undecided)
    #expect(stage.state.answer.contains("NOT LOOKED AT"))
    #expect(stage.state.answer.contains("auth-db") && !stage.state.answer.contains("nothing was"))
    let json = Stage(reaping: Reaping(failures: [.init(cluster: "auth-db", error: denied)]))
    #expect(await json.run("reap", "--json") == .undecided)
    #expect(json.state.answer.contains("\"unavailable\""))
    let hidden = Stage([], finds: true, isComplete: false)
    #expect(await hidden.run("reap") == .undecided)
    #expect(!hidden.state.answer.contains("nothing was left behind"))
  }

  @Test func nothingDueIsDone() async {
    let stage = Stage()
    #expect(await stage.run("drill", "--due") == .good)
    #expect(stage.state.answer == "nothing is due\n")
  }

  @Test func planChangesNothing() async {
    let stage = Stage()
    #expect(await stage.run("plan", "backup", "auth-db") == .good)
    #expect(stage.state.executed.isEmpty && stage.state.reaps == 0)
    #expect(stage.state.purposes == [.showing])
    #expect(
      stage.state.answer == """
        Take a full base backup of auth-db
          1. Run pgbackrest backup.
          needs   met the repository answers: status ok
          note    It reads the whole data directory.
          takes   about 10s (8s to 14s)
        Nothing has been changed.

        """)
  }

  @Test func drillsAreListedNewestFirst() async {
    let stage = Stage(drills: [
      Fixture.drill("old", finished: Fixture.ago(86_400)),
      Fixture.drill("new", outcome: .failed, reason: "replay ended early"),
    ])
    #expect(await stage.run("drills") == .good)
    let lines = stage.state.answer.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[1].contains("failed") && lines[1].hasSuffix("replay ended early"))
    #expect(lines[2].contains("passed"))
  }

  @Test func progressIsOneShortLine() {
    var operation = RunningOperation(
      plan: OperationPlan(
        id: "d1", cluster: "auth-db", request: .drill(backup: nil), title: "", steps: []),
      startedAt: Fixture.date, drillState: .restoring)
    operation.fraction = 0.42
    operation.bytesDone = 1 << 30
    operation.bytesTotal = 2 << 30
    #expect(ProgressLine.text(operation) == "auth-db drill: restoring 42 % (1 GiB of 2 GiB)")
  }
}

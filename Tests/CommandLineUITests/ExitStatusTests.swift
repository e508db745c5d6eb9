import RecoveryModel
import RecoveryService
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct ExitStatusTests {
  @Test(arguments: [
    (Verdict.proven, Int32(0)), (.likely, 0), (.atRisk, 1), (.notRecoverable, 2), (.unknown, 3),
  ])
  func ofAVerdict(verdict: Verdict, status: Int32) {
    #expect(ExitStatus(verdict: verdict).rawValue == status)
  }

  @Test func ofSeveralVerdictsTheWorst() {
    #expect(ExitStatus(verdicts: [.proven, .unknown, .likely]) == .undecided)
    #expect(ExitStatus(verdicts: [.unknown, .atRisk]) == .bad)
    #expect(ExitStatus(verdicts: [.atRisk, .notRecoverable, .unknown]) == .worst)
    #expect(ExitStatus(verdicts: []) == .undecided)
  }

  @Test(arguments: [
    (OperationOutcome.Status.done, Int32(0)), (.failed, 1), (.cancelled, 1), (.refused, 2),
    (.couldNotRun, 3),
  ])
  func ofAnOutcome(outcome: OperationOutcome.Status, status: Int32) {
    #expect(ExitStatus(outcome: outcome).rawValue == status)
  }

  @Test func ofSeveralOutcomes() {
    #expect(ExitStatus(outcomes: [.done, .refused, .couldNotRun]) == .undecided)
    #expect(ExitStatus(outcomes: [.couldNotRun, .failed]) == .bad)
    #expect(ExitStatus(outcomes: []) == .good)
  }

  private static func couldNotRun(_ status: OperationOutcome.Status = .couldNotRun) -> any Error {
    DrillCouldNotRun(
      outcome: OperationOutcome(
        operation: "d1", cluster: "auth-db", kind: .drill, status: status,
        startedAt: Fixture.ago(1), finishedAt: Fixture.date, summary: "there is no base backup"))
  }

  @Test(arguments: [["drill", "auth-db"], ["drill", "--due"], ["drill", "auth-db", "--no-wait"]])
  func aDrillThatCannotBePlannedIsThree(arguments: [String]) async {
    let stage = Stage(due: ["auth-db"], planFailure: Self.couldNotRun())
    #expect(
      await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage) == .undecided)
    #expect(stage.state.answer.contains("could not run"))
    #expect(stage.state.purposes == [.running])
    #expect(stage.state.executed.isEmpty && stage.state.detached.isEmpty)
  }

  @Test(arguments: [["drill", "auth-db"], ["drill", "--due"], ["backup", "auth-db"]])
  func aBusyClusterIsTwo(arguments: [String]) async {
    let stage = Stage(due: ["auth-db"], planFailure: RecoveryError(.refused, "auth-db is busy"))
    #expect(await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage) == .worst)
  }

  @Test(arguments: [
    ["drill", "auth-db"], ["drill", "--due"], ["backup", "auth-db"], ["reap"],
    ["drill", "auth-db", "--no-wait"], ["backup", "auth-db", "--no-wait"],
  ])
  func readOnlyIsTwo(arguments: [String]) async {
    let stage = Stage(due: ["auth-db"], readOnly: true)
    #expect(await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage) == .worst)
    #expect(stage.state.diagnostics.contains("read_only"))
    #expect(stage.state.purposes.isEmpty && stage.state.reaps == 0)
  }

  @Test(arguments: [Int32(129), 130, 143])
  func aSignalledConsoleSaysSoLikeAShell(status: Int32) async {
    #expect(await Stage(consoleStatus: status).run("console").rawValue == status)
    #expect(ExitStatus.signal(15).rawValue == 143)
  }

  @Test(arguments: [
    ["sandbox", "status", "--no-such-option"], ["backup"], ["drill"],
    ["backup", "auth-db", "--kind", "half"],
    ["demo", "--json"], ["--interval", "0"], ["drills", "--limit", "0"], ["sandbox", "up"],
  ])
  func wrongUsageIsTwo(arguments: [String]) async {
    let stage = Stage()
    let status = await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage)
    #expect(status == .worst)
    #expect(stage.state.answer.isEmpty)
    #expect(stage.state.diagnostics.contains("Error: "))
  }

  @Test(arguments: [
    ["status", "--no-such-option"], ["status", "--interval"], ["--no-such-option", "status"],
    ["--no-such-option", "prod", "status", "--json"], ["status", "--", "a", "--json", "no-such"],
    ["status", "no-such-cluster"],
  ])
  func aCheckThatCannotJudgeIsUnknown(arguments: [String]) async {
    let stage = Stage()
    let status = await CommandLineTool.run(arguments: arguments, in: stage.contextForUsage)
    #expect(status == .undecided)
    #expect(!stage.state.diagnostics.isEmpty)
  }

  @Test(arguments: [RecoveryError.Code.invalid, .refused, .failed, .cancelled, .denied])
  func whateverKeepsACheckFromJudgingIsUnknown(code: RecoveryError.Code) {
    #expect(ExitStatus(error: code, convention: .monitoring) == .undecided)
  }

  @Test func aBrokenConfigurationIsUnknownToACheckAndTwoToAnAction() async {
    let broken = Stage(
      openFailure: ConfigurationError([
        ConfigurationProblem(file: "config.yaml", expected: "a list", found: "a word")
      ]))
    #expect(await broken.run("status") == .undecided)
    #expect(await broken.run("status", "--json") == .undecided)
    #expect(await broken.run("backup", "auth-db") == .worst)
  }

  @Test func helpIsAnAnswer() async {
    let stage = Stage()
    #expect(await stage.run("--help") == .good)
    #expect(
      stage.state.answer.hasPrefix(
        "OVERVIEW: If the primary vanished now, would we get it back?\n"))
    for command in ["status", "backup", "drill", "drills", "plan", "audit", "demo", "sandbox"] {
      #expect(stage.state.answer.contains("\n  \(command) "), "\(command)")
    }
    #expect(!stage.state.answer.contains("generate-manual"))
    #expect(stage.state.diagnostics.isEmpty)
  }

  @Test func versionIsAnAnswer() async {
    let stage = Stage()
    #expect(await stage.run("--version") == .good)
    #expect(stage.state.answer == Version.number + "\n")
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

/// The page with the plan of a recovery.
@Suite("Recovery plan")
struct RecoveryPlanTests {
  private static func press(_ text: String, in state: inout AppState) -> [Effect] {
    text.reduce(into: []) { effects, character in
      effects = update(&state, .keyPressed(.character(character)))
    }
  }

  private static func answered(_ commands: [String] = ["echo"]) -> AppState {
    var state = RecoveryCursorTests.state()
    _ = press("p", in: &state)
    FrameScenarios.answer(in: &state, commands: commands)
    return state
  }

  @Test func itIsOfTheMomentUnderTheCursor() {
    var state = RecoveryCursorTests.state()
    _ = Self.press("H", in: &state)
    let effects = Self.press("p", in: &state)
    let question = RecoveryQuestion(RecoveryCursorTests.time("10:59:00"))
    #expect(effects == [.planRecovery(question, cluster: "auth-db")])
    #expect(state.screen == .recovery && state.shownPlan?.plan == nil)
    FrameScenarios.answer(in: &state)
    #expect(state.shownPlan?.plan?.order.moment == question.moment)
    _ = Self.press("p", in: &state)
    #expect(state.screen == .detail(.window))
  }

  @Test func onTheIncidentPageItIsOfTheMomentThatIsAdvised() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.primaryGone, in: &state)
    _ = Self.press("i", in: &state)
    let advised = IncidentPage(Scene.primaryGone, acts: nil, now: state.now).advised
    let effects = Self.press("p", in: &state)
    #expect(
      effects == [.planRecovery(RecoveryQuestion(advised ?? .latest), cluster: "auth-db")])
    // Where the primary is lost nothing is to be gone back to.
    #expect(advised == .latest)
  }

  @Test func anAnswerThatNobodyWaitsForChangesNothing() {
    var state = Self.answered()
    let before = state.shownPlan
    _ = update(
      &state, .recoveryPlanFailed(cluster: "auth-db", RecoveryError(.failed, "late")))
    #expect(state.shownPlan == before)
    _ = update(&state, .recoveryPlanFailed(cluster: "other", RecoveryError(.failed, "late")))
    #expect(state.shownPlan == before)
  }

  @Test func itIsCopiedWhereItFitsIntoAClipboard() throws {
    var state = Self.answered()
    let text = try #require(state.shownPlan?.plan?.artefact.text)
    #expect(Self.press("y", in: &state) == [.copy(text)])
    let lines = text.split(separator: "\n")
    #expect(lines.contains("echo") && lines.contains("# pgbackrest --delta restore"))
    #expect(state.notices.last?.text.contains("clipboard") == true)
    FrameScenarios.press(.down, in: &state)
    #expect(state.notices == [])
    var long = Self.answered([String(repeating: "x", count: 80_000)])
    #expect(Self.press("y", in: &long) == [])
    #expect(long.notices.last?.text.contains("too long for a terminal's clipboard") == true)
  }

  @Test func itIsCarriedOutFromTheBaseThatWasShownOnceANameIsTyped() throws {
    var state = Self.answered()
    var question = try #require(state.shownPlan?.question)
    question.backup = try #require(state.shownPlan?.plan?.order.baseID)
    #expect(
      Self.press("E", in: &state) == [.plan(.recover(question), cluster: "auth-db")])
    var plan = OperationPlan(
      id: "op1", cluster: "auth-db", request: .recover(question), title: "Recover", steps: ["do"])
    plan.typedConfirmation = "auth-db"
    _ = update(&state, .planArrived(plan))
    FrameScenarios.read(in: &state)
    #expect(Self.press("y", in: &state) == [])
    _ = update(&state, .keyPressed(.control("u")))
    _ = Self.press("auth-db", in: &state)
    #expect(update(&state, .keyPressed(.enter)) == [.run(plan)])
  }

  @Test("a recovery's line says what is left of it as every face does; unfollowed, by its plan")
  func itsTimeIsTheForecasts() throws {
    let question = try #require(Self.answered().shownPlan?.question)
    var plan = OperationPlan(
      id: "op1", cluster: "auth-db", request: .recover(question), title: "Recover", steps: ["do"],
      expected: Estimate(expected: 30, low: 20, high: 60))
    let times = { (age: Double, recoveries: [RecoveryUnderWay]) in
      let operation = RunningOperation(plan: plan, startedAt: Fixture.ago(age))
      var cluster = Fixture.cluster(operation: operation)
      cluster.report.recoveries = recoveries
      var state = AppState(columns: 80, rows: 24, now: Fixture.date)
      FrameScenarios.show(cluster, in: &state)
      return state.progress(of: operation, in: "auth-db").times
    }
    #expect(times(10, []) == "10s, ~20s left")
    // Over its time by a third: as much as a fifth of it may still come, and not one second for half a minute.
    #expect(times(40, []) == "40s, ~8s left")
    #expect(times(61, []) == "1m, longer than expected")
    let recovery = RecoveryUnderWay(
      place: "/srv/restored", stage: .replaying, since: Fixture.ago(41),
      observedAt: Fixture.ago(1), replayedFrom: LSN(0), replayedTo: LSN(1000), aim: .lsn(LSN(5000)))
    #expect(times(42, [recovery]).hasPrefix("42s, ~2m"))
    // Another's, which began before it.
    #expect(times(40, [recovery]) == "40s, ~8s left")
    plan.request = .backup(.full)
    #expect(times(42, [recovery]) == "42s, ~8s left")
  }

  @Test func withoutAPlanThereIsNothingToCarryOut() {
    var state = RecoveryCursorTests.state()
    _ = Self.press("p", in: &state)
    #expect(Self.press("E", in: &state) == [])
    var watching = Self.answered()
    watching.readOnly = "--read-only"
    #expect(Self.press("E", in: &watching) == [])
  }

  @Test func theOldestThatStaysIsTheOneThatIsRemoved() {
    func kept(_ id: String, _ age: Double) -> KeptRecovery {
      KeptRecovery(
        id: id, place: "/srv/\(id)", moment: "latest", since: Fixture.ago(age), by: "alice",
        connect: "")
    }
    var cluster = Fixture.cluster()
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(cluster, in: &state)
    #expect(Self.press("D", in: &state) == [])
    #expect(Self.press("V", in: &state) == [])
    cluster.report.kept = [kept("new", 60), kept("old", 3600)]
    cluster.declaration.drill.marker = MarkerPlace(database: "app", table: "pgvigil.marker")
    var other = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(cluster, in: &other)
    #expect(
      Self.press("D", in: &other) == [.plan(.remove(recovery: "old"), cluster: "auth-db")])
    _ = update(&other, .keyPressed(.escape))
    #expect(Self.press("V", in: &other) == [.plan(.markerDrill, cluster: "auth-db")])
  }

  private static let kept = KeptRecovery(
    id: "kept1", place: "/srv/kept", moment: "latest", since: Fixture.ago(60), by: "alice",
    connect: "psql -h /srv/kept/run")

  private static func ended(_ kind: OperationKind, _ kept: KeptRecovery?) -> Message {
    var outcome = OperationOutcome(
      operation: "op1", cluster: "auth-db", kind: kind, status: .done, startedAt: Fixture.ago(9),
      finishedAt: Fixture.date, summary: "done")
    outcome.kept = kept
    return .operationEnded(outcome)
  }

  @Test func onceItIsCarriedOutThePageGoesOnFromWhatStays() throws {
    var state = Self.answered()
    var question = try #require(state.shownPlan?.question)
    question.place = "/srv/kept"
    #expect(
      update(&state, Self.ended(.recover, Self.kept))
        == [.planRecovery(question, cluster: "auth-db")])
    #expect(state.shownPlan?.plan == nil && state.shownPlan?.question == question)
    FrameScenarios.answer(in: &state, kept: Self.kept)
    // Not a second time; and what is removed is this one.
    #expect(Self.press("E", in: &state) == [])
    #expect(state.notices.last?.text.contains("recovered already") == true)
    var cluster = try #require(state.cluster)
    var other = Self.kept
    (other.id, other.since) = ("older", Fixture.ago(3600))
    cluster.report.kept = [other, Self.kept]
    FrameScenarios.show(cluster, in: &state)
    #expect(
      Self.press("D", in: &state) == [.plan(.remove(recovery: "kept1"), cluster: "auth-db")])
    _ = update(&state, .keyPressed(.escape))
    question.place = nil
    #expect(
      update(&state, Self.ended(.remove, nil)) == [.planRecovery(question, cluster: "auth-db")])
  }

  @Test func anotherMomentsRecoveryLeavesThePageAlone() {
    var state = Self.answered()
    var kept = Self.kept
    kept.moment = "before xid 7"
    #expect(update(&state, Self.ended(.recover, kept)) == [])
    #expect(update(&state, Self.ended(.remove, nil)) == [])
    #expect(state.shownPlan?.plan != nil)
  }

  @Test func aTableToGiveBackIsNamedByHandBeginningWithWhatWasFound() throws {
    var state = Self.answered()
    _ = Self.press("m", in: &state)
    #expect(state.prompt?.kind == .table && state.prompt?.text == "")
    _ = Self.press("app public.a, public.b", in: &state)
    let effects = update(&state, .keyPressed(.enter))
    let lost = ["public.a", "public.b"].compactMap { LostTable(database: "app", name: $0) }
    var question = RecoveryQuestion(.latest)
    question.lost = lost
    #expect(effects == [.planRecovery(question, cluster: "auth-db")])
    // What is named stands there to be changed.
    FrameScenarios.answer(in: &state)
    _ = Self.press("m", in: &state)
    #expect(state.prompt?.text == "app public.a, public.b")
    _ = update(&state, .keyPressed(.control("u")))
    _ = Self.press("app no;name", in: &state)
    #expect(update(&state, .keyPressed(.enter)) == [])
    #expect(state.shownPlan?.question == question)
  }

  @Test func aDatabaseThatIsNamedTwiceIsOneAndThePageGoesToWhatGivesBack() {
    var state = Self.answered()
    _ = Self.press("m", in: &state)
    _ = Self.press("app app public.a", in: &state)
    _ = update(&state, .keyPressed(.enter))
    #expect(state.shownPlan?.question.lost.map(\.name) == ["public.a"])
    FrameScenarios.answer(in: &state, commands: ["echo public.a"])
    #expect((state.lists[.recovery]?.offset ?? 0) > 0)
    _ = Self.press("m", in: &state)
    _ = update(&state, .keyPressed(.control("u")))
    _ = Self.press("app no;name", in: &state)
    #expect(update(&state, .keyPressed(.enter)) == [])
    #expect(
      state.notices.last?.text.contains("read \"no;name\" in the database \"app\"") == true)
  }

  @Test func aRecoveryThatRunsTellsHowFarItIs() {
    var state = Self.answered()
    var cluster = Scene.proven
    var operation = Fixture.operation()
    operation.plan.request = .recover(RecoveryQuestion(.latest))
    cluster.operation = operation
    FrameScenarios.show(cluster, in: &state)
    let text = FrameGolden.text(of: FrameGolden.frame(state))
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("A recovery is under way: ") && text.contains("40 %"))
    #expect(text.contains("o follows its log"))
  }

  @Test func itIsSavedUnderANameThatCanBeChanged() throws {
    var state = Self.answered()
    let text = try #require(state.shownPlan?.plan?.artefact.text)
    _ = Self.press("S", in: &state)
    #expect(state.prompt?.text == "auth-db-recovery.sh")
    _ = update(&state, .keyPressed(.control("u")))
    _ = Self.press("/root/plan.sh", in: &state)
    #expect(
      update(&state, .keyPressed(.enter)) == [.save(text, path: "/root/plan.sh")])
    _ = update(&state, .saveFailed(RecoveryError(.refused, "is there already")))
    #expect(state.notices.last?.text.contains("is there already") == true)
    _ = update(&state, .saved(path: "/root/plan.sh"))
    #expect(state.notices.last?.text == "saved to /root/plan.sh")
  }

  @Test func withoutAPlanThereIsNothingToCopy() {
    var state = RecoveryCursorTests.state()
    _ = Self.press("p", in: &state)
    #expect(Self.press("y", in: &state) == [] && Self.press("S", in: &state) == [])
    #expect(state.prompt == nil)
  }

  @Test func allOfItCanBeReadOnTheSmallestScreen() {
    var state = Self.answered([String(repeating: "z", count: 300)])
    var seen = ""
    for _ in 0..<40 {
      let frame = FrameGolden.frame(state)
      for y in 0..<frame.height { for x in 0..<frame.width { seen += frame[x, y].glyph.text } }
      FrameScenarios.press(.pageDown, in: &state)
    }
    #expect(seen.contains("NOT MET") && seen.contains("IN PLACE"))
    #expect(seen.filter { $0 == "z" }.count >= 300)
  }
}

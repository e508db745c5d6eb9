import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

/// Looking for what was destroyed, from the cursor to the cursor.
@Suite("Finder")
struct FinderTests {
  private static func found() -> AppState {
    var state = RecoveryCursorTests.state()
    FrameScenarios.press("F", in: &state)
    FrameScenarios.press(.enter, in: &state)
    _ = update(&state, .actsFound(cluster: "auth-db", FrameScenarios.acts()))
    return state
  }

  @Test func theQuestionIsAboutTheCursor() {
    var state = RecoveryCursorTests.state()
    FrameScenarios.press("F", in: &state)
    #expect(state.prompt?.text == "-1h")
    FrameScenarios.press(.escape, in: &state)
    FrameScenarios.press("@10:30Z", in: &state)
    FrameScenarios.press(.enter, in: &state)
    FrameScenarios.press("F", in: &state)
    #expect(state.prompt?.text == "2026-11-22T10:00:00Z to 2026-11-22T11:00:00Z")
    let effects = update(&state, .keyPressed(.enter))
    let order = ActSearchOrder(from: Fixture.ago(7200), to: Fixture.ago(3600))
    #expect(effects.contains(.findActs(order, cluster: "auth-db")))
    #expect(state.screen == .acts && state.finding?.isRunning == true)
  }

  @Test func enterPutsTheCursorJustBeforeIt() {
    var state = Self.found()
    #expect(state.screen == .acts)
    FrameScenarios.press(.down, in: &state)
    FrameScenarios.press(.enter, in: &state)
    #expect(state.screen == .detail(.window))
    #expect(state.recoveryMoment.text == "before 0/90000060")
    // And back to what was found.
    FrameScenarios.press("F", in: &state)
    #expect(state.screen == .acts && state.prompt == nil)
  }

  @Test func thePlanIsOfTheMomentBeforeTheActUnderTheCursor() {
    var state = Self.found()
    FrameScenarios.press(.down, in: &state)
    let effects = update(&state, .keyPressed(.character("p")))
    guard case .planRecovery(let question, "auth-db")? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(question.moment.text == "before 0/90000060" && state.screen == .recovery)
  }

  @Test func thePageForAnIncidentHasIt() {
    var state = Self.found()
    FrameScenarios.press("i", in: &state)
    let shown = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(shown.contains("before 0/9A000060, DELETE of 52000 rows"))
  }

  @Test func onThePageForAnIncidentItIsAskedAnew() {
    var state = Self.found()
    FrameScenarios.press("iF", in: &state)
    #expect(state.screen == .acts && state.prompt?.kind == .stretch)
    // The same stretch, up to now.
    #expect(state.prompt?.text == "2026-11-22T11:00:00Z")
    let effects = update(&state, .keyPressed(.enter))
    guard case .findActs(let order, _)? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(order.isOpen && order.from == Fixture.ago(3600))
    // While it is read, nothing is asked for again.
    FrameScenarios.press("iF", in: &state)
    #expect(state.screen == .acts && state.prompt == nil)
  }

  @Test func anotherClustersSearchIsNotShown() {
    var state = Self.found()
    var other = Scene.proven
    other.declaration.name = "billing"
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven, other])))
    FrameScenarios.press("]", in: &state)
    #expect(state.finding == nil && state.selectedCluster == "billing")
  }

  @Test func aStretchThatIsNoneIsSaid() {
    var state = RecoveryCursorTests.state()
    for text in ["0/90", "10:00 to 9:00", "sometime"] {
      FrameScenarios.press("F", in: &state)
      _ = update(&state, .keyPressed(.control("u")))
      FrameScenarios.press(text, in: &state)
      #expect(update(&state, .keyPressed(.enter)).isEmpty, "\(text)")
      #expect(state.notices.last?.role == .warning)
    }
  }

  @Test func aSearchThatFailsSaysWhy() {
    var state = RecoveryCursorTests.state()
    FrameScenarios.press("F", in: &state)
    FrameScenarios.press(.enter, in: &state)
    let error = RecoveryError(.refused, "no store of this cluster is read", remedy: "name it")
    _ = update(&state, .actSearchFailed(cluster: "auth-db", error))
    #expect(FrameGolden.text(of: FrameGolden.frame(state)).contains("no store of this cluster"))
    // It can be asked again.
    FrameScenarios.press("F", in: &state)
    #expect(state.prompt?.kind == .stretch)
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

@Suite("Clearing and choosing")
struct ClearingTests {
  private func asking() -> AppState {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(FleetScene.blocked, in: &state)
    #expect(
      update(&state, .keyPressed(.character("X")))
        == [.plan(.clear(backup: "pg-main-0711"), cluster: "prod/pg-main")])
    _ = update(&state, .planArrived(FleetScene.clearing))
    FrameScenarios.read(in: &state)
    return state
  }

  /// What has been typed into the dialog that asks about the clearing; nil = it is not open.
  private func typed(_ state: AppState) -> String? {
    guard case .confirm(let confirmation) = state.dialog,
      confirmation.plan == FleetScene.clearing
    else { return nil }
    return confirmation.typed
  }

  private func press(_ key: Key, _ state: inout AppState) -> [Effect] {
    update(&state, .keyPressed(key))
  }

  @Test("exactly the demanded name and Enter runs the plan")
  func typed() {
    var state = asking()
    for key in "prod/pg-main" { #expect(press(.character(key), &state) == []) }
    #expect(press(.enter, &state) == [.run(FleetScene.clearing)])
    #expect(state.dialog == nil)
  }

  @Test(
    "nothing else agrees",
    arguments: ["", "y", "Y", "prod/pg-mai", "prod/pg-main ", "PROD/pg-main", "pg-main", "yes"])
  func mistyped(_ text: String) {
    var state = asking()
    for key in text { #expect(press(.character(key), &state) == []) }
    #expect(press(.tab, &state) == [])
    #expect(press(.enter, &state) == [])
    #expect(typed(state) == text)
    #expect(state.notices.last?.role == .warning)
    #expect(press(.escape, &state) == [])
    #expect(state.dialog == nil)
  }

  @Test("backspace and ^U take letters back; n and q are letters here")
  func editing() {
    var state = asking()
    for key in "nq" { _ = press(.character(key), &state) }
    _ = press(.backspace, &state)
    #expect(typed(state) == "n")
    _ = press(.control("u"), &state)
    #expect(typed(state) == "")
  }

  @Test("what it asks about stays, whatever arrives meanwhile")
  func frozen() {
    var state = asking()
    for key in "prod/pg" { _ = press(.character(key), &state) }
    FrameScenarios.show(FleetScene.fleet(5, generation: 2), in: &state)
    for key in "-main" { _ = press(.character(key), &state) }
    #expect(press(.enter, &state) == [.run(FleetScene.clearing)])
  }

  @Test("without a stuck backup there is nothing to clear")
  func unavailable() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Fixture.cloudNativePGCluster(), in: &state)
    #expect(press(.character("X"), &state) == [])
    #expect(state.notices.last?.text == "Clear a stuck backup: no stuck backup is known")
  }

  @Test("B asks only where there is a choice, and offers what the engine can do")
  func kinds() {
    var one = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Fixture.cloudNativePGCluster(), in: &one)
    #expect(press(.character("B"), &one) == [.plan(.backup(.full), cluster: "prod/pg-main")])
    var two = AppState(columns: 80, rows: 24, now: Fixture.date)
    var cluster = Fixture.cloudNativePGCluster()
    cluster.report.backupKinds = [.full, .incremental]
    FrameScenarios.show(cluster, in: &two)
    _ = press(.character("B"), &two)
    #expect(
      two.dialog
        == .chooseBackup(cluster: "prod/pg-main", kinds: [.full, .incremental], choice: 0))
    #expect(press(.character("d"), &two) == [])
    #expect(press(.character("i"), &two) == [.plan(.backup(.incremental), cluster: "prod/pg-main")])
  }

  @Test("n opens the notices, and says when there is none")
  func notices() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(FleetScene.noticed(4), in: &state)
    _ = press(.character("n"), &state)
    #expect(state.screen == .notices)
    _ = press(.character("n"), &state)
    #expect(state.screen == .board)
    FrameScenarios.show(FleetScene.fleet(4, generation: 2), in: &state)
    _ = press(.character("n"), &state)
    #expect(state.screen == .board)
    #expect(state.notices.last?.text == "Notices: there is none")
  }
}

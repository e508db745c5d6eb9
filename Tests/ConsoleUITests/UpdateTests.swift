import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@Suite("Update")
struct UpdateTests {
  private func state(_ cluster: ClusterSnapshot = Scene.proven) -> AppState {
    var state = AppState(
      columns: 80, rows: 24, now: Fixture.date, themes: ["dark", "light", "monochrome"])
    FrameScenarios.show(cluster, in: &state)
    return state
  }

  private func press(_ key: Key, _ state: inout AppState) -> [Effect] {
    update(&state, .keyPressed(key))
  }

  @Test("an older generation is dropped")
  func olderGeneration() {
    var state = state()
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 7)))
    let before = state
    let effects = update(
      &state, .snapshotArrived(Fixture.fleet([Fixture.gapCluster()], generation: 6)))
    #expect(effects == [])
    #expect(state == before)
  }

  @Test("the same picture twice changes nothing")
  func doubleRefresh() {
    var state = state()
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 2)))
    let before = state
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 2)))
    #expect(state == before)
  }

  @Test("failure, then recovery: the verdict's change is told both times")
  func failureThenRecovery() {
    var state = state()
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.unreachable], generation: 2)))
    #expect(state.notices.last?.text == "auth-db: PROVEN → UNKNOWN")
    #expect(state.notices.last?.role == .unknown)
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 3)))
    #expect(state.notices.last?.text == "auth-db: UNKNOWN → PROVEN")
    #expect(state.notices.last?.role == .good)
  }

  @Test("the end of help is what stands below its last key, and help opens at its beginning")
  func endOfHelp() {
    var state = state()
    _ = press(.character("?"), &state)
    _ = press(.character("G"), &state)
    #expect(FrameGolden.text(of: FrameGolden.frame(state)).contains("no moment is left"))
    _ = press(.character("q"), &state)
    _ = press(.character("?"), &state)
    #expect(state.list == ListState())
  }

  @Test("beside PROVEN stands what it means, not a remark that changes nothing")
  func provenInOneLine() {
    var cluster = Scene.proven
    cluster.findings = [
      Fixture.finding("a.remark", severity: .info, headline: "a remark", ceiling: .proven)
    ]
    var state = state(cluster)
    _ = press(.enter, &state)
    let top = FrameGolden.text(of: FrameGolden.frame(state)).split(separator: "\n")[1]
    #expect(top.contains("PROVEN  if lost now: back in about"))
    #expect(!top.contains("a remark"))
  }

  @Test("several clusters open the board, a named one its dashboard")
  func firstScreen() {
    var board = AppState(columns: 80, rows: 24, now: Fixture.date)
    _ = update(&board, .snapshotArrived(Scene.fleet))
    #expect(board.screen == .board)
    #expect(board.selectedCluster == "shop")
    var named = AppState(columns: 80, rows: 24, now: Fixture.date, cluster: "billing")
    _ = update(&named, .snapshotArrived(Scene.fleet))
    #expect(named.screen == .dashboard)
    #expect(named.selectedCluster == "billing")
  }

  @Test("a cluster that is gone leaves the selection to the worst one")
  func clusterGone() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date, cluster: "billing")
    _ = update(&state, .snapshotArrived(Scene.fleet))
    _ = press(.enter, &state)
    var rest = Scene.fleet
    rest.generation = 2
    rest.clusters.removeAll { $0.id == "billing" }
    _ = update(&state, .snapshotArrived(rest))
    #expect(state.selectedCluster == "shop")
    #expect(state.screen == .board)
    #expect(state.trail == [])
  }

  @Test("b asks for a plan, y runs exactly that plan")
  func backup() {
    var state = state()
    #expect(press(.character("b"), &state) == [.plan(.backup(.full), cluster: "auth-db")])
    let plan = Fixture.plan()
    #expect(update(&state, .planArrived(plan)) == [])
    #expect(state.dialog == .confirm(Confirmation(plan: plan)))
    FrameScenarios.read(in: &state)
    #expect(press(.character("y"), &state) == [.run(plan)])
    #expect(state.dialog == nil)
  }

  @Test("Enter alone is a no; Tab and Enter is a yes", arguments: [false, true])
  func defaultIsNo(_ turned: Bool) {
    var state = state()
    _ = press(.character("b"), &state)
    _ = update(&state, .planArrived(Fixture.plan()))
    FrameScenarios.read(in: &state)
    if turned { _ = press(.tab, &state) }
    #expect(press(.enter, &state) == (turned ? [.run(Fixture.plan())] : []))
    #expect(state.dialog == nil)
  }

  @Test(
    "a plan with an unmet requirement cannot be agreed to", arguments: [Key.character("y"), .enter])
  func unmetRequirement(_ key: Key) {
    var state = state()
    _ = press(.character("v"), &state)
    _ = update(&state, .planArrived(Scene.unmetPlan))
    FrameScenarios.read(in: &state)
    _ = press(.tab, &state)
    #expect(press(key, &state) == [])
  }

  @Test("a plan that nobody waits for any more is dropped")
  func forgottenPlan() {
    var state = state()
    _ = press(.character("b"), &state)
    _ = press(.escape, &state)
    #expect(update(&state, .planArrived(Fixture.plan())) == [])
    #expect(state.dialog == nil)
    _ = press(.character("v"), &state)
    _ = update(&state, .planArrived(Fixture.plan(.backup(.full))))
    #expect(state.dialog == .planning(.drill(backup: nil), cluster: "auth-db", since: Fixture.date))
  }

  @Test("a plan that could not be made says why")
  func planFailed() {
    var state = state()
    _ = press(.character("b"), &state)
    let error = RecoveryError(.refused, "the repository is locked", remedy: "wait")
    _ = update(&state, .planFailed(cluster: "auth-db", error))
    #expect(state.dialog == .refused(.backup(.full), cluster: "auth-db", error))
  }

  @Test("the selection is frozen while a dialog asks")
  func frozenSelection() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date, cluster: "auth-db")
    _ = update(&state, .snapshotArrived(Scene.fleet))
    _ = press(.character("v"), &state)
    _ = update(&state, .planArrived(Scene.drillPlan))
    FrameScenarios.read(in: &state)
    _ = press(.character("]"), &state)
    #expect(state.selectedCluster == "auth-db")
    #expect(press(.character("y"), &state) == [.run(Scene.drillPlan)])
  }

  @Test("an operation that started meanwhile turns the yes down")
  func startedMeanwhile() {
    var state = state()
    _ = press(.character("v"), &state)
    _ = update(&state, .planArrived(Scene.drillPlan))
    FrameScenarios.read(in: &state)
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.drilling], generation: 2)))
    #expect(press(.character("y"), &state) == [])
    #expect(state.notices.last?.role == .warning)
  }

  @Test("keys that act say why they cannot", arguments: ["b", "B", "v", "x"])
  func readOnly(_ key: String) {
    var state = state()
    state.readOnly = "by configuration"
    #expect(press(.character(Character(key)), &state) == [])
    #expect(state.dialog == nil)
    #expect(state.notices.last?.text.hasSuffix("read-only (by configuration)") == true)
  }

  @Test("one operation at a time, and x cancels it after asking")
  func cancel() {
    var state = state(Scene.drilling)
    #expect(press(.character("b"), &state) == [])
    #expect(
      state.notices.last?.text
        == "Take a base backup: verify drill is running since 8s; x cancels it")
    #expect(press(.character("x"), &state) == [])
    #expect(press(.character("y"), &state) == [.cancelOperation(cluster: "auth-db")])
  }

  @Test("a drill needs a base backup")
  func drillWithoutBackup() {
    var state = state(Fixture.gapCluster())
    #expect(press(.character("v"), &state) == [])
    #expect(state.notices.last?.text.contains("no base backup") == true)
  }

  @Test("q quits, but asks while an operation runs here")
  func quit() {
    var idle = state()
    #expect(press(.character("q"), &idle) == [.quit])
    var busy = state(Scene.drilling)
    #expect(press(.character("q"), &busy) == [])
    #expect(press(.character("y"), &busy) == [.quit])
  }

  @Test("notices expire by the clock, also when it jumps back")
  func expiry() {
    var state = state()
    _ = press(.character("z"), &state)
    #expect(state.paused && state.notices.count == 1)
    _ = update(&state, .ticked(Fixture.ago(86_400)))
    _ = update(&state, .ticked(Fixture.ago(86_400 - 7)))
    #expect(state.notices == [])
  }

  @Test("view keys change the view and say so outside")
  func viewKeys() {
    var state = state()
    #expect(press(.character("+"), &state) == [.setInterval(seconds: 3)])
    #expect(press(.character("-"), &state) == [.setInterval(seconds: 2)])
    #expect(press(.character("z"), &state) == [.setPaused(true)])
    #expect(press(.character("z"), &state) == [.setPaused(false)])
    #expect(press(.character("t"), &state) == [.selectTheme("light")])
    #expect(press(.character("r"), &state) == [.refresh])
    #expect(press(.character("R"), &state) == [.redraw])
    #expect(press(.control("z"), &state) == [.suspend])
  }

  @Test("choosing a theme shows it at once; Esc goes back to the one before")
  func themes() {
    var state = state()
    _ = press(.character("T"), &state)
    #expect(press(.down, &state) == [.selectTheme("light")])
    #expect(press(.escape, &state) == [.selectTheme("dark")])
    #expect(state.theme == "dark")
  }

  @Test("the palette completes, runs and guesses")
  func palette() {
    var state = state()
    for key in ":backup d" { _ = press(.character(key), &state) }
    _ = press(.tab, &state)
    #expect(state.prompt?.text == "backup differential")
    #expect(press(.enter, &state) == [.plan(.backup(.differential), cluster: "auth-db")])
    state.dialog = nil
    for key in ":dirll" { _ = press(.character(key), &state) }
    #expect(press(.enter, &state) == [])
    #expect(state.notices.last?.text == "no command \"dirll\"; did you mean \"drill\"?")
  }

  @Test("a filter narrows the rows, ! inverts it, Esc restores it")
  func filter() {
    var state = state()
    for key in "33/1120" { _ = press(.character(key), &state) }
    _ = press(.enter, &state)
    _ = press(.enter, &state)
    #expect(state.screen == .item(.backups, "20261120-030000F"))
    _ = press(.escape, &state)
    #expect(state.list.filter == "1120")
    _ = press(.escape, &state)
    #expect(state.list.filter.isEmpty && state.screen == .detail(.backups))
  }

  @Test("the cursor stays inside what there is")
  func cursor() {
    var state = state()
    for key in "33" { _ = press(.character(key), &state) }
    _ = press(.character("G"), &state)
    #expect(state.list.cursor == 5)
    _ = press(.down, &state)
    #expect(state.list.cursor == 5)
    _ = update(&state, .snapshotArrived(Fixture.fleet([Fixture.gapCluster()], generation: 2)))
    #expect(state.list.cursor == 0)
  }

  @Test("hjkl and Tab walk the grid of panels")
  func focus() {
    var state = state()
    for key in "ljjhk" { _ = press(.character(key), &state) }
    #expect(state.focus == .backups)
    _ = press(.tab, &state)
    #expect(state.focus == .window)
    _ = press(.character("6"), &state)
    #expect(state.focus == .projection && state.screen == .dashboard)
    _ = press(.character("6"), &state)
    #expect(state.screen == .detail(.projection))
    _ = press(.character("2"), &state)
    #expect(state.screen == .detail(.archive))
    _ = press(.escape, &state)
    #expect(state.screen == .dashboard)
  }

  @Test("the wallboard cycles by the clock and any key leaves it")
  func wallboard() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    _ = update(&state, .snapshotArrived(Scene.fleet))
    _ = press(.character("w"), &state)
    let first = FrameGolden.frame(state)
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(9)))
    #expect(FrameGolden.frame(state) == first)
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(10)))
    #expect(FrameGolden.frame(state) != first)
    #expect(press(.character("b"), &state) == [])
    #expect(state.screen == .board)
  }

  @Test("started as a wallboard, only q does anything")
  func rootWallboard() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date, wallboard: true)
    _ = update(&state, .snapshotArrived(Scene.fleet))
    #expect(press(.character("b"), &state) == [])
    #expect(state.screen == .wallboard)
    #expect(press(.character("q"), &state) == [.quit])
  }

  @Test("nothing changes on the screen from one second to the next while all is quiet")
  func quietSecond() {
    var state = state()
    let before = FrameGolden.frame(state)
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(1)))
    #expect(FrameGolden.frame(state) == before)
  }
}

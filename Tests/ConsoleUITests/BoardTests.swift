import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@Suite("Board")
struct BoardTests {
  private func state(
    _ fleet: FleetSnapshot = FleetScene.fleet(40), columns: Int = 80, rows: Int = 24
  ) -> AppState {
    var state = AppState(columns: columns, rows: rows, now: Fixture.date)
    FrameScenarios.show(fleet, in: &state)
    return state
  }

  private func press(_ key: Key, _ state: inout AppState) -> [Effect] {
    update(&state, .keyPressed(key))
  }

  private func lines(_ state: AppState) -> [String] {
    FrameGolden.text(of: FrameGolden.frame(state)).split(
      separator: "\n", omittingEmptySubsequences: false
    ).prefix(state.rows).map(String.init)
  }

  /// The clusters on the screen, from above.
  private func names(_ state: AppState) -> [String] {
    lines(state).compactMap { line in
      line.split(separator: " ").first { $0.contains("pg-1") }.map { "pg-1" + $0.suffix(3) }
    }
  }

  @Test func aWindowThatMakesNoSenseIsUnknown() {
    let finding = Fixture.finding("window.senseless", severity: .warning, ceiling: .unknown)
    let cluster = Fixture.cluster(verdict: .unknown, findings: [finding], window: nil)
    let shown = lines(state(Fixture.fleet([cluster]))).joined(separator: "\n")
    #expect(shown.contains("its times make no sense"), "\(shown)")
  }

  @Test("the worst are on top: by verdict, then by severity, then by name")
  func order() {
    var fleet = FleetScene.fleet(6)
    fleet.clusters[5].verdict = .atRisk
    fleet.clusters[5].findings = [
      Fixture.finding(severity: .warning, ceiling: .atRisk)
    ]
    #expect(
      names(state(fleet)).prefix(6)
        == ["pg-1000", "pg-1001", "pg-1005", "pg-1002", "pg-1003", "pg-1004"])
  }

  @Test("the cursor stays on its cluster when rows move, and keys act on that one")
  func cursorStays() {
    var state = state()
    for key in "jj" { _ = press(.character(key), &state) }
    let chosen = state.selectedCluster
    var next = FleetScene.fleet(40, generation: 2)
    for index in next.clusters.indices where index % 10 > 4 {
      next.clusters[index].verdict = .notRecoverable
      next.clusters[index].findings = [Fixture.finding()]
    }
    FrameScenarios.show(next, in: &state)
    #expect(state.selectedCluster == chosen)
    #expect(state.list.cursor > 2)
    let row = FrameGolden.text(of: FrameGolden.frame(state)).split(separator: "\n")
      .first { $0.hasPrefix("S") }
    #expect(row != nil)
    #expect(press(.character("b"), &state) == [.plan(.backup(.full), cluster: chosen ?? "")])
  }

  @Test("a cluster that is gone leaves the cursor where it was")
  func chosenIsGone() {
    var state = state()
    for key in "jj" { _ = press(.character(key), &state) }
    let cursor = state.list.cursor
    var next = FleetScene.fleet(40, generation: 2)
    next.clusters.removeAll { $0.id == state.selectedCluster }
    FrameScenarios.show(next, in: &state)
    #expect(state.list.cursor == cursor)
    #expect(next.clusters.contains { $0.id == state.selectedCluster })
  }

  @Test("Enter opens the cluster's panels, Esc leads back to its row, and both are told outside")
  func enterAndBack() {
    var state = state()
    _ = press(.down, &state)
    let chosen = state.selectedCluster
    #expect(press(.enter, &state) == [.attend(cluster: chosen)])
    #expect(state.screen == .dashboard)
    #expect(press(.character("?"), &state) == [])
    #expect(press(.escape, &state) == [])
    let next = press(.character("]"), &state)
    #expect(next == [.attend(cluster: state.selectedCluster)])
    #expect(state.selectedCluster != chosen)
    let left = state.selectedCluster
    #expect(press(.escape, &state) == [.attend(cluster: nil)])
    #expect(state.screen == .board)
    #expect(state.selectedCluster == left && state.list.cursor == 2)
  }

  @Test("s sorts by each figure in turn, the worst first, then the unknown")
  func sorting() {
    var state = state(FleetScene.fleet(10))
    #expect(state.boardOrder == .worst)
    _ = press(.character("s"), &state)
    #expect(state.boardOrder == .name)
    #expect(names(state).first == "pg-1006")
    _ = press(.character("s"), &state)
    #expect(state.boardOrder == .rpo)
    // Of one everything would be lost, of the next nobody can tell.
    #expect(names(state).prefix(3) == ["pg-1000", "pg-1002", "pg-1001"])
    for key in ":sort proof" { _ = press(.character(key), &state) }
    _ = press(.enter, &state)
    #expect(state.boardOrder == .proof)
    #expect(names(state).first == "pg-1000")
    _ = press(.character("s"), &state)
    #expect(state.boardOrder == .worst)
  }

  @Test("a filter looks at name, namespace, context, verdict and why, and shows the count")
  func filter() {
    for (text, count) in [
      ("pg-1013", 1), ("staging/", 13), ("warehouse", 9), ("unknown", 4), ("archiving has", 4),
      ("rolling", 4), ("!likely", 32),
    ] {
      var state = state()
      for key in "/" + text { _ = press(.character(key), &state) }
      _ = press(.enter, &state)
      #expect(lines(state)[2].contains("\(count) of 40 match \(text)"), "\(text)")
    }
  }

  @Test("Esc takes the filter away and keeps the cursor on its cluster")
  func filterEnds() {
    var state = state()
    for key in "/unknown" { _ = press(.character(key), &state) }
    _ = press(.enter, &state)
    _ = press(.down, &state)
    let chosen = state.selectedCluster
    _ = press(.escape, &state)
    #expect(state.list.filter.isEmpty)
    #expect(state.selectedCluster == chosen)
    for key in "/nosuch" { _ = press(.character(key), &state) }
    #expect(lines(state).contains { $0.contains("nothing matches \"nosuch\"") })
    _ = press(.enter, &state)
    #expect(press(.character("b"), &state) == [])
    #expect(state.notices.last?.text.hasSuffix("no cluster is chosen") == true)
  }

  @Test("groups carry their counts, fold by Enter, and nothing can be started on a heading")
  func groups() {
    var state = state()
    _ = press(.character("c"), &state)
    #expect(state.boardGrouping == .context)
    #expect(lines(state).contains { $0.hasPrefix("- prod-eu  14 clusters") })
    _ = press(.character("g"), &state)
    #expect(state.selectedCluster == nil)
    #expect(press(.character("v"), &state) == [])
    #expect(state.notices.last?.text == "Run a verify drill: no cluster is chosen")
    _ = press(.enter, &state)
    #expect(state.foldedGroups == ["prod-eu"])
    #expect(lines(state)[4].hasPrefix("+ prod-eu"))
    #expect(lines(state)[5].hasPrefix("- prod-us"))
    FrameScenarios.show(FleetScene.fleet(40, generation: 2), in: &state)
    #expect(state.selectedCluster == nil && state.list.cursor == 0)
    _ = press(.character("C"), &state)
    #expect(state.foldedGroups.isEmpty)
    _ = press(.character("c"), &state)
    #expect(lines(state).contains { $0.hasPrefix("- prod-eu/auth") })
    _ = press(.character("c"), &state)
    #expect(state.boardGrouping == .none)
  }

  @Test("PgDn, PgUp, Home and End move by pages and to the ends")
  func paging() {
    var state = state(FleetScene.fleet(1000))
    _ = press(.end, &state)
    #expect(state.list.cursor == 999)
    #expect(lines(state)[19].contains(state.selectedCluster?.suffix(7) ?? "?"))
    _ = press(.pageUp, &state)
    #expect(state.list.cursor < 999 && state.list.cursor > 980)
    _ = press(.home, &state)
    _ = press(.pageDown, &state)
    #expect(state.list.cursor > 8 && state.list.cursor < 24)
  }

  @Test("a picture that grows old turns its row UNKNOWN and moves it")
  func goesStale() {
    var fleet = FleetScene.fleet(10)
    fleet.clusters[0].takenAt = Fixture.ago(10)
    var state = state(fleet)
    #expect(lines(state)[1].contains("1 NOT RECOVERABLE"))
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(6)))
    #expect(lines(state)[1].contains("0 NOT RECOVERABLE"))
    #expect(lines(state)[1].contains("2 UNKNOWN"))
    #expect(names(state).first == "pg-1001")
  }

  @Test("many changes at once are told in one line")
  func manyChanges() {
    var state = state()
    var next = FleetScene.fleet(40, generation: 2)
    for index in next.clusters.indices { next.clusters[index].verdict = .unknown }
    FrameScenarios.show(next, in: &state)
    #expect(state.notices.map(\.text) == ["36 verdicts changed, 28 for the worse"])
  }

  @Test("while clusters are being found the board waits for them; a key settles what is open")
  func discovery() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    var fleet = FleetScene.fleet(1)
    fleet.isComplete = false
    FrameScenarios.show(fleet, in: &state)
    #expect(state.screen == .board)
    #expect(lines(state)[0].contains("looking for more"))
    fleet.isComplete = true
    fleet.generation = 2
    FrameScenarios.show(fleet, in: &state)
    #expect(state.screen == .dashboard)
    FrameScenarios.show(FleetScene.fleet(3, generation: 3), in: &state)
    #expect(state.screen == .dashboard)
    _ = press(.escape, &state)
    #expect(state.screen == .board)
  }

  @Test("a cluster asked for by name is waited for, also by the end of its name")
  func namedCluster() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date, cluster: "pg-1002")
    var fleet = FleetScene.fleet(2)
    fleet.isComplete = false
    FrameScenarios.show(fleet, in: &state)
    #expect(state.screen == .dashboard)
    #expect(lines(state).contains { $0.contains("Looking for the cluster pg-1002") })
    #expect(
      update(&state, .snapshotArrived(FleetScene.fleet(5, generation: 2)))
        == [.attend(cluster: "staging/shop/pg-1002")])
    #expect(state.selectedCluster == "staging/shop/pg-1002")
    #expect(state.screen == .dashboard)
  }

  @Test("a click chooses a row, a second one opens it")
  func clicks() {
    var state = state()
    _ = update(&state, .mouseClicked(x: 5, y: 6))
    #expect(state.list.cursor == 2)
    let chosen = state.selectedCluster
    _ = update(&state, .mouseClicked(x: 5, y: 6))
    #expect(state.screen == .dashboard && state.selectedCluster == chosen)
  }
}

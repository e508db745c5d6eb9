import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

/// A cluster that is deleted while it is on the screen.
@Suite("Departures") struct DepartureTests {
  private static let name = "prod-eu/shop/pg-1000"

  private func state() -> AppState {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(FleetScene.fleet(6), in: &state)
    return state
  }

  private func delete(_ state: inout AppState, told: Bool = true) {
    var next = FleetScene.fleet(6, generation: 2)
    next.clusters.removeAll { $0.id == Self.name }
    if told { next.departures = [Departure(name: Self.name, at: Fixture.ago(3))] }
    FrameScenarios.show(next, in: &state)
  }

  private func text(_ state: AppState) -> String {
    FrameGolden.text(of: FrameGolden.frame(state))
  }

  @Test func theBoardLosesTheRowAndSaysWhen() {
    var state = state()
    delete(&state)
    #expect(state.screen == .board)
    #expect(state.fleet?.clusters.count == 5)
    #expect(state.notices.last?.text == "\(Self.name) was deleted at 2026-11-22 11:59:57 UTC")
    #expect(state.notices.last?.role == .warning)
    // Said once.
    let said = state.notices.count
    FrameScenarios.show(
      {
        var fleet = state.fleet ?? FleetScene.fleet(5)
        fleet.generation = 3
        return fleet
      }(), in: &state)
    #expect(state.notices.count == said)
  }

  @Test(arguments: [[], [Key.character("f")], [.character("3"), .character("3")]])
  func aScreenThatIsOpenOnItSaysSoAndLeadsBack(keys: [Key]) {
    var state = state()
    _ = update(&state, .keyPressed(.enter))
    #expect(state.selectedCluster == Self.name && state.screen == .dashboard)
    for key in keys { _ = update(&state, .keyPressed(key)) }
    delete(&state)
    #expect(state.screen == .departed(Self.name))
    #expect(text(state).contains("\(Self.name) was deleted at 2026-11-22 11:59:57 UTC."))
    #expect(text(state).contains("Esc or Enter leads back to the clusters."))
    // No key acts on another cluster from here, whatever pictures come.
    var later = state.fleet ?? FleetScene.fleet(5)
    later.generation = 3
    FrameScenarios.show(later, in: &state)
    #expect(state.selectedCluster == nil)
    #expect(update(&state, .keyPressed(.character("b"))) == [])
    #expect(state.dialog == nil)
    _ = update(&state, .keyPressed(.escape))
    #expect(state.screen == .board)
    #expect(state.selectedCluster != nil && state.selectedCluster != Self.name)
  }

  @Test func enterLeadsBackToo() {
    var state = state()
    _ = update(&state, .keyPressed(.enter))
    delete(&state)
    _ = update(&state, .keyPressed(.enter))
    #expect(state.screen == .board)
  }

  @Test func oneThatOnlyCannotBeSeenIsNotCalledDeleted() {
    var state = state()
    _ = update(&state, .keyPressed(.enter))
    delete(&state, told: false)
    #expect(state.screen == .board)
    #expect(!state.notices.contains { $0.text.contains("deleted") })
  }
}

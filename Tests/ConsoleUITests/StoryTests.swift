import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

/// Keys and pictures in, screens out: what a person lives through.
@Suite("Stories")
struct StoryTests {
  private func lines(_ state: AppState) -> [String] {
    FrameGolden.text(of: FrameGolden.frame(state)).split(
      separator: "\n", omittingEmptySubsequences: false
    ).prefix(state.rows).map(String.init)
  }

  @Test("from the gap over a backup and a drill to PROVEN")
  func gapToProven() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    #expect(lines(state).contains { $0.contains("Asking the servers") })

    FrameScenarios.show(Fixture.gapCluster(), in: &state)
    #expect(lines(state)[1].hasPrefix(" ✗ NOT RECOVERABLE  if the primary vanished now"))

    FrameScenarios.press("b", in: &state)
    _ = update(&state, .planArrived(Fixture.plan()))
    #expect(lines(state).contains { $0.contains("Take a full base backup of auth-db") })
    FrameScenarios.read(in: &state)
    #expect(update(&state, .keyPressed(.character("y"))) == [.run(Fixture.plan())])

    var running = Fixture.fleet([Scene.backingUp], generation: 2)
    running.takenAt = Fixture.date.addingTimeInterval(7)
    running.clusters[0].takenAt = running.takenAt
    _ = update(&state, .snapshotArrived(running))
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(7)))
    #expect(lines(state)[22].contains("full backup: copying files"))
    #expect(lines(state)[22].contains("40 % of 980 MiB"))

    var taken = Scene.proven
    taken.verdict = .likely
    taken.drills = []
    _ = update(&state, .snapshotArrived(Fixture.fleet([taken], generation: 3)))
    _ = update(
      &state,
      .operationEnded(
        OperationOutcome(
          operation: "op1", cluster: "auth-db", kind: .backup, status: .done,
          startedAt: Fixture.ago(10), finishedAt: Fixture.date,
          summary: "took 20261122-030000F, 980 MiB in 10s")))
    #expect(lines(state)[1].hasPrefix(" • LIKELY"))
    #expect(lines(state)[22].contains("took 20261122-030000F"))

    FrameScenarios.press("v", in: &state)
    _ = update(&state, .planArrived(Scene.drillPlan))
    FrameScenarios.read(in: &state)
    #expect(update(&state, .keyPressed(.character("y"))) == [.run(Scene.drillPlan)])
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven], generation: 4)))
    #expect(lines(state)[1].hasPrefix(" ✓ PROVEN"))
    #expect(lines(state)[1].contains("restored 8h 00m ago"))
  }

  @Test("silence turns every verdict to UNKNOWN, and news turns it back")
  func silence() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    _ = update(&state, .ticked(Fixture.date.addingTimeInterval(16)))
    #expect(lines(state)[1] == " ? UNKNOWN  no news for 16s; it was PROVEN".padding(to: 80))
    var fresh = Fixture.fleet([Scene.proven], generation: 2)
    fresh.clusters[0].takenAt = Fixture.date.addingTimeInterval(16)
    _ = update(&state, .snapshotArrived(fresh))
    #expect(lines(state)[1].hasPrefix(" ✓ PROVEN"))
  }

  @Test("hostile names reach no cell with anything but printable text")
  func hostileNames() {
    for key in ["", "f", "o", "?", "1", "11"] {
      var state = AppState(columns: 120, rows: 40, now: Fixture.date)
      FrameScenarios.show(Scene.hostile, in: &state)
      FrameScenarios.press(key, in: &state)
      for cell in FrameGolden.frame(state).cells {
        for scalar in cell.glyph.text.unicodeScalars {
          let category = scalar.properties.generalCategory
          #expect(category != .control && category != .format, "U+\(scalar.value)")
        }
      }
    }
  }

  @Test("a resize keeps the place")
  func resize() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    FrameScenarios.press("33G", in: &state)
    let cursor = state.list.cursor
    for (columns, rows) in [(1, 1), (500, 200), (40, 10), (80, 24)] {
      _ = update(&state, .resized(columns: columns, rows: rows))
      _ = FrameGolden.frame(state)
    }
    #expect(state.list.cursor == cursor)
  }
}

extension String {
  fileprivate func padding(to columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - count))
  }
}

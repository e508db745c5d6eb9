import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

/// The cursor over the recovery window: 129 hours of it, up to a minute ago; now is 12:00.
@Suite("Recovery cursor")
struct RecoveryCursorTests {
  static func state() -> AppState {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    FrameScenarios.press("44", in: &state)
    return state
  }

  static func press(_ text: String, in state: inout AppState) {
    FrameScenarios.press(text, in: &state)
  }

  static func type(_ text: String, in state: inout AppState) {
    press("@" + text, in: &state)
    FrameScenarios.press(.enter, in: &state)
  }

  static func time(_ text: String) -> RecoveryMoment {
    RecoveryMoment(.time(TimestampText.parse("2026-11-22T\(text)Z") ?? .distantPast))
  }

  @Test func itBeginsAtTheLatestAndMovesByMinutesAndHours() {
    var state = Self.state()
    #expect(state.screen == .detail(.window) && state.recoveryMoment == .latest)
    FrameScenarios.press(.left, in: &state)
    #expect(state.recoveryMoment == Self.time("11:58:00"))
    Self.press("H", in: &state)
    #expect(state.recoveryMoment == Self.time("10:58:00"))
    Self.press("Lh", in: &state)
    #expect(state.recoveryMoment == Self.time("11:57:00"))
    FrameScenarios.press(.right, in: &state)
    #expect(state.recoveryMoment == Self.time("11:58:00"))
    #expect(state.screen == .detail(.window))
  }

  @Test func aDrillFromItGoesToItsMoment() {
    var state = Self.state()
    Self.press("v", in: &state)
    guard case .planning(let latest, _, _) = state.dialog else {
      Issue.record("\(String(describing: state.dialog))")
      return
    }
    #expect(latest == .drill(backup: nil))
    FrameScenarios.press(.escape, in: &state)
    FrameScenarios.press(.left, in: &state)
    Self.press("v", in: &state)
    guard case .planning(let request, _, _) = state.dialog else {
      Issue.record("\(String(describing: state.dialog))")
      return
    }
    #expect(request == .drill(backup: nil, at: Self.time("11:58:00")))
    FrameScenarios.press(.escape, in: &state)
    // Elsewhere the cursor is out of sight.
    FrameScenarios.press(.escape, in: &state)
    #expect(state.drilledMoment == nil && state.recoveryMoment != .latest)
  }

  @Test func itStaysWithinTheWindow() {
    var state = Self.state()
    Self.press("LL", in: &state)
    #expect(state.recoveryMoment == .latest)
    for _ in 0..<140 { Self.press("H", in: &state) }
    #expect(state.recoveryMoment == RecoveryMoment(.backup("20261117-030000F")))
    Self.press("l", in: &state)
    guard case .time = state.recoveryMoment.target else {
      Issue.record("\(state.recoveryMoment)")
      return
    }
  }

  @Test func aMomentCanBeTyped() {
    var state = Self.state()
    Self.type("-90m", in: &state)
    #expect(state.recoveryMoment == Self.time("10:30:00"))
    Self.type("20261120-030000F", in: &state)
    #expect(state.recoveryMoment == RecoveryMoment(.backup("20261120-030000F")))
    Self.type("0/90000000", in: &state)
    #expect(state.recoveryMoment == RecoveryMoment(.position(LSN(0x9000_0000))))
    Self.type("latest", in: &state)
    #expect(state.recoveryMoment == .latest && state.prompt == nil && state.notices.isEmpty)
  }

  @Test func aTypedMomentIsOfTheUsersZone() {
    var state = Self.state()
    state.zone = LocalZone(
      name: "Europe/Berlin",
      periods: [.init(since: .distantPast, offset: 3600, abbreviation: "CET")])
    Self.type("11:30", in: &state)
    #expect(state.recoveryMoment == Self.time("10:30:00"))
  }

  @Test func whatIsNotUnderstoodIsSaidAndMovesNothing() {
    var state = Self.state()
    Self.type("-90m", in: &state)
    Self.type("1403", in: &state)
    #expect(state.recoveryMoment == Self.time("10:30:00"))
    #expect(state.notices.last?.text.contains("14:03 or xid 1403") == true)
  }

  @Test func typedElsewhereItOpensTheWindow() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    Self.type("-90m", in: &state)
    #expect(state.screen == .detail(.window))
    FrameScenarios.press(.escape, in: &state)
    #expect(state.screen == .dashboard)
  }

  @Test func anotherClusterHasItsOwnCursor() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date, cluster: "auth-db")
    var other = Scene.proven
    other.declaration.name = "billing"
    _ = update(&state, .snapshotArrived(Fixture.fleet([Scene.proven, other])))
    Self.type("-90m", in: &state)
    Self.press("]", in: &state)
    #expect(state.selectedCluster == "billing" && state.recoveryMoment == .latest)
  }

  @Test func withoutAWindowTheKeysSayWhy() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Fixture.gapCluster(), in: &state)
    Self.press("44h", in: &state)
    #expect(state.screen == .detail(.window))
    #expect(state.notices.last?.text.contains("no moment is known") == true)
  }

  // MARK: Incident

  @Test func thePageReadsTheAuditLogAndClosesAgain() {
    var state = Self.state()
    #expect(
      update(&state, .keyPressed(.character("i"))) == [.readAudit(cluster: "auth-db")])
    #expect(state.screen == .incident)
    let act = IncidentAct(at: Fixture.date, who: "oncall@jump-1", what: "drill")
    _ = update(&state, .auditRead(cluster: "auth-db", [act]))
    #expect(state.audit?.acts == [act])
    // Of another cluster it is not shown.
    _ = update(&state, .auditRead(cluster: "shop", [act]))
    let shown = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(!shown.contains("oncall@jump-1"))
    Self.press("i", in: &state)
    #expect(state.screen == .detail(.window))
  }

  @Test func theAuditLogIsReadAnewWhileThePageIsShown() {
    func tick(_ seconds: Double, _ state: inout AppState) -> [Effect] {
      update(&state, .ticked(state.now.addingTimeInterval(seconds)))
    }
    var state = Self.state()
    Self.press("i", in: &state)
    #expect(tick(1, &state) == [])
    #expect(tick(3, &state) == [])
    #expect(tick(1, &state) == [.readAudit(cluster: "auth-db")])
    #expect(tick(1, &state) == [])
    Self.press("i", in: &state)
    #expect(tick(60, &state) == [])
  }

  @Test("the page fits 80x24")
  func fits() {
    for cluster in [Scene.primaryGone, Scene.allGone, Scene.proven, Scene.cut] {
      var state = AppState(columns: 80, rows: 24, now: Fixture.date)
      FrameScenarios.show(cluster, in: &state)
      Self.press("i", in: &state)
      let acts = (0..<2).map { _ in
        IncidentAct(at: Fixture.date, who: "oncall@jump-1", what: "drill ended done: restored")
      }
      _ = update(&state, .auditRead(cluster: "auth-db", acts))
      let rows = ScreenContent.make(state).rows.count
      #expect(rows <= Layout(state).body.height, "\(rows)")
    }
  }
}

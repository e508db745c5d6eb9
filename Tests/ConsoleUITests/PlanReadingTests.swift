import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing
import TextScreen

@testable import ConsoleUI

@Suite("A plan must have been read")
struct PlanReadingTests {
  /// The console while it asks about a plan, before that is on the screen.
  private func asking(_ columns: Int = 80, _ rows: Int = 24, plan: OperationPlan? = nil) -> AppState
  {
    let plan = plan ?? Scene.drillPlan
    var state = AppState(columns: columns, rows: rows, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    state.dialog = .planning(plan.request, cluster: plan.cluster, since: Fixture.date)
    _ = update(&state, .planArrived(plan))
    return state
  }

  private func press(_ key: Key, _ state: inout AppState) -> [Effect] {
    update(&state, .keyPressed(key))
  }

  private func show(_ state: inout AppState, after seconds: Double = 0) {
    _ = update(&state, .ticked(state.now.addingTimeInterval(seconds)))
    _ = update(&state, .frameShown(at: state.now))
  }

  private var yes: [Key] { [.character("y"), .character("Y"), .enter] }

  /// What each way of saying yes does.
  private func answers(_ state: AppState) -> [[Effect]] {
    yes.map { key in
      var state = state
      if key == .enter { _ = press(.tab, &state) }
      return press(key, &state)
    }
  }

  @Test("a yes within 300 ms is not taken", arguments: [0, 0.03, 0.29, 0.31, 5])
  func tooSoon(_ seconds: Double) {
    var state = asking()
    show(&state)
    _ = update(&state, .ticked(state.now.addingTimeInterval(seconds)))
    let expected: [Effect] = seconds < 0.3 ? [] : [.run(Scene.drillPlan)]
    #expect(answers(state) == yes.map { _ in expected })
    if seconds < 0.3 {
      _ = press(.character("y"), &state)
      #expect(state.dialog != nil)
      #expect(state.notices.last?.text.contains("before the plan could be read") == true)
    }
  }

  @Test("what has to be known before a yes stands above all else of a plan")
  func warned() {
    var plan = Scene.drillPlan
    let steps = ConfirmDialog.rows(plan, width: 60, glyphs: .unicode).count
    plan.warnings = ["Expiry after it takes 1 backup (a). Still open is: DROP of a"]
    let rows = ConfirmDialog.rows(plan, width: 60, glyphs: .unicode)
    #expect(rows.count == steps + 3)
    guard case .line(let line) = rows[0] else {
      Issue.record("no line")
      return
    }
    #expect(line.text.hasPrefix(" ! Expiry after it takes 1 backup (a)."))
    #expect(line.left.allSatisfy { $0.role == .critical })
  }

  @Test("time that passes before it is on the screen does not count")
  func notShownYet() {
    var state = asking()
    _ = update(&state, .ticked(state.now.addingTimeInterval(60)))
    #expect(answers(state) == yes.map { _ in [] })
    show(&state)
    #expect(answers(state) == yes.map { _ in [] })
    show(&state, after: 1)
    #expect(answers(state) == yes.map { _ in [.run(Scene.drillPlan)] })
  }

  @Test("a clock that is set back keeps nobody waiting")
  func clockSetBack() {
    var state = asking()
    show(&state)
    _ = update(&state, .ticked(state.now.addingTimeInterval(-3600)))
    #expect(press(.character("y"), &state) == [.run(Scene.drillPlan)])
  }

  @Test("in 40x10 it is taken once every row has been there", arguments: [Key.down, .pageDown])
  func scrolled(_ key: Key) {
    var state = asking(40, 10)
    show(&state)
    show(&state, after: 60)
    #expect(answers(state) == yes.map { _ in [] })
    var steps = 0
    while case .confirm(let confirmation) = state.dialog, !confirmation.reading.isWhole, steps < 99
    {
      #expect(!FrameGolden.text(of: FrameGolden.frame(state)).contains("[ Yes ]"))
      _ = press(key, &state)
      show(&state, after: 1)
      steps += 1
    }
    #expect(steps > 1 && steps < 99)
    show(&state, after: 1)
    #expect(FrameGolden.text(of: FrameGolden.frame(state)).contains("[ Yes ]"))
    #expect(press(.character("y"), &state) == [.run(Scene.drillPlan)])
  }

  @Test("rows that were passed over between two pictures were not seen")
  func passedOver() {
    var state = asking(40, 10)
    show(&state)
    for _ in 0..<20 { _ = press(.pageDown, &state) }
    show(&state, after: 60)
    show(&state, after: 60)
    #expect(answers(state) == yes.map { _ in [] })
  }

  @Test("where it does not fit at all no key answers, and the plan comes back as it was")
  func tooSmall() {
    var state = asking(5, 20)
    show(&state)
    show(&state, after: 60)
    for key in yes + [.escape, .character("n"), .character("q"), .tab, .down] {
      #expect(press(key, &state) == [])
    }
    #expect(state.dialog == .confirm(Confirmation(plan: Scene.drillPlan)))
    _ = update(&state, .resized(columns: 80, rows: 24))
    #expect(press(.character("y"), &state) == [])
    show(&state)
    show(&state, after: 1)
    #expect(press(.character("y"), &state) == [.run(Scene.drillPlan)])
  }

  @Test("another width breaks the rows anew, and it is read from its beginning")
  func anotherWidth() {
    var state = asking(40, 10)
    show(&state)
    for _ in 0..<6 {
      _ = press(.down, &state)
      show(&state, after: 1)
    }
    _ = update(&state, .resized(columns: 46, rows: 10))
    guard case .confirm(let confirmation) = state.dialog else {
      Issue.record("no dialog")
      return
    }
    #expect(confirmation.scroll == 0 && confirmation.reading.rows == 0)
  }

  @Test("a plan that was read stays read, whatever becomes of the terminal")
  func staysRead() {
    var state = asking()
    show(&state)
    _ = update(&state, .resized(columns: 40, rows: 10))
    show(&state, after: 1)
    #expect(press(.character("y"), &state) == [.run(Scene.drillPlan)])
  }

  @Test("the typed name counts no sooner")
  func typedName() {
    var state = asking(plan: FleetScene.clearing)
    for key in "prod/pg-main" { _ = press(.character(key), &state) }
    #expect(press(.enter, &state) == [])
    show(&state)
    show(&state, after: 1)
    #expect(press(.enter, &state) == [.run(FleetScene.clearing)])
  }

  @Test("Enter before the end says where the end is")
  func hasty() {
    var state = asking(60, 10, plan: FleetScene.clearing)
    show(&state)
    for key in "prod/pg-main" { _ = press(.character(key), &state) }
    #expect(press(.enter, &state) == [])
    let screen = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(screen.contains("read to the end first: PgDn"))
    #expect(!screen.contains("To start it, type"))
  }

  @Test("the command line stands below, and is part of what one agrees to")
  func commandLine() {
    var plan = Scene.drillPlan
    plan.steps.insert(
      .command("pgbackrest " + String(repeating: "--option ", count: 200) + "restore"), at: 1)
    var state = asking(plan: plan)
    show(&state)
    show(&state, after: 1)
    #expect(answers(state) == yes.map { _ in [] })
    var screen = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(screen.contains("more below: PgDn / ↓"))
    #expect(!screen.contains("[ Yes ]") && !screen.contains("--option restore"))
    for _ in 0..<9 {
      _ = press(.pageDown, &state)
      show(&state, after: 1)
    }
    screen = FrameGolden.text(of: FrameGolden.frame(state))
    #expect(screen.contains("--option restore") && screen.contains("[ Yes ]"))
    #expect(press(.character("y"), &state) == [.run(plan)])
  }

  @Test("no word of a plan is cut, on the narrowest terminal")
  func nothingIsCut() {
    let width = DialogBox.width(in: Rect(x: 0, y: 0, width: Layout.minimumColumns, height: 10)) - 2
    for plan in [Scene.drillPlan, Scene.unmetPlan, FleetScene.clearing, Fixture.plan()] {
      for row in ConfirmDialog.rows(plan, width: width, glyphs: .unicode) {
        guard case .line(let line) = row else { continue }
        #expect(line.left.reduce(0) { $0 + GlyphWidth.columns(of: $1.text) } <= width)
      }
    }
  }

  @Test("keys that act do nothing where nothing can be seen, and one can still leave")
  func keysUnseen() {
    var state = AppState(columns: 39, rows: 9, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    let before = state
    for key in ["b", "v", "f", "?", ":", "1"] {
      #expect(press(.character(Character(key)), &state) == [])
    }
    #expect(state.screen == before.screen && state.dialog == nil && state.prompt == nil)
    #expect(press(.character("q"), &state) == [.quit])
    #expect(press(.control("c"), &state) == [.quit])
  }

  @Test("a terminal that this host does not know is told of on the message row")
  func substituted() {
    var state = AppState(columns: 80, rows: 24, now: Fixture.date)
    FrameScenarios.show(Scene.proven, in: &state)
    _ = update(
      &state, .terminalSubstituted(term: "xterm-ghostty", standIn: "xterm-256color"))
    let row = FrameGolden.text(of: FrameGolden.frame(state)).split(separator: "\n")[22]
    #expect(row.contains("TERM=xterm-ghostty is not known on this host: drawn as xterm-256color"))
  }
}

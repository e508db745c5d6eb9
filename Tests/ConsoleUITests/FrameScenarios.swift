import ConsoleUI
import FoundationEssentials
import RecoveryModel
import TestSupport
import TextScreen

/// A state worth a picture, and the terminals it is drawn on.
struct FrameScenario: Sendable, CustomStringConvertible {
  var name: String
  var sizes: [Size]
  var make: @Sendable (inout AppState) -> Void

  struct Size: Sendable, Hashable {
    var columns: Int
    var rows: Int

    static let small = Size(columns: 40, rows: 10)
    static let classic = Size(columns: 80, rows: 24)
    static let wide = Size(columns: 120, rows: 40)
    static let desk = Size(columns: 132, rows: 43)
    static let wall = Size(columns: 200, rows: 60)
  }

  var description: String { name }

  init(
    _ name: String, _ sizes: [Size] = [.classic],
    make: @escaping @Sendable (inout AppState) -> Void
  ) {
    self.name = name
    self.sizes = sizes
    self.make = make
  }

  func state(_ size: Size) -> AppState {
    var state = AppState(
      columns: size.columns, rows: size.rows, now: Fixture.date,
      themes: ["dark", "light", "monochrome"])
    make(&state)
    return state
  }
}

enum FrameScenarios {
  static let all: [FrameScenario] =
    dashboards + details + dialogs + others + fleets + wallboards + kubernetes + recoveries
    + recoveryPlans + watchedRecoveries

  static let fileNames = Set(
    all.flatMap { scenario in
      scenario.sizes.map { "\(scenario.name).\($0.columns)x\($0.rows).txt" }
    })

  static let dashboards: [FrameScenario] = [
    FrameScenario("waiting") { _ in },
    FrameScenario("pending", [.classic, .small]) { state in
      var cluster = Fixture.cluster(
        verdict: .unknown, report: EngineReport(), drills: [], window: nil, exposure: nil,
        projection: nil)
      cluster.takenAt = Fixture.date
      show(cluster, in: &state)
    },
    FrameScenario("gap", [.classic, .wide, .small]) { show(Fixture.gapCluster(), in: &$0) },
    FrameScenario("proven", [.classic, .wide, .wall, .small]) { show(Scene.proven, in: &$0) },
    FrameScenario("proven-ascii") { state in
      state.glyphs = .ascii
      show(Scene.proven, in: &state)
    },
    FrameScenario("drill-blocked") { show(Scene.blocked, in: &$0) },
    FrameScenario("at-risk", [.classic, .wall]) { show(Scene.archiveFailing, in: &$0) },
    FrameScenario("hole") { show(Scene.hole, in: &$0) },
    FrameScenario("unreachable", [.classic, .wide]) { show(Scene.unreachable, in: &$0) },
    FrameScenario("stale") { state in
      show(Scene.proven, in: &state)
      _ = update(&state, .ticked(Fixture.date.addingTimeInterval(310)))
    },
    FrameScenario("drilling", [.classic, .wide]) { show(Scene.drilling, in: &$0) },
    FrameScenario("backing-up") { show(Scene.backingUp, in: &$0) },
    FrameScenario("drill-failed") { show(Scene.drillFailed, in: &$0) },
    FrameScenario("hostile", [.classic, .wide]) { show(Scene.hostile, in: &$0) },
    FrameScenario("read-only") { state in
      state.readOnly = "started with --read-only"
      show(Scene.proven, in: &state)
      press("b", in: &state)
    },
    FrameScenario("read-only-palette") { state in
      state.readOnly = "the configuration says read_only"
      show(Scene.drilling, in: &state)
      press(":", in: &state)
    },
  ]

  static let details: [FrameScenario] =
    [
      ("instances", "1"), ("archive", "2"), ("backups", "3"), ("window", "4"),
      ("verification", "5"), ("projection", "6"),
    ].map { name, key in
      FrameScenario("detail-\(name)", [.classic, .wide]) { state in
        show(Scene.proven, in: &state)
        if key != "1" { press(key, in: &state) }
        press(.enter, in: &state)
      }
    } + [
      FrameScenario("item-instance") { open("1", row: 1, of: Scene.proven, in: &$0) },
      FrameScenario("item-backup") { open("3", row: 0, of: Scene.proven, in: &$0) },
      FrameScenario("item-drill") { open("5", row: 0, of: Scene.proven, in: &$0) },
      FrameScenario("findings", [.classic, .small]) { state in
        show(Scene.archiveFailing, in: &state)
        press("f", in: &state)
      },
      FrameScenario("detail-blocked", [.wide]) { state in
        show(Scene.blocked, in: &state)
        press("5", in: &state)
        press(.enter, in: &state)
      },
      FrameScenario("detail-unreachable") { state in
        show(Scene.unreachable, in: &state)
        press("22", in: &state)
      },
    ]

  static let dialogs: [FrameScenario] = [
    FrameScenario("confirm", [.classic, .small]) { state in
      show(Scene.proven, in: &state)
      press("v", in: &state)
      _ = update(&state, .planArrived(Scene.drillPlan))
    },
    FrameScenario("confirm-unmet") { state in
      show(Scene.proven, in: &state)
      press("v", in: &state)
      _ = update(&state, .planArrived(Scene.unmetPlan))
    },
    FrameScenario("planning") { state in
      show(Scene.proven, in: &state)
      press("v", in: &state)
      _ = update(&state, .ticked(Fixture.date.addingTimeInterval(1)))
    },
    FrameScenario("choose-backup") { state in
      show(Scene.proven, in: &state)
      press("Bj", in: &state)
    },
    FrameScenario("quit") { state in
      show(Scene.drilling, in: &state)
      press("q", in: &state)
    },
    FrameScenario("palette") { state in
      show(Scene.proven, in: &state)
      press(":ba", in: &state)
    },
  ]

  static let others: [FrameScenario] = [
    FrameScenario("help", [.classic, .wide]) { state in
      show(Scene.proven, in: &state)
      press("?", in: &state)
    },
    FrameScenario("operations") { state in
      show(Scene.drilling, in: &state)
      press("o", in: &state)
    },
    FrameScenario("operation-drill", [.classic, .wide]) { state in
      show(Scene.drilled, in: &state)
      press("o", in: &state)
      press(.enter, in: &state)
    },
    FrameScenario("operation-backup") { state in
      show(Scene.drilled, in: &state)
      press("oj", in: &state)
      press(.enter, in: &state)
    },
    FrameScenario("board", [.classic, .wide, .wall]) { state in
      _ = update(&state, .snapshotArrived(Scene.fleet))
    },
    FrameScenario("too-small", [.init(columns: 39, rows: 9), .init(columns: 12, rows: 3)]) {
      show(Scene.proven, in: &$0)
    },
  ]

  static func show(_ cluster: ClusterSnapshot, in state: inout AppState) {
    _ = update(&state, .snapshotArrived(Fixture.fleet([cluster])))
  }

  /// Lets the plan that is open stand on the screen for as long as it takes to read it.
  static func read(in state: inout AppState) {
    _ = update(&state, .frameShown(at: state.now))
    _ = update(&state, .ticked(state.now.addingTimeInterval(1)))
  }

  static func press(_ text: String, in state: inout AppState) {
    for character in text { _ = update(&state, .keyPressed(.character(character))) }
  }

  static func press(_ key: Key, in state: inout AppState) {
    _ = update(&state, .keyPressed(key))
  }

  private static func open(
    _ panel: String, row: Int, of cluster: ClusterSnapshot, in state: inout AppState
  ) {
    show(cluster, in: &state)
    if panel != "1" { press(panel, in: &state) }
    press(.enter, in: &state)
    for _ in 0..<row { press("j", in: &state) }
    press(.enter, in: &state)
  }
}

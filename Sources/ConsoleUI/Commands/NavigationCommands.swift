import RecoveryModel
import TextScreen

/// Commands that move focus, cursor and screen.
enum NavigationCommands {
  static let rows: [CommandRow] =
    [
      CommandRow(
        "open", keys: [.enter, .character(" ")], label: "open", title: "Open what is chosen",
        help: "Open the focused panel or the chosen row", group: .navigation,
        perform: { state in
          state.enter()
          return []
        }),
      CommandRow(
        "back", keys: [.escape, .backspace], title: "Go back",
        help: "One step back; never quits", group: .navigation,
        perform: { state in
          state.notices.removeAll()
          state.back()
          return []
        }),
      CommandRow(
        "quit", keys: [.character("q")], label: "back/quit", title: "Go back or quit",
        help: "One step back; quits from the first screen", group: .navigation,
        perform: { state in state.back() ? [] : state.quit() }),
      CommandRow(
        "next-panel", keys: [.tab], title: "Next panel", help: "Focus the next panel",
        group: .navigation, scope: .dashboard,
        perform: { state in
          state.stepFocus(1)
          return []
        }),
      CommandRow(
        "previous-panel", keys: [.backTab], title: "Previous panel",
        help: "Focus the previous panel", group: .navigation, scope: .dashboard,
        perform: { state in
          state.stepFocus(-1)
          return []
        }),
      CommandRow(
        "cluster", keys: [], title: "Go to a cluster", help: "Open a cluster's dashboard",
        group: .navigation,
        arguments: { $0.board.entries.map(\.id) },
        choose: { state, name in
          state.select(cluster: name)
          state.open(.dashboard)
          return []
        },
        perform: { state in
          state.open(.board)
          return []
        }),
      CommandRow(
        "next-cluster", keys: [.character("]")], title: "Next cluster",
        help: "Show the next cluster", group: .navigation, unavailable: singleCluster,
        perform: { state in
          state.stepCluster(1)
          return []
        }),
      CommandRow(
        "previous-cluster", keys: [.character("[")], title: "Previous cluster",
        help: "Show the previous cluster", group: .navigation, unavailable: singleCluster,
        perform: { state in
          state.stepCluster(-1)
          return []
        }),
    ] + panels + focusMoves + listMoves

  @Sendable private static func singleCluster(_ state: AppState) -> String? {
    state.clusterCount > 1 ? nil : "only one cluster is watched"
  }

  /// The number keys: on the dashboard they focus, then open; elsewhere they open.
  private static let panels: [CommandRow] = PanelTable.rows.map { panel in
    CommandRow(
      panel.id.rawValue, keys: [.character(panel.key)], title: panel.title,
      help: "Focus the panel \(panel.title), then open it",
      group: .navigation,
      unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
      perform: { state in
        if state.screen == .dashboard, state.focus != panel.id {
          state.focus = panel.id
        } else {
          state.show(panel.id)
        }
        return []
      })
  }

  private static let focusMoves: [CommandRow] = [
    focusMove("left", [.left, .character("h")], x: -1, y: 0),
    focusMove("right", [.right, .character("l")], x: 1, y: 0),
    focusMove("up", [.up, .character("k")], x: 0, y: -1),
    focusMove("down", [.down, .character("j")], x: 0, y: 1),
  ]

  private static func focusMove(_ word: String, _ keys: [Key], x: Int, y: Int) -> CommandRow {
    CommandRow(
      "focus-\(word)", keys: keys, title: "Focus the panel \(word)",
      help:
        "Focus the panel \(word == "up" ? "above" : word == "down" ? "below" : "to the \(word)")",
      group: .navigation, scope: .dashboard,
      perform: { state in
        state.moveFocus(x: x, y: y)
        return []
      })
  }

  private static let listMoves: [CommandRow] = [
    listMove("down", [.down, .character("j")], help: "One row down") { _ in 1 },
    listMove("up", [.up, .character("k")], help: "One row up") { _ in -1 },
    listMove("page-down", [.pageDown, .control("f")], help: "One page down", page),
    listMove("page-up", [.pageUp, .control("b")], help: "One page up") { -page($0) },
    listMove("first", [.character("g"), .home], help: "First row") { _ in -1_000_000 },
    listMove("last", [.character("G"), .end], help: "Last row") { _ in 1_000_000 },
    CommandRow(
      "close", keys: [.left, .character("h")], title: "Close this view",
      help: "Close this view and show what was there before it",
      group: .navigation, scope: .rows,
      perform: { state in
        state.back()
        return []
      }),
    CommandRow(
      "enter", keys: [.right, .character("l")], title: "Open the chosen row",
      help: "Open the row under the cursor", group: .navigation, scope: .rows,
      perform: { state in
        state.enter()
        return []
      }),
  ]

  @Sendable private static func page(_ state: AppState) -> Int {
    max(1, Layout(state).body.height - 1)
  }

  private static func listMove(
    _ id: String, _ keys: [Key], help: String, _ step: @escaping @Sendable (AppState) -> Int
  ) -> CommandRow {
    CommandRow(
      id, keys: keys, title: help, help: help, group: .navigation, scope: .list,
      perform: { state in
        state.move(step(state))
        return []
      })
  }
}

import FoundationEssentials
import RecoveryModel
import TextScreen

/// Commands that change what is shown and how, and nothing outside the console.
enum ViewCommands {
  static let rows: [CommandRow] = [
    CommandRow(
      "findings", keys: [.character("f")], label: "findings", title: "Findings and evidence",
      help: "What is wrong, the evidence for it and what to do", group: .view,
      unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
      perform: { open(.findings, &$0) }),
    CommandRow(
      "operations", keys: [.character("o")], label: "log", title: "Log of operations",
      help: "What runs, and what became of earlier backups and drills", group: .view,
      perform: { open(.operations, &$0) }),
    CommandRow(
      "notices", keys: [.character("n")], title: "Notices",
      help: "What is to be known of the fleet as a whole, and what to do about it", group: .view,
      unavailable: { $0.fleet?.notices.isEmpty == false ? nil : "there is none" },
      perform: { open(.notices, &$0) }),
    CommandRow(
      "help", keys: [.character("?"), .function(1)], label: "help", title: "Help",
      help: "All keys, and why one is not available now", group: .view,
      perform: { open(.help, &$0) }),
    CommandRow(
      "command", keys: [.character(":")], label: "command", title: "Command line",
      help: "Type a command; Tab completes", group: .view,
      perform: { state in
        state.prompt = Prompt(.command)
        return []
      }),
    CommandRow(
      "filter", keys: [.character("/")], title: "Filter rows",
      help: "Show only rows with a text; a leading ! shows the others", group: .view,
      unavailable: { $0.screen.hasItems ? nil : "nothing to filter here" },
      perform: { state in
        state.prompt = Prompt(.filter, text: state.list.filter, previous: state.list.filter)
        return []
      }),
    CommandRow(
      "wallboard", keys: [.character("w")], title: "Wallboard",
      help: "Verdict, gauge and ages in big letters; any key returns", group: .view,
      perform: { state in
        state.wallboard.since = state.now
        return open(.wallboard, &state)
      }),
    CommandRow(
      "pause", keys: [.character("z")], label: "pause", title: "Pause or go on",
      help: "Stop asking the servers, or go on", group: .view,
      perform: { state in
        state.paused.toggle()
        state.notify(state.paused ? "paused: nothing is asked until z" : "going on")
        return [.setPaused(state.paused)]
      }),
    CommandRow(
      "slower", keys: [.character("+"), .character("=")], title: "Longer interval",
      help: "Refresh less often", group: .view,
      perform: { $0.stepInterval(1) }),
    CommandRow(
      "faster", keys: [.character("-")], title: "Shorter interval",
      help: "Refresh more often", group: .view,
      perform: { $0.stepInterval(-1) }),
    CommandRow(
      "theme", keys: [.character("t")], title: "Next theme", help: "Take the next theme",
      group: .view,
      unavailable: { $0.themes.count > 1 ? nil : "there is only one theme" },
      arguments: \.themes,
      choose: { state, name in
        state.theme = name
        return [.selectTheme(name)]
      },
      perform: { state in
        let index = state.themes.firstIndex(of: state.theme) ?? -1
        state.theme = state.themes[(index + 1) % state.themes.count]
        state.notify("theme \(state.theme)", .notice, seconds: 3)
        return [.selectTheme(state.theme)]
      }),
    CommandRow(
      "themes", keys: [.character("T")], title: "Choose a theme",
      help: "Choose a theme from a list, seeing each", group: .view,
      unavailable: { $0.themes.isEmpty ? "there is no theme to choose" : nil },
      perform: { state in
        state.dialog = .chooseTheme(choice: state.themes.firstIndex(of: state.theme) ?? 0)
        return []
      }),
    CommandRow(
      "redraw", keys: [.character("R"), .control("l")], title: "Redraw",
      help: "Draw the whole screen again", group: .view, perform: { _ in [.redraw] }),
    CommandRow(
      "suspend", keys: [.control("z")], title: "Suspend",
      help: "Back to the shell; fg returns", group: .view, perform: { _ in [.suspend] }),
  ]

  private static func open(_ screen: Screen, _ state: inout AppState) -> [Effect] {
    if state.screen == screen { state.back() } else { state.open(screen) }
    return []
  }
}

extension AppState {
  /// Refresh intervals that `+` and `-` step through, in seconds.
  static let intervals: [Double] = [1, 2, 3, 5, 10, 15, 30, 60]

  mutating func stepInterval(_ step: Int) -> [Effect] {
    let next =
      step > 0
      ? Self.intervals.first { $0 > interval } : Self.intervals.last { $0 < interval }
    guard let next else {
      notify("interval stays at \(Format.duration(interval))")
      return []
    }
    interval = next
    notify("every \(Format.duration(interval))", .notice, seconds: 3)
    return [.setInterval(seconds: interval)]
  }
}

import RecoveryModel

/// Where a key means something. No key has two meanings on one screen.
package enum CommandScope: String, Sendable, CaseIterable {
  case everywhere, dashboard
  /// Anything with rows: the board, details, findings, operations, help.
  case list
  /// The same but for the recovery window, where sideways moves its cursor.
  case rows
  /// The recovery window's own view.
  case window
  /// The list of all clusters.
  case board
  /// The plan of a recovery.
  case recovery

  package func covers(_ screen: Screen) -> Bool {
    switch self {
    case .everywhere: true
    case .dashboard: screen == .dashboard
    case .list: screen != .dashboard
    case .rows: screen != .dashboard && screen != .detail(.window)
    case .window: screen == .detail(.window)
    case .board: screen == .board
    case .recovery: screen == .recovery
    }
  }
}

/// A command: the one place where its key, words, reasons and effect stand. Footer, help, palette
/// and the README's key table are made from these rows.
package struct CommandRow: Sendable {
  /// What the palette calls it.
  package var id: String
  package var keys: [Key]
  /// In the footer; empty = not there.
  package var label: String
  /// A few words, as in a menu.
  package var title: String
  /// One sentence for the help.
  package var help: String
  package var group: CommandGroup
  package var scope: CommandScope
  /// The subcommand that does the same without a screen; nil = none does.
  package var subcommand: String?
  /// Why it cannot be run now; nil = it can.
  package var unavailable: @Sendable (AppState) -> String?
  package var perform: @Sendable (inout AppState) -> [Effect]
  /// Words that the palette offers after its name.
  package var arguments: @Sendable (AppState) -> [String]
  package var choose: @Sendable (inout AppState, String) -> [Effect]

  init(
    _ id: String, keys: [Key], label: String = "", title: String, help: String,
    group: CommandGroup, scope: CommandScope = .everywhere,
    subcommand: String? = nil,
    unavailable: @escaping @Sendable (AppState) -> String? = { _ in nil },
    arguments: @escaping @Sendable (AppState) -> [String] = { _ in [] },
    choose: @escaping @Sendable (inout AppState, String) -> [Effect] = { _, _ in [] },
    perform: @escaping @Sendable (inout AppState) -> [Effect]
  ) {
    self.id = id
    self.keys = keys
    self.label = label
    self.title = title
    self.help = help
    self.group = group
    self.scope = scope
    self.subcommand = subcommand
    self.unavailable = unavailable
    self.arguments = arguments
    self.choose = choose
    self.perform = perform
  }
}

/// A heading of the help.
package enum CommandGroup: String, Sendable, CaseIterable {
  case operations = "Act"
  case navigation = "Move"
  case view = "View"
}

extension Key {
  /// As help and README spell it: `b`, `^L`, `Enter`, `PgDn`.
  package var name: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let character): "^" + String(character).uppercased()
    case .enter: "Enter"
    case .escape: "Esc"
    case .tab: "Tab"
    case .backTab: "Shift-Tab"
    case .backspace: "Backspace"
    case .delete: "Del"
    case .up: "Up"
    case .down: "Down"
    case .left: "Left"
    case .right: "Right"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .home: "Home"
    case .end: "End"
    case .function(let number): "F\(number)"
    }
  }
}

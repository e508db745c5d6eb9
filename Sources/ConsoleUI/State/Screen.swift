/// A panel of the dashboard, in the order of its number key.
public enum PanelID: String, Sendable, Hashable, CaseIterable {
  case instances, archive, backups, window, verification, projection
}

/// What fills the terminal between header and footer.
public enum Screen: Sendable, Hashable {
  /// All clusters, the worst first.
  case board
  /// One cluster: verdict and six panels.
  case dashboard
  case detail(PanelID)
  /// One row of a panel's table: an instance, a backup label, a drill id.
  case item(PanelID, String)
  /// Every finding of the selected cluster with its evidence.
  case findings
  case operations
  /// One operation that ended, by its id.
  case ended(String)
  /// What is to be known of the fleet as a whole, with remedies.
  case notices
  /// In place of a cluster's screens when it was deleted, by its name.
  case departed(String)
  case help
  case wallboard

  /// Its name in a header and in messages.
  var title: String {
    switch self {
    case .board: "clusters"
    case .dashboard: "dashboard"
    case .detail(let panel), .item(let panel, _): PanelTable.row(panel).title.lowercased()
    case .findings: "findings"
    case .operations: "operations"
    case .ended: "operation"
    case .notices: "notices"
    case .departed: "deleted cluster"
    case .help: "help"
    case .wallboard: "wallboard"
    }
  }

  /// Whether it has rows to choose from, and so to filter.
  var hasItems: Bool {
    switch self {
    case .board, .findings, .operations, .notices, .help, .detail(.instances), .detail(.backups),
      .detail(.verification):
      true
    case .dashboard, .item, .ended, .departed, .wallboard, .detail: false
    }
  }

  /// Whether it is about the selected cluster alone.
  var belongsToCluster: Bool {
    switch self {
    case .dashboard, .detail, .item, .findings: true
    case .board, .operations, .ended, .notices, .departed, .help, .wallboard: false
    }
  }
}

/// Cursor, scroll position and filter of one screen's rows.
public struct ListState: Sendable, Equatable, Hashable {
  /// Index of the chosen item among those that pass the filter.
  public var cursor: Int
  /// First visible row.
  public var offset: Int
  /// Text that an item must contain; a leading `!` means must not. Empty = all.
  public var filter: String

  public init(cursor: Int = 0, offset: Int = 0, filter: String = "") {
    self.cursor = cursor
    self.offset = offset
    self.filter = filter
  }

  /// Whether an item with this text is to be shown; letter case does not matter.
  func admits(_ text: String) -> Bool {
    filter.isEmpty || TextFilter(filter).admits(TextSearch.letters(text))
  }
}

/// A filter as typed: a text that must be contained, or after a `!` must not.
struct TextFilter {
  private let search: TextSearch
  private let isInverse: Bool

  init(_ filter: String) {
    // A lone ! is the beginning of something, and hides nothing yet.
    isInverse = filter.hasPrefix("!") && filter != "!"
    search = TextSearch(filter.hasPrefix("!") ? String(filter.dropFirst()) : filter)
  }

  /// `letters` as `TextSearch.letters` gives them.
  func admits(_ letters: [UInt8]) -> Bool { search.isFound(in: letters) != isInverse }
}

/// A text looked for in others whatever their letter case, byte by byte: a thousand of them at every
/// keystroke of a filter.
struct TextSearch {
  private let wanted: [UInt8]

  init(_ text: String) { wanted = Self.letters(text) }

  /// The text in small letters.
  static func letters(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

  func isFound(in text: String) -> Bool { isFound(in: Self.letters(text)) }

  func isFound(in letters: [UInt8]) -> Bool {
    guard let first = wanted.first else { return true }
    guard letters.count >= wanted.count else { return false }
    return (0...letters.count - wanted.count).contains { start in
      letters[start] == first
        && letters[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}

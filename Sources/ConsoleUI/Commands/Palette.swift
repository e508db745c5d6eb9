import RecoveryModel

/// The `:` prompt's suggestions, made from the command table.
enum Palette {
  struct Entry: Sendable {
    /// What is typed for it: a command, or a command and its argument.
    var text: String
    var row: CommandRow
    var argument: String?
  }

  static func entries(_ state: AppState) -> [Entry] {
    CommandTable.rows.flatMap { row in
      [Entry(text: row.id, row: row)]
        + row.arguments(state).map {
          Entry(text: "\(row.id) \($0)", row: row, argument: $0)
        }
    }
  }

  /// What the typed text may mean, the best first: the name itself, names that begin so, names that
  /// hold it.
  static func matches(_ typed: String, in state: AppState) -> [Entry] {
    let wanted = typed.lowercased().split(separator: " ").joined(separator: " ")
    let all = entries(state)
    guard !wanted.isEmpty else { return all.filter { $0.argument == nil } }
    let search = TextSearch(wanted)
    var exact: [Entry] = []
    var beginning: [Entry] = []
    var holding: [Entry] = []
    for entry in all {
      let text = entry.text.lowercased()
      if text == wanted {
        exact.append(entry)
      } else if text.hasPrefix(wanted) {
        beginning.append(entry)
      } else if search.isFound(in: text) || search.isFound(in: entry.row.title) {
        holding.append(entry)
      }
    }
    return exact + beginning + holding
  }

  /// The command that was probably meant; nil when nothing is within two slips of a finger.
  static func nearest(_ typed: String, in state: AppState) -> String? {
    let names = entries(state).map(\.text)
    let ranked = names.map { (name: $0, distance: Suggestion.edits(typed, $0)) }
      .min { $0.distance < $1.distance }
    guard let ranked, ranked.distance <= 2 else { return nil }
    return ranked.name
  }
}

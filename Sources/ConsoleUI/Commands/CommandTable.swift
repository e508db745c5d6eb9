import RecoveryModel
import TextScreen

/// Every command, in the order of the help.
package enum CommandTable {
  package static let rows: [CommandRow] =
    OperationCommands.rows + NavigationCommands.rows + BoardCommands.rows + ViewCommands.rows
    + RecoveryCommands.rows

  /// What a key does on a screen; nil = nothing.
  static func row(for key: Key, on screen: Screen) -> CommandRow? {
    rows.first { $0.keys.contains(key) && $0.scope.covers(screen) }
  }

  /// The first key of a command, by its id; nil = none does that.
  static func key(of id: String) -> Key? { rows.first { $0.id == id }?.keys.first }

  /// The README's key table.
  package static var markdown: String {
    var lines = ["| Key | Does |", "|---|---|"]
    for row in rows where !row.keys.isEmpty {
      let keys = row.keys.map { "`" + $0.name.replacingPipe + "`" }.joined(separator: " ")
      lines.append("| \(keys) | \(row.help) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Span {
  /// The key of a command, wherever the table puts it.
  static func key(of id: String) -> Span { Span(CommandTable.key(of: id)?.name ?? ":\(id)", .key) }
}

extension String {
  /// A pipe would end a Markdown table's cell.
  fileprivate var replacingPipe: String { split(separator: "|").joined(separator: "\\|") }
}

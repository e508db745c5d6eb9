import RecoveryModel

/// Every command, in the order of the help.
public enum CommandTable {
  public static let rows: [CommandRow] =
    OperationCommands.rows + NavigationCommands.rows + ViewCommands.rows

  /// What a key does in a scope; nil = nothing.
  static func row(for key: Key, in scope: CommandScope) -> CommandRow? {
    rows.first { $0.keys.contains(key) && ($0.scope == scope || $0.scope == .everywhere) }
  }

  /// The README's key table.
  public static var markdown: String {
    var lines = ["| Key | Does |", "|---|---|"]
    for row in rows where !row.keys.isEmpty {
      let keys = row.keys.map { "`" + $0.name.replacingPipe + "`" }.joined(separator: " ")
      lines.append("| \(keys) | \(row.help) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension String {
  /// A pipe would end a Markdown table's cell.
  fileprivate var replacingPipe: String { split(separator: "|").joined(separator: "\\|") }
}

import RecoveryModel
import TestSupport
import Testing

@testable import ConsoleUI

@Suite("Commands")
struct CommandTests {
  @Test(
    "a key has one meaning on each screen",
    arguments: [
      Screen.board, .dashboard, .findings, .detail(.backups), .detail(.window), .incident, .help,
    ])
  func noCollisions(_ screen: Screen) {
    let rows = CommandTable.rows.filter { $0.scope.covers(screen) }
    var owners: [Key: String] = [:]
    for row in rows {
      for key in row.keys {
        #expect(owners[key] == nil, "\(key.name): \(row.id) and \(owners[key] ?? "")")
        owners[key] = row.id
      }
    }
  }

  @Test("names are unique and every row explains itself")
  func namesAndHelp() {
    #expect(Set(CommandTable.rows.map(\.id)).count == CommandTable.rows.count)
    for row in CommandTable.rows {
      #expect(!row.help.isEmpty && !row.help.hasSuffix("."), "\(row.id)")
    }
  }

  @Test(
    "what names a command gets its key here",
    arguments: [
      ("Take one: pgvigil backup db", "Take one: press b, or run: pgvigil backup db"),
      (
        "First clear it: pgvigil clear; then pgvigil drill db",
        "First clear it: press X, or run: pgvigil clear; then press v, or run: pgvigil drill db"
      ),
      ("See pgvigil drills", "See pgvigil drills"), ("wait", "wait"), ("", ""),
    ])
  func remedies(_ text: String, _ shown: String) {
    #expect(Remedy.withKeys(text) == shown)
  }

  @Test("no two commands explain themselves alike")
  func distinctHelp() {
    #expect(Set(CommandTable.rows.map(\.help)).count == CommandTable.rows.count)
    #expect(Set(CommandTable.rows.map(\.title)).count == CommandTable.rows.count)
  }

  @Test("habitual keys are bound", arguments: Array("?q:/bBvxX+-zrRtTwofnscC123456gGhjklHLi@"))
  func habitualKeys(_ character: Character) {
    #expect(CommandTable.rows.contains { $0.keys.contains(.character(character)) })
  }

  @Test("the README's table has a line for each key row")
  func markdown() {
    let lines = CommandTable.markdown.split(separator: "\n")
    #expect(lines.first == "| Key | Does |")
    #expect(lines.count == 2 + CommandTable.rows.filter { !$0.keys.isEmpty }.count)
    #expect(lines.contains("| `b` | Plan a full base backup, show the plan and ask |"))
  }
}

import RecoveryModel
import TextScreen

/// Every key, from the command table, with the reason where one cannot be used now.
enum HelpView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Help"
    builder.paragraph(
      "pgvigil asks one question of each cluster: if the primary vanished now, would we get it "
        + "back? A backup is valid only once it has been restored.", .text)
    for group in CommandGroup.allCases {
      builder.section(group.rawValue)
      for row in CommandTable.rows where row.group == group && !row.keys.isEmpty {
        fill(row, &builder, state)
      }
    }
    builder.section("Verdicts")
    for (verdict, words) in verdicts {
      builder.add(
        .line(
          Line([
            Span(" \(verdict.glyph(state.glyphs)) ", verdict.role),
            Span(verdict.rawValue.padded(to: 17), verdict.role), Span(words),
          ])))
    }
  }

  private static func fill(
    _ row: CommandRow, _ builder: inout ContentBuilder, _ state: AppState
  ) {
    let keys = row.keys.map(\.name).joined(separator: " ")
    let reason = row.unavailable(state)
    let role: Role = reason == nil ? .text : .disabled
    let text = row.help + (reason.map { " (\($0))" } ?? "")
    let lines = Wrap.lines(text, width: max(1, builder.width - 15))
    builder.item(
      row.id, .line(Line([Span(" " + keys.padded(to: 14), .key), Span(lines.first ?? "", role)])),
      text: "\(keys) \(row.id) \(row.help)",
      more: lines.dropFirst().map {
        .line(Line(String(repeating: " ", count: 15) + $0, role))
      })
  }

  private static let verdicts: [(Verdict, String)] = [
    (.proven, "restored recently enough, and nothing has broken since"),
    (.likely, "all evidence is good, but no recent drill has proved it"),
    (.unknown, "could not be told; never taken for good"),
    (.atRisk, "something can be restored, but a person is needed"),
    (.notRecoverable, "no moment is left that could be restored"),
  ]
}

extension String {
  /// With blanks at the end up to `columns`.
  func padded(to columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - GlyphWidth.columns(of: self)))
  }
}

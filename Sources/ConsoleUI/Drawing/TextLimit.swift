import RecoveryModel
import TextScreen

/// So many rows for a text, and no more: what is beyond is an ellipsis.
struct TextLimit: Sendable {
  var rows: Int
  var glyphs: GlyphSet

  /// In a panel of the dashboard: a machine may say ten lines, and facts stand below them.
  static func panel(_ glyphs: GlyphSet) -> TextLimit { TextLimit(rows: 2, glyphs: glyphs) }

  /// What an error says, without what leads up to it where both have no room: its end tells.
  func reason(_ told: String, width: Int) -> String {
    let text = CellText.clean(told)
    guard width > 0, Wrap.lines(text, width: width).count > rows else { return text }
    // Wrapping leaves some of each row empty.
    let room = rows == 1 ? width : rows * width * 9 / 10
    let short = FailureSentence.shorten(text, limit: max(12, room))
    return short.hasSuffix("...") && text.hasPrefix(short.dropLast(3)) ? text : short
  }
}

extension StringProtocol {
  /// At most so many columns of it: whole words, but for one that alone would leave most of the room empty.
  func cut(toColumns columns: Int) -> String {
    let cut = truncated(toColumns: columns, ellipsis: "")
    guard cut.count < count, self[index(startIndex, offsetBy: cut.count)] != " ",
      let space = cut.lastIndex(of: " "),
      2 * GlyphWidth.columns(of: cut[..<space]) >= columns
    else { return cut }
    return String(cut[..<space])
  }

  /// The same, with an ellipsis where something is missing.
  func cut(toColumns columns: Int, glyphs: GlyphSet) -> String {
    guard GlyphWidth.columns(of: self) > columns else { return String(self) }
    let room = columns - GlyphWidth.columns(of: glyphs.ellipsis)
    return room < 0 ? "" : cut(toColumns: room) + glyphs.ellipsis
  }
}

extension Wrap {
  /// Lines with `indent` blanks before them: as many as may be, the last with an ellipsis where there are more; nil = all,
  /// and commands in them can be copied.
  static func lines(_ text: String, width: Int, indent: Int = 0, limit: TextLimit?) -> [String] {
    guard let limit else { return copyable(text, width: width, indent: indent) }
    let margin = String(repeating: " ", count: indent)
    let lines = lines(CellText.clean(text), width: max(1, width - indent)).map { margin + $0 }
    guard limit.rows > 0, lines.count > limit.rows else { return lines }
    let ellipsis = limit.glyphs.ellipsis
    let room = max(0, width - GlyphWidth.columns(of: ellipsis))
    let last = lines[limit.rows - 1].cut(toColumns: room)
    return lines.prefix(limit.rows - 1) + [last + ellipsis]
  }
}

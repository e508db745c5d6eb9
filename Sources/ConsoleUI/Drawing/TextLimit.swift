import RecoveryModel
import TextScreen

/// So many rows for a text, and no more: what is beyond is an ellipsis.
struct TextLimit: Sendable {
  var rows: Int
  var glyphs: GlyphSet

  /// In a panel of the dashboard: a machine may say ten lines, and facts stand below them.
  static func panel(_ glyphs: GlyphSet) -> TextLimit { TextLimit(rows: 2, glyphs: glyphs) }
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
    let last = lines[limit.rows - 1].truncated(toColumns: room, ellipsis: "")
    return lines.prefix(limit.rows - 1) + [last + ellipsis]
  }
}

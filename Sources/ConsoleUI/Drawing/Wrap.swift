import RecoveryModel
import TextScreen

/// So many rows for a text, and no more: what is beyond is an ellipsis.
struct TextLimit: Sendable {
  var rows: Int
  var glyphs: GlyphSet

  /// In a panel of the dashboard: a machine may say ten lines, and facts stand below them.
  static func panel(_ glyphs: GlyphSet) -> TextLimit { TextLimit(rows: 2, glyphs: glyphs) }
}

/// Text cut into lines at spaces.
enum Wrap {
  /// Lines of at most `width` columns; a word that is longer is cut. At least one line.
  static func lines(_ text: String, width: Int) -> [String] {
    guard width > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }) {
      var rest = Substring(word)
      if !line.isEmpty,
        GlyphWidth.columns(of: line) + 1 + GlyphWidth.columns(of: rest) > width
      {
        lines.append(line)
        line = ""
      }
      while line.isEmpty, GlyphWidth.columns(of: rest) > width {
        let piece = rest.truncated(toColumns: width, ellipsis: "")
        guard !piece.isEmpty else { break }
        lines.append(piece)
        rest = rest.dropFirst(piece.count)
      }
      line += line.isEmpty ? String(rest) : " " + rest
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }

  /// As many of them as may be, the last with an ellipsis where there are more; nil = all.
  static func lines(_ text: String, width: Int, limit: TextLimit?) -> [String] {
    guard let limit else { return lines(text, width: width) }
    let lines = lines(CellText.clean(text), width: width)
    guard limit.rows > 0, lines.count > limit.rows else { return lines }
    let ellipsis = limit.glyphs.ellipsis
    let room = max(0, width - GlyphWidth.columns(of: ellipsis))
    let last = lines[limit.rows - 1].truncated(toColumns: room, ellipsis: "")
    return lines.prefix(limit.rows - 1) + [last + ellipsis]
  }
}

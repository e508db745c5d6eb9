/// Text cut into lines at spaces.
package enum Wrap {
  /// Lines of at most `width` columns (the first of `first`); a word that is longer is cut, or stands on a line of its
  /// own. At least one line.
  package static func lines(
    _ text: String, width: Int, first: Int? = nil, cutsWords: Bool = true
  ) -> [String] {
    guard width > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    var room: Int { lines.isEmpty ? first ?? width : width }
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0.isNewline }) {
      var rest = Substring(word)
      if !line.isEmpty,
        GlyphWidth.columns(of: line) + 1 + GlyphWidth.columns(of: rest) > room
      {
        lines.append(line)
        line = ""
      }
      while cutsWords, line.isEmpty, GlyphWidth.columns(of: rest) > room {
        let piece = rest.truncated(toColumns: room, ellipsis: "")
        guard !piece.isEmpty else { break }
        lines.append(piece)
        rest = rest.dropFirst(piece.count)
      }
      line += line.isEmpty ? String(rest) : " " + rest
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }
}

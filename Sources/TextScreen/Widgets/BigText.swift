/// Letters and figures built of blocks, as large as the room allows; for reading across a room.
public enum BigText {
  /// Draws `text` in capitals in the middle of `rect`, on one line or with a line per word, whichever
  /// gives the larger letters. Returns what it covered.
  ///
  /// Where not even the smallest letters fit, the text is drawn as it is, truncated. `size` draws no larger than
  /// that, so that texts side by side match.
  @discardableResult
  public static func draw(
    _ text: String, role: Role, alignment: Alignment = .center, size: Size? = nil, in rect: Rect,
    frame: inout Frame, glyphs: GlyphSet
  ) -> Rect {
    guard !rect.isEmpty else { return rect }
    guard let layout = largestLayout(of: text, in: rect, from: size?.index ?? 0) else {
      return drawPlainly(
        text, role: role, alignment: alignment, in: rect, frame: &frame, glyphs: glyphs)
    }
    let height = layout.height
    let top = rect.y + (rect.height - height) / 2
    var y = top
    for line in layout.lines {
      let width = layout.width(of: line)
      var x = rect.x + alignment.offset(of: width, in: rect.width)
      for letter in line {
        let picture = BigFont.picture(of: letter)
        drawLetter(
          picture, x: x, y: y, scale: layout.scale, role: role, clip: rect, frame: &frame,
          glyphs: glyphs)
        x += (BigFont.width(of: picture) + 1) * layout.scale.columns
      }
      y += (BigFont.height + 1) * layout.scale.rows
    }
    let width = layout.lines.map(layout.width(of:)).max() ?? 0
    return Rect(
      x: rect.x + alignment.offset(of: width, in: rect.width), y: top, width: width,
      height: height)
  }

  /// How large letters are.
  public struct Size: Sendable, Equatable {
    /// Index into `scales`.
    fileprivate var index: Int
  }

  /// The largest letters in which each of the texts fits into a rectangle of this size; nil = none do.
  public static func size(fitting texts: [String], in rect: Rect) -> Size? {
    var index = 0
    for text in texts {
      guard let layout = largestLayout(of: text, in: rect, from: index),
        let found = scales.firstIndex(of: layout.scale)
      else { return nil }
      index = found
    }
    return Size(index: index)
  }

  /// Columns and rows of one pixel. Terminal cells are about twice as high as wide.
  struct Scale: Equatable {
    var columns: Int
    var rows: Int
  }

  private static let scales = [
    Scale(columns: 8, rows: 4), Scale(columns: 6, rows: 3), Scale(columns: 5, rows: 3),
    Scale(columns: 4, rows: 2), Scale(columns: 3, rows: 2), Scale(columns: 2, rows: 1),
    Scale(columns: 1, rows: 1),
  ]

  private struct Layout {
    var lines: [[Character]]
    var scale: Scale

    var height: Int { (lines.count * (BigFont.height + 1) - 1) * scale.rows }

    func width(of line: [Character]) -> Int {
      let letters = line.reduce(0) { $0 + BigFont.width(of: BigFont.picture(of: $1)) + 1 }
      return max(0, letters - 1) * scale.columns
    }
  }

  private static func largestLayout(of text: String, in rect: Rect, from first: Int) -> Layout? {
    let capitals = text.uppercased()
    let words = capitals.split(separator: " ").map(Array.init)
    guard !words.isEmpty else { return nil }
    for scale in scales.dropFirst(first) {
      for lines in [[Array(capitals)], words] {
        let layout = Layout(lines: lines, scale: scale)
        let widest = lines.map(layout.width(of:)).max() ?? 0
        if layout.height <= rect.height, widest <= rect.width { return layout }
      }
    }
    return nil
  }

  private static func drawLetter(
    _ picture: [String], x: Int, y: Int, scale: Scale, role: Role, clip: Rect,
    frame: inout Frame, glyphs: GlyphSet
  ) {
    for (row, pixels) in picture.enumerated() {
      for (column, pixel) in pixels.enumerated() where pixel == "#" {
        let area = Rect(
          x: x + column * scale.columns, y: y + row * scale.rows, width: scale.columns,
          height: scale.rows)
        frame.fill(clip.intersection(area), glyph: glyphs.block, role: role)
      }
    }
  }

  private static func drawPlainly(
    _ text: String, role: Role, alignment: Alignment, in rect: Rect, frame: inout Frame,
    glyphs: GlyphSet
  ) -> Rect {
    let shown = text.truncated(toColumns: rect.width, ellipsis: glyphs.ellipsis)
    let width = GlyphWidth.columns(of: shown)
    let x = rect.x + alignment.offset(of: width, in: rect.width)
    let y = rect.y + (rect.height - 1) / 2
    frame.put(shown, x: x, y: y, role: role, clip: rect)
    return Rect(x: x, y: y, width: width, height: 1)
  }
}

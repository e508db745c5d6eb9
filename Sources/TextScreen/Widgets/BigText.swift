/// Letters and figures built of blocks, as large as the room allows; for reading across a room.
package enum BigText {
  /// Draws `text` in capitals in the middle of `rect`, on one line or with a line per word, whichever
  /// gives the larger letters. Returns what it covered.
  ///
  /// Where not even the smallest letters fit, the text is drawn as it is, truncated. `size` draws no larger than
  /// that, so that texts side by side match.
  @discardableResult
  package static func draw(
    _ text: String, role: Role, alignment: Alignment = .center, size: Size? = nil, in rect: Rect,
    frame: inout Frame, glyphs: GlyphSet
  ) -> Rect {
    guard !rect.isEmpty else { return rect }
    let sizes = Size.all(glyphs).filter { $0 <= size ?? $0 }
    let measured = BigWords(text)
    for size in sizes {
      guard let lines = measured.lines(at: size, in: rect) else { continue }
      return draw(
        lines, size: size, role: role, alignment: alignment, in: rect, frame: &frame,
        glyphs: glyphs)
    }
    return drawPlainly(
      text, role: role, alignment: alignment, in: rect, frame: &frame, glyphs: glyphs)
  }

  /// How large letters are: halves of a column and halves of a row that one pixel takes. Terminal
  /// cells are about twice as high as wide.
  package struct Size: Sendable, Equatable, Comparable {
    var columns: Int
    var rows: Int

    /// A line's height in rows.
    package var height: Int { height(lines: 1) }

    /// What the glyphs can draw, the largest first.
    package static func all(_ glyphs: GlyphSet) -> [Size] {
      coarse + (glyphs.halves.isEmpty ? [] : [half]) + (glyphs.quarters.isEmpty ? [] : [quarter])
    }

    private static let coarse = [
      (16, 8), (12, 6), (10, 6), (8, 4), (6, 4), (4, 2), (2, 2),
    ].map { Size(columns: $0.0, rows: $0.1) }
    private static let half = Size(columns: 2, rows: 1)
    private static let quarter = Size(columns: 1, rows: 1)

    /// Columns that keep two texts on one line apart: three times what lies between letters.
    package var gap: Int { max(2, columns * 3 / 2) }

    func height(lines: Int) -> Int {
      ((lines * (BigFont.height + 1) - 1) * rows + 1) / 2
    }

    func width(pixels: Int) -> Int { (pixels * columns + 1) / 2 }

    package static func < (left: Size, right: Size) -> Bool {
      (left.rows, left.columns) < (right.rows, right.columns)
    }
  }

  /// The largest letters in which each of the texts fits into a rectangle of this size; nil = none do.
  package static func size(fitting texts: [String], in rect: Rect, glyphs: GlyphSet) -> Size? {
    let measured = texts.map { BigWords($0) }
    return Size.all(glyphs).first { size in
      measured.allSatisfy { $0.lines(at: size, in: rect) != nil }
    }
  }

  private static func draw(
    _ lines: [[Character]], size: Size, role: Role, alignment: Alignment, in rect: Rect,
    frame: inout Frame, glyphs: GlyphSet
  ) -> Rect {
    let widths = lines.map { size.width(pixels: BigWords.pixels($0)) }
    let area = Rect(
      x: 0, y: 0, width: widths.max() ?? 0, height: size.height(lines: lines.count))
    var raster = Raster(width: area.width, height: area.height)
    for (index, line) in lines.enumerated() {
      var x = alignment.offset(of: widths[index], in: area.width) * 2
      let y = index * (BigFont.height + 1) * size.rows
      for letter in line {
        let picture = BigFont.picture(of: letter)
        raster.fill(picture, x: x, y: y, size: size)
        x += (BigFont.width(of: picture) + 1) * size.columns
      }
    }
    let covered = Rect(
      x: rect.x + alignment.offset(of: area.width, in: rect.width),
      y: rect.y + (rect.height - area.height) / 2, width: area.width, height: area.height)
    raster.draw(at: covered, role: role, clip: rect, frame: &frame, glyphs: glyphs)
    return covered
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

/// A text measured once, to be tried in many sizes.
package struct BigWords: Sendable {
  private var line: [Character]
  private var words: [[Character]]
  private var linePixels: Int
  private var widestPixels: Int

  package init(_ text: String) {
    let capitals = text.uppercased()
    words = capitals.split(separator: " ").map(Array.init)
    line = words.isEmpty ? [] : Array(capitals)
    linePixels = Self.pixels(line)
    widestPixels = words.map(Self.pixels).max() ?? 0
  }

  /// Columns of the text on one line.
  package func width(at size: BigText.Size) -> Int { size.width(pixels: linePixels) }

  /// Columns and rows within a width, on one line or with a line per word; nil = it is too wide.
  package func extent(at size: BigText.Size, width: Int) -> (columns: Int, rows: Int)? {
    guard !words.isEmpty else { return nil }
    let whole = size.width(pixels: linePixels)
    if whole <= width { return (whole, size.height) }
    let widest = size.width(pixels: widestPixels)
    return widest <= width ? (widest, size.height(lines: words.count)) : nil
  }

  func lines(at size: BigText.Size, in rect: Rect) -> [[Character]]? {
    guard let extent = extent(at: size, width: rect.width), extent.rows <= rect.height else {
      return nil
    }
    return size.width(pixels: linePixels) <= rect.width ? [line] : words
  }

  static func pixels(_ line: [Character]) -> Int {
    max(0, line.reduce(0) { $0 + BigFont.width(of: BigFont.picture(of: $1)) + 1 } - 1)
  }
}

/// Which quarters of which cells are solid.
private struct Raster {
  let width: Int
  let height: Int
  private var masks: [UInt8]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    masks = Array(repeating: 0, count: width * height)
  }

  /// `x` and `y` in halves of a cell.
  mutating func fill(_ picture: [String], x: Int, y: Int, size: BigText.Size) {
    for (row, pixels) in picture.enumerated() {
      for (column, pixel) in pixels.enumerated() where pixel == "#" {
        for dy in 0..<size.rows {
          for dx in 0..<size.columns {
            set(x: x + column * size.columns + dx, y: y + row * size.rows + dy)
          }
        }
      }
    }
  }

  private mutating func set(x: Int, y: Int) {
    guard x / 2 < width, y / 2 < height else { return }
    masks[y / 2 * width + x / 2] |= 1 << UInt8(y % 2 * 2 + x % 2)
  }

  func draw(at place: Rect, role: Role, clip: Rect, frame: inout Frame, glyphs: GlyphSet) {
    for y in 0..<height {
      for x in 0..<width where masks[y * width + x] != 0 {
        let glyph = glyph(Int(masks[y * width + x]), glyphs)
        frame.put(glyph, x: place.x + x, y: place.y + y, role: role, clip: clip)
      }
    }
  }

  /// Sizes that a set cannot draw are not among its sizes: what has no glyph here cannot come.
  private func glyph(_ mask: Int, _ glyphs: GlyphSet) -> String {
    if mask == 15 { return glyphs.block }
    if glyphs.quarters.indices.contains(mask) { return glyphs.quarters[mask] }
    let half = mask & 1 | (mask & 4) >> 1
    return glyphs.halves.indices.contains(half) ? glyphs.halves[half] : glyphs.block
  }
}

/// One character position. A wide glyph fills its cell and marks the next as its continuation.
package struct Cell: Hashable, Sendable {
  package var glyph: Glyph
  package var role: Role

  package init(_ glyph: Glyph, _ role: Role = .text) {
    self.glyph = glyph
    self.role = role
  }

  /// Of a text that is one grapheme.
  package init(_ glyph: String, _ role: Role = .text) { self.init(Glyph(glyph), role) }

  package static let blank = Cell(Glyph.blank)
}

/// A screenful of cells. Drawing cannot fail: what lies outside is clipped.
package struct Frame: Equatable, Sendable {
  package let width: Int
  package let height: Int
  package private(set) var cells: [Cell]
  /// Where the terminal's cursor belongs (a text field); nil = hidden.
  package var cursor: (x: Int, y: Int)? {
    get { cursorX >= 0 ? (cursorX, cursorY) : nil }
    set {
      cursorX = newValue?.x ?? -1
      cursorY = newValue?.y ?? -1
    }
  }
  private var cursorX = -1
  private var cursorY = -1

  package init(width: Int, height: Int) {
    self.width = max(0, width)
    self.height = max(0, height)
    cells = Array(repeating: .blank, count: self.width * self.height)
  }

  package var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  package subscript(x: Int, y: Int) -> Cell {
    (0..<width).contains(x) && (0..<height).contains(y) ? cells[y * width + x] : .blank
  }

  /// Writes text from (x, y) to the right, clipped to `clip` (or the frame). Returns the columns it took.
  ///
  /// A wide glyph that would be cut becomes a blank; overwriting half of one blanks the other half.
  @discardableResult
  package mutating func put(
    _ text: some StringProtocol, x: Int, y: Int, role: Role, clip: Rect? = nil
  ) -> Int {
    let area = clip.map(bounds.intersection) ?? bounds
    let plain = text.utf8.withContiguousStorageIfAvailable { bytes in
      putPlain(bytes, x: x, y: y, role: role, in: area)
    }
    if let plain, let columns = plain { return columns }
    var column = x
    for character in text {
      let columns = GlyphWidth.columns(of: character)
      guard columns > 0 else { continue }
      defer { column += columns }
      guard y >= area.y, y < area.bottom, column < area.right, column + columns > area.x else {
        continue
      }
      if column >= area.x, column + columns <= area.right {
        uncover(column..<column + columns, y: y)
        cells[y * width + column] = Cell(Glyph(character), role)
        if columns == 2 { cells[y * width + column + 1] = Cell(.continuation, role) }
      } else {
        let cut = max(column, area.x)
        uncover(cut..<cut + 1, y: y)
        cells[y * width + cut] = Cell(.blank, role)
      }
    }
    return column - x
  }

  /// Most of a screen: a byte is a column. nil = there is more than printable ASCII in it, and nothing was written.
  private mutating func putPlain(
    _ bytes: UnsafeBufferPointer<UInt8>, x: Int, y: Int, role: Role, in area: Rect
  ) -> Int? {
    guard GlyphWidth.isPlain(bytes) else { return nil }
    let (first, end) = (max(x, area.x), min(x + bytes.count, area.right))
    guard y >= area.y, y < area.bottom, first < end else { return bytes.count }
    uncover(first..<end, y: y)
    for column in first..<end {
      cells[y * width + column] = Cell(Glyph(ascii: bytes[column - x]), role)
    }
    return bytes.count
  }

  /// Cells of one column each from (x, y) to the right, clipped to `clip`.
  mutating func put(_ line: [Cell], x: Int, y: Int, clip: Rect) {
    let area = bounds.intersection(clip)
    let (first, end) = (max(x, area.x), min(x + line.count, area.right))
    guard y >= area.y, y < area.bottom, first < end else { return }
    uncover(first..<end, y: y)
    for column in first..<end { cells[y * width + column] = line[column - x] }
  }

  /// `glyph` takes one column.
  package mutating func fill(_ rect: Rect, glyph: String = " ", role: Role) {
    let area = bounds.intersection(rect)
    guard area.x < area.right else { return }
    let cell = Cell(glyph, role)
    for y in area.y..<max(area.y, area.bottom) {
      uncover(area.x..<area.right, y: y)
      for index in y * width + area.x..<y * width + area.right { cells[index] = cell }
    }
  }

  /// Blank again, in the same memory.
  package mutating func clear() {
    for index in cells.indices { cells[index] = .blank }
    cursor = nil
  }

  /// Changes the role of what is there, keeping the glyphs (selection, focus).
  package mutating func recolor(_ rect: Rect, role: Role) {
    let area = bounds.intersection(rect)
    for y in area.y..<max(area.y, area.bottom) {
      for x in area.x..<max(area.x, area.right) { cells[y * width + x].role = role }
    }
  }

  /// Wide glyphs of which one half is about to be overwritten lose the other one.
  private mutating func uncover(_ columns: Range<Int>, y: Int) {
    let row = y * width
    if columns.lowerBound > 0, cells[row + columns.lowerBound].glyph.isContinuation {
      cells[row + columns.lowerBound - 1].glyph = .blank
    }
    if columns.upperBound < width, cells[row + columns.upperBound].glyph.isContinuation {
      cells[row + columns.upperBound].glyph = .blank
    }
  }

  /// Whether a row is the same as in a frame of the same size.
  package func row(_ y: Int, isAsIn other: Frame) -> Bool {
    for index in y * width..<(y + 1) * width where cells[index] != other.cells[index] {
      return false
    }
    return true
  }

  package static func == (left: Frame, right: Frame) -> Bool {
    left.width == right.width && left.height == right.height && left.cells == right.cells
      && left.cursorX == right.cursorX && left.cursorY == right.cursorY
  }
}

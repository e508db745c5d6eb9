/// One character position. A wide glyph fills its cell and marks the next as its continuation.
package struct Cell: Hashable, Sendable {
  /// One grapheme; empty = the right half of a wide glyph.
  package var glyph: String
  package var role: Role

  package init(_ glyph: String = " ", _ role: Role = .text) {
    self.glyph = glyph
    self.role = role
  }

  package static let blank = Cell()
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
    if GlyphWidth.isPlain(text) { return putPlain(text.utf8, x: x, y: y, role: role, in: area) }
    var column = x
    for character in text {
      let columns = GlyphWidth.columns(of: character)
      guard columns > 0 else { continue }
      defer { column += columns }
      guard y >= area.y, y < area.bottom, column < area.right, column + columns > area.x else {
        continue
      }
      if column >= area.x, column + columns <= area.right {
        set(Cell(String(character), role), x: column, y: y)
        if columns == 2 { set(Cell("", role), x: column + 1, y: y, isContinuation: true) }
      } else {
        set(Cell(" ", role), x: max(column, area.x), y: y)
      }
    }
    return column - x
  }

  /// Most of a screen: a byte is a column, and its glyph is at hand.
  private mutating func putPlain(
    _ bytes: some Collection<UInt8>, x: Int, y: Int, role: Role, in area: Rect
  ) -> Int {
    var column = x
    guard y >= area.y, y < area.bottom else { return bytes.count }
    for byte in bytes {
      if column >= area.x, column < area.right {
        set(Cell(Self.plain[Int(byte)], role), x: column, y: y)
      }
      column += 1
    }
    return column - x
  }

  private static let plain = (0..<128).map { String(UnicodeScalar(UInt8($0))) }

  /// `glyph` takes one column.
  package mutating func fill(_ rect: Rect, glyph: String = " ", role: Role) {
    let area = bounds.intersection(rect)
    guard area.x < area.right else { return }
    let cell = Cell(glyph, role)
    for y in area.y..<max(area.y, area.bottom) {
      set(cell, x: area.x, y: y)
      set(cell, x: area.right - 1, y: y)
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

  private mutating func set(_ cell: Cell, x: Int, y: Int, isContinuation: Bool = false) {
    let index = y * width + x
    let row = y * width
    if !isContinuation, cells[index].glyph.isEmpty, index > row {
      cells[index - 1].glyph = " "
    }
    if index + 1 < row + width, cells[index + 1].glyph.isEmpty {
      cells[index + 1].glyph = " "
    }
    cells[index] = cell
  }

  package static func == (left: Frame, right: Frame) -> Bool {
    left.width == right.width && left.height == right.height && left.cells == right.cells
      && left.cursorX == right.cursorX && left.cursorY == right.cursorY
  }
}

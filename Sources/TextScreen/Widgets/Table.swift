/// Rows of cells under a header, with a selection and a first visible row.
package enum Table {
  package enum Width: Sendable, Equatable {
    case fixed(Int)
    /// A share of what the fixed columns leave, by weight.
    case flexible(Int = 1)
  }

  package struct Column: Sendable, Equatable {
    package var title: String
    package var width: Width
    package var alignment: Alignment

    package init(_ title: String, width: Width = .flexible(), alignment: Alignment = .left) {
      self.title = title
      self.width = width
      self.alignment = alignment
    }
  }

  package struct Entry: Sendable, Equatable {
    package var text: String
    package var role: Role

    package init(_ text: String, _ role: Role = .text) {
      self.text = text
      self.role = role
    }
  }

  /// Draws as many rows as fit from row `first` on. `selected` counts from row 0, not from `first`.
  ///
  /// A row shorter than the columns leaves blanks. Hidden rows show as an arrow in the last column of the
  /// first or last visible row.
  package static func draw(
    columns: [Column], rows: [[Entry]], selected: Int? = nil, first: Int = 0, header: Bool = true,
    in rect: Rect, frame: inout Frame, glyphs: GlyphSet
  ) {
    guard !rect.isEmpty, !columns.isEmpty else { return }
    let cells = places(of: columns, in: rect)
    var body = rect
    if header {
      for (column, place) in zip(columns, cells) {
        put(
          Entry(column.title, .header), y: rect.y, in: place, alignment: column.alignment,
          frame: &frame, glyphs: glyphs)
      }
      body = Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: rect.height - 1)
    }
    guard !body.isEmpty else { return }

    let start = min(max(0, first), max(0, rows.count - 1))
    let visible = rows.dropFirst(start).prefix(body.height)
    for (index, row) in zip(visible.indices, visible) {
      let y = body.y + index - start
      for ((column, place), entry) in zip(zip(columns, cells), row) {
        put(
          entry, y: y, in: place, alignment: column.alignment, frame: &frame, glyphs: glyphs)
      }
      if index == selected {
        frame.recolor(Rect(x: body.x, y: y, width: body.width, height: 1), role: .selection)
      }
    }
    drawArrows(
      above: start > 0, below: start + visible.count < rows.count, in: body, frame: &frame,
      glyphs: glyphs)
  }

  /// One blank column between neighbours.
  private static func places(of columns: [Column], in rect: Rect) -> [Rect] {
    var parts: [Split.Part] = []
    for column in columns {
      if !parts.isEmpty { parts.append(.fixed(1)) }
      switch column.width {
      case .fixed(let width): parts.append(.fixed(width))
      case .flexible(let weight): parts.append(.flexible(weight))
      }
    }
    let all = Split.columns(rect, parts)
    return stride(from: 0, to: all.count, by: 2).map { all[$0] }
  }

  private static func put(
    _ entry: Entry, y: Int, in place: Rect, alignment: Alignment, frame: inout Frame,
    glyphs: GlyphSet
  ) {
    let text = entry.text.truncated(toColumns: place.width, ellipsis: glyphs.ellipsis)
    let offset = alignment.offset(of: GlyphWidth.columns(of: text), in: place.width)
    frame.put(text, x: place.x + offset, y: y, role: entry.role, clip: place)
  }

  /// Where there is more than is shown, in the last column.
  package static func drawArrows(
    above: Bool, below: Bool, in body: Rect, frame: inout Frame, glyphs: GlyphSet
  ) {
    let x = body.right - 1
    if above { frame.put(glyphs.arrowUp, x: x, y: body.y, role: .dim, clip: body) }
    if below { frame.put(glyphs.arrowDown, x: x, y: body.bottom - 1, role: .dim, clip: body) }
  }
}

/// A titled area: a frame around it, or only a title rule above it where rows are scarce.
package enum Box {
  package enum Border: Sendable, Equatable {
    case full
    /// A title line and nothing else.
    case titleOnly
  }

  /// Draws title and border, and returns what is left for the content (empty when there is no room).
  ///
  /// The right-hand text gives way first: it is dropped where it would touch the title.
  @discardableResult
  package static func draw(
    title: String, right: String? = nil, in rect: Rect, focused: Bool = false,
    border: Border = .full, rightRole: Role = .dim, frame: inout Frame, glyphs: GlyphSet
  ) -> Rect {
    guard !rect.isEmpty else { return rect }
    let line: Role = focused ? .focus : .border
    let isFull = border == .full && rect.width >= 2 && rect.height >= 2
    if isFull { drawSides(of: rect, role: line, frame: &frame, glyphs: glyphs) }

    let top = Rect(x: rect.x, y: rect.y, width: rect.width, height: 1)
    let inset = isFull ? 1 : 0
    for x in top.x + inset..<top.right - inset {
      frame.put(glyphs.horizontal, x: x, y: top.y, role: line)
    }
    drawTitle(
      title, right: right, in: top, focused: focused, rightRole: rightRole, frame: &frame,
      glyphs: glyphs)
    return isFull
      ? Rect(x: rect.x + 1, y: rect.y + 1, width: rect.width - 2, height: rect.height - 2)
      : Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: rect.height - 1)
  }

  private static func drawSides(
    of rect: Rect, role: Role, frame: inout Frame, glyphs: GlyphSet
  ) {
    let right = rect.right - 1
    let bottom = rect.bottom - 1
    for y in rect.y + 1..<bottom {
      frame.put(glyphs.vertical, x: rect.x, y: y, role: role)
      frame.put(glyphs.vertical, x: right, y: y, role: role)
    }
    for x in rect.x + 1..<right { frame.put(glyphs.horizontal, x: x, y: bottom, role: role) }
    frame.put(glyphs.topLeft, x: rect.x, y: rect.y, role: role)
    frame.put(glyphs.topRight, x: right, y: rect.y, role: role)
    frame.put(glyphs.bottomLeft, x: rect.x, y: bottom, role: role)
    frame.put(glyphs.bottomRight, x: right, y: bottom, role: role)
  }

  /// One column of rule stays visible at either end, and one blank around each text.
  private static func drawTitle(
    _ title: String, right: String?, in line: Rect, focused: Bool, rightRole: Role,
    frame: inout Frame, glyphs: GlyphSet
  ) {
    let room = line.width - 4
    guard room > 0, !title.isEmpty else { return }
    let shown = title.truncated(toColumns: room, ellipsis: glyphs.ellipsis)
    frame.put(
      " \(shown) ", x: line.x + 1, y: line.y, role: focused ? .focus : .title, clip: line)
    guard let right, !right.isEmpty else { return }
    let length = GlyphWidth.columns(of: right)
    let start = line.right - 3 - length
    guard start > line.x + 3 + GlyphWidth.columns(of: shown) else { return }
    frame.put(" \(right) ", x: start, y: line.y, role: rightRole, clip: line)
  }
}

/// A history in as many columns as there are values, the newest at the right edge.
package enum Sparkline {
  /// Draws the newest values that fit, scaled to `maximum` (nil = the largest shown).
  ///
  /// nil is a gap, and looks unlike zero, which is the lowest level. More rows give more levels.
  package static func draw(
    _ values: [Double?], maximum: Double? = nil, role: Role = .sparkline, in rect: Rect,
    frame: inout Frame, glyphs: GlyphSet
  ) {
    guard !rect.isEmpty else { return }
    let shown = values.suffix(rect.width)
    let largest = maximum ?? shown.compactMap { $0 }.filter(\.isFinite).max() ?? 0
    let steps = glyphs.levels.count * rect.height
    for (offset, value) in shown.enumerated() {
      guard let value, !value.isNaN else { continue }
      let share = largest > 0 ? min(max(value / largest, 0), 1) : 0
      let level = max(1, Int((share * Double(steps)).rounded()))
      drawColumn(
        level: level, x: rect.right - shown.count + offset, role: role, in: rect, frame: &frame,
        glyphs: glyphs)
    }
  }

  private static func drawColumn(
    level: Int, x: Int, role: Role, in rect: Rect, frame: inout Frame, glyphs: GlyphSet
  ) {
    var left = level
    for y in (rect.y..<rect.bottom).reversed() where left > 0 {
      let height = min(left, glyphs.levels.count)
      frame.put(glyphs.levels[height - 1], x: x, y: y, role: role, clip: rect)
      left -= height
    }
  }
}

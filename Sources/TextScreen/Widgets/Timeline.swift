/// A stretch of time on one row: what is covered, where the holes are, and moments of note.
///
/// Times are seconds on any one clock.
package enum Timeline {
  package struct Span: Sendable, Equatable {
    package var from: Double
    package var to: Double
    package var role: Role

    package init(from: Double, to: Double, role: Role = .timeline) {
      self.from = from
      self.to = to
      self.role = role
    }
  }

  package struct Mark: Sendable, Equatable {
    package var at: Double
    /// nil = the set's own mark.
    package var glyph: String?
    package var role: Role

    package init(at: Double, glyph: String? = nil, role: Role = .strong) {
      self.at = at
      self.glyph = glyph
      self.role = role
    }
  }

  /// Draws on every row of `rect`. Later kinds cover earlier ones: spans, then marks, then holes.
  ///
  /// A hole takes at least one cell however short it is, and nothing is drawn over it. On several rows
  /// spans are shaded and marks solid: a line drawn twice would be two lines. The cursor recolours the cell that it
  /// stands on and hides nothing.
  package static func draw(
    from start: Double, to end: Double, spans: [Span], holes: [Span] = [], marks: [Mark] = [],
    cursor: Double? = nil, in rect: Rect, frame: inout Frame, glyphs: GlyphSet
  ) {
    guard !rect.isEmpty else { return }
    var line = Array(repeating: Cell(glyphs.timelineEmpty, .dim), count: rect.width)
    let axis = Axis(start: start, end: end, length: rect.width)
    let isBar = rect.height > 1
    let spanGlyph = isBar ? glyphs.gaugeRange : glyphs.timelineSpan
    let markGlyph = isBar ? glyphs.block : glyphs.timelineMark
    for span in spans {
      guard let cells = axis.cells(from: span.from, to: span.to) else { continue }
      for index in cells { line[index] = Cell(spanGlyph, span.role) }
    }
    for mark in marks {
      guard let index = axis.cells(from: mark.at, to: mark.at)?.first else { continue }
      line[index] = Cell(mark.glyph ?? markGlyph, mark.role)
    }
    for hole in holes {
      guard let cells = axis.cells(from: hole.from, to: hole.to) else { continue }
      for index in cells { line[index] = Cell(glyphs.hole, .hole) }
    }
    if let cursor, let index = axis.cells(from: cursor, to: cursor)?.first {
      line[index] = Cell(line[index].glyph, .selection)
    }
    for y in rect.y..<rect.bottom { frame.put(line, x: rect.x, y: y, clip: rect) }
  }

  /// Seconds to cells.
  private struct Axis {
    let start: Double
    let end: Double
    let length: Int

    /// The cells that a stretch touches, at least one; nil when all of it lies outside or is no time.
    func cells(from: Double, to: Double) -> Range<Int>? {
      guard from.isFinite, to.isFinite, from <= to, from <= end, to >= start else { return nil }
      guard end > start else { return 0..<length }
      let scale = Double(length) / (end - start)
      let first = min(Int((max(from, start) - start) * scale), length - 1)
      let last = min(Int(((min(to, end) - start) * scale).rounded(.up)), length)
      return first..<max(first + 1, last)
    }
  }
}

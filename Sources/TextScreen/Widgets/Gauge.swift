/// A bar with a likeliest value, the range it may lie in, and the target it is held to.
package enum Gauge {
  /// What a gauge shows; all figures in the unit of `scale`, the value of the full length.
  package struct Reading: Sendable, Equatable {
    /// nil = unknown.
    package var value: Double?
    package var low: Double?
    package var high: Double?
    package var target: Double?
    package var scale: Double

    package init(
      value: Double?, low: Double? = nil, high: Double? = nil, target: Double? = nil,
      scale: Double
    ) {
      self.value = value
      self.low = low
      self.high = high
      self.target = target
      self.scale = scale
    }
  }

  /// Draws the same bar on every row of `rect`. What lies beyond the scale is an arrow at the end.
  ///
  /// Filled: up to the value. Shaded: from the value to the high estimate, and from the low estimate
  /// to the value in the range's colour. The target's mark is always within the bar.
  package static func draw(
    _ reading: Reading, role: Role = .gaugeFill, in rect: Rect, frame: inout Frame,
    glyphs: GlyphSet
  ) {
    guard !rect.isEmpty else { return }
    let line = cells(of: reading, role: role, length: rect.width, glyphs: glyphs)
    for y in rect.y..<rect.bottom { frame.put(line, x: rect.x, y: y, clip: rect) }
  }

  private static func cells(
    of reading: Reading, role: Role, length: Int, glyphs: GlyphSet
  ) -> [Cell] {
    var line = Array(repeating: Cell(glyphs.gaugeEmpty, .gaugeEmpty), count: length)
    guard let value = reading.value, value.isFinite, reading.scale > 0 else {
      line[0] = Cell(glyphs.question, .unknown)
      mark(reading.target, reading: reading, in: &line, glyphs: glyphs)
      return line
    }
    let filled = eighths(value, reading: reading, length: length)
    if let high = reading.high {
      let end = (eighths(high, reading: reading, length: length) + 7) / 8
      for index in filled / 8..<max(filled / 8, end) {
        line[index] = Cell(glyphs.gaugeRange, .gaugeRange)
      }
    }
    for index in 0..<filled / 8 { line[index] = Cell(glyphs.bars[8], role) }
    // A partial cell only where it would not cut into the shaded range.
    if filled / 8 < length, filled % 8 > 0, line[filled / 8].role == .gaugeEmpty {
      line[filled / 8] = Cell(glyphs.bars[filled % 8], role)
    }
    if let low = reading.low {
      let start = eighths(low, reading: reading, length: length) / 8
      for index in start..<max(start, filled / 8) {
        line[index] = Cell(glyphs.bars[8], .gaugeRange)
      }
    }
    if max(value, reading.high ?? value) > reading.scale {
      line[length - 1] = Cell(glyphs.arrowRight, value > reading.scale ? role : .gaugeRange)
    }
    mark(reading.target, reading: reading, in: &line, glyphs: glyphs)
    return line
  }

  private static func mark(
    _ target: Double?, reading: Reading, in line: inout [Cell], glyphs: GlyphSet
  ) {
    guard let target, target.isFinite, reading.scale > 0 else { return }
    let index = eighths(target, reading: reading, length: line.count) / 8
    line[min(index, line.count - 1)] = Cell(glyphs.target, .target)
  }

  private static func eighths(_ value: Double, reading: Reading, length: Int) -> Int {
    guard !value.isNaN else { return 0 }
    return Int((min(max(value / reading.scale, 0), 1) * Double(length * 8)).rounded())
  }
}

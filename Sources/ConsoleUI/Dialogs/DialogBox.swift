import TextScreen

/// A framed area in the middle of the screen with a line for the answer at its foot.
struct DialogBox {
  var title: String
  var right: String?
  var rows: [Row]
  var scroll = 0

  /// Wide enough for a sentence, never wider than the screen.
  static func width(in screen: Rect) -> Int { min(max(0, screen.width - 4), 76) }

  /// Of `count` rows, how many show at a time: the frame, a rule and the answer take four.
  static func contentRows(_ count: Int, in screen: Rect) -> Int {
    min(count, max(1, screen.height - 4))
  }

  /// Draws frame and rows; returns the line for the answer.
  func draw(_ state: AppState, into frame: inout Frame) -> Rect {
    let content = Self.contentRows(rows.count, in: state.size)
    let across = Split.columns(
      state.size, [.flexible(), .fixed(Self.width(in: state.size)), .flexible()])[1]
    let rect = Split.rows(across, [.flexible(), .fixed(content + 4), .flexible()])[1]
    // A sliver of a panel beside the frame would only be noise.
    let margins = Rect(x: 0, y: rect.y, width: state.columns, height: rect.height)
    if rect.x < 8 { frame.fill(margins, role: .text) }
    frame.fill(rect, role: .dialog)
    let body = Box.draw(
      title: CellText.clean(title), right: right.map { CellText.clean($0) }, in: rect,
      focused: true,
      border: .full, frame: &frame, glyphs: state.glyphs)
    let parts = Split.rows(body, [.flexible(), .fixed(1), .fixed(1)])
    let offset = min(max(0, scroll), max(0, rows.count - parts[0].height))
    for (index, row) in rows.dropFirst(offset).prefix(parts[0].height).enumerated() {
      row.draw(
        in: Rect(x: body.x, y: body.y + index, width: body.width, height: 1), frame: &frame,
        glyphs: state.glyphs)
    }
    if offset + parts[0].height < rows.count {
      frame.write(
        Line([], right: [Span("\(state.glyphs.arrowDown) more ", .key)]), in: parts[1],
        glyphs: state.glyphs)
    }
    return parts[2]
  }

  /// The question with its two answers; the one that Enter gives is lit.
  static func drawButtons(
    question: String, yes: Bool, in rect: Rect, _ state: AppState, frame: inout Frame
  ) {
    let question = GlyphWidth.columns(of: question) + 24 <= rect.width ? question : "Start it?"
    frame.write(
      Line(
        [Span(" \(question)", .strong)],
        right: [
          Span("[ No ]", yes ? .dialog : .selection), Span(" "),
          Span("[ Yes ]", yes ? .danger : .dialog), Span("  "), Span("y", .key),
          Span("/", .dialog), Span("n", .key), Span(" "),
        ]), in: rect, glyphs: state.glyphs)
  }
}

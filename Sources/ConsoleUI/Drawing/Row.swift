import RecoveryModel
import TextScreen

/// One row of a panel or a view, before it knows where it will be drawn.
enum Row: Sendable, Equatable {
  case line(Line)
  /// Cells in columns; all rows of a table carry the same columns.
  case cells([Table.Column], [Table.Entry])
  case section(String)
  case gauge(Gauge.Reading, Role)
  case timeline(TimelineFigure)
  /// A history, and what stands after it, beside a label of so many columns.
  case sparkline(String, [Double?], Span, labelWidth: Int = Line.labelWidth)

  static let blank = Row.line(Line(""))

  static func text(_ text: String, _ role: Role = .text) -> Row { .line(Line(" " + text, role)) }
  static func fact(_ label: String, _ text: String, _ role: Role = .text) -> Row {
    .line(.fact(label, text, role))
  }
  static func fact(_ label: String, _ spans: [Span]) -> Row { .line(.fact(label, spans)) }

  /// The column titles of a table.
  static func heading(_ columns: [Table.Column]) -> Row {
    .cells(columns, columns.map { Table.Entry($0.title, .dim) })
  }

  /// A text over as many rows as it needs, indented under a label's column.
  static func paragraph(
    _ text: String, _ role: Role = .text, width: Int, indent: Int = 1, limit: TextLimit? = nil
  ) -> [Row] {
    Wrap.lines(text, width: width, indent: indent, limit: limit).map { .line(Line($0, role)) }
  }

  /// A text behind a mark of so many columns, over as many rows as it needs.
  static func marked(_ mark: Span, _ text: String, _ role: Role, width: Int, indent: Int) -> [Row] {
    Wrap.copyable(text, width: width, indent: indent).enumerated().map { index, line in
      index == 0
        ? .line(Line([mark, Span(String(line.dropFirst(indent)), role)])) : .line(Line(line, role))
    }
  }

  /// A labelled text over as many rows as it needs.
  static func facts(
    _ label: String, _ text: String, _ role: Role = .text, width: Int,
    labelWidth: Int = Line.labelWidth, limit: TextLimit? = nil
  ) -> [Row] {
    let indent = max(labelWidth, label.count + 2)
    return Wrap.lines(text, width: width, indent: indent, limit: limit).enumerated().map {
      index, line in
      index == 0
        ? .line(.fact(label, [Span(String(line.dropFirst(indent)), role)], labelWidth: labelWidth))
        : .line(Line(line, role))
    }
  }

  func draw(in rect: Rect, frame: inout Frame, glyphs: GlyphSet) {
    guard !rect.isEmpty else { return }
    switch self {
    case .line(let line): frame.write(line, in: rect, glyphs: glyphs)
    case .cells(let columns, let entries):
      let clean = entries.map { Table.Entry(CellText.clean($0.text), $0.role) }
      Table.draw(
        columns: columns, rows: [clean], header: false, in: rect.indented, frame: &frame,
        glyphs: glyphs)
    case .section(let title):
      Box.draw(
        title: CellText.clean(title), in: rect, border: .titleOnly, frame: &frame,
        glyphs: glyphs)
    case .gauge(let reading, let role):
      Gauge.draw(reading, role: role, in: rect.indented, frame: &frame, glyphs: glyphs)
    case .timeline(let figure): figure.draw(in: rect.indented, frame: &frame, glyphs: glyphs)
    case .sparkline(let label, let values, let after, let labelWidth):
      let spark = Rect(
        x: rect.x + labelWidth, y: rect.y,
        width: max(0, min(values.count, rect.width - labelWidth)), height: 1)
      frame.write(.fact(label, []), in: rect, glyphs: glyphs)
      Sparkline.draw(values, in: spark, frame: &frame, glyphs: glyphs)
      frame.write(
        Line([after]),
        in: Rect(x: spark.right + 1, y: rect.y, width: rect.right - spark.right - 1, height: 1),
        glyphs: glyphs)
    }
  }
}

/// What a recovery window's picture is drawn from; seconds on one clock.
struct TimelineFigure: Sendable, Equatable {
  var start: Double
  var end: Double
  var spans: [Timeline.Span]
  var holes: [Timeline.Span]
  var marks: [Timeline.Mark]
  /// Where the cursor stands; nil = there is none here.
  var cursor: Double?

  func draw(in rect: Rect, frame: inout Frame, glyphs: GlyphSet) {
    Timeline.draw(
      from: start, to: end, spans: spans, holes: holes, marks: marks, cursor: cursor, in: rect,
      frame: &frame, glyphs: glyphs)
  }
}

extension Rect {
  /// One column in from either side, where there is room for that.
  var indented: Rect {
    width > 2 ? Rect(x: x + 1, y: y, width: width - 2, height: height) : self
  }
}

import RecoveryModel
import TextScreen

/// A piece of text with one meaning.
struct Span: Sendable, Equatable {
  var text: String
  var role: Role

  init(_ text: String, _ role: Role = .text) {
    self.text = text
    self.role = role
  }
}

/// One line: spans from the left, and spans that end at the right edge.
struct Line: Sendable, Equatable {
  var left: [Span]
  var right: [Span]

  init(_ left: [Span], right: [Span] = []) {
    self.left = left
    self.right = right
  }

  init(_ text: String, _ role: Role = .text) { self.init([Span(text, role)]) }

  /// Columns of a label and the blank after it in a panel's summary; of a detail view, whose labels
  /// are longer.
  static let labelWidth = 9
  static let detailLabelWidth = 15

  /// A dim label in a column of its own and what it names.
  static func fact(
    _ label: String, _ spans: [Span], right: [Span] = [], labelWidth: Int = labelWidth
  ) -> Line {
    let gap = String(repeating: " ", count: max(1, labelWidth - label.count - 1))
    return Line([Span(" " + label + gap, .dim)] + spans, right: right)
  }

  static func fact(_ label: String, _ text: String, _ role: Role = .text) -> Line {
    fact(label, [Span(text, role)])
  }

  var text: String { left.map(\.text).joined() + right.map(\.text).joined() }
}

extension Frame {
  /// The only way by which our text reaches a cell: cleaned of what could drive a terminal.
  @discardableResult
  mutating func write(_ text: String, x: Int, y: Int, role: Role, clip: Rect) -> Int {
    put(CellText.clean(text), x: x, y: y, role: role, clip: clip)
  }

  /// Writes a line into the first row of `rect`. The left gives way to the right, by an ellipsis.
  mutating func write(_ line: Line, in rect: Rect, glyphs: GlyphSet) {
    guard !rect.isEmpty else { return }
    let right = line.right.map { Span(CellText.clean($0.text), $0.role) }
    let rightWidth = right.reduce(0) { $0 + GlyphWidth.columns(of: $1.text) }
    let fits = rightWidth < rect.width
    var room = rect.width - (fits && rightWidth > 0 ? rightWidth + 1 : 0)
    var x = rect.x
    for span in line.left where room > 0 {
      let whole = CellText.clean(span.text)
      let text = whole.cut(toColumns: room, glyphs: glyphs)
      let used = put(text, x: x, y: rect.y, role: span.role, clip: rect)
      x += used
      // What follows a text that was cut would read on from its end.
      room = text == whole ? room - used : 0
    }
    guard fits else { return }
    x = rect.right - rightWidth
    for span in right { x += put(span.text, x: x, y: rect.y, role: span.role, clip: rect) }
  }
}

import RecoveryModel
import TextScreen

/// A plan in full, and the question.
enum ConfirmDialog {
  /// Everything about the plan; the scroll position counts in these rows.
  static func rows(_ plan: OperationPlan, width: Int, glyphs: GlyphSet) -> [Row] {
    var rows: [Row] = []
    for (index, step) in plan.steps.enumerated() {
      rows += numbered(index + 1, step, width: width)
    }
    if !plan.notes.isEmpty { rows.append(.blank) }
    for note in plan.notes {
      rows += Wrap.lines(note, width: max(1, width - 4)).enumerated().map { index, line in
        .line(Line(" \(index == 0 ? glyphs.bullet : " ") \(line)", .dim))
      }
    }
    if !plan.requirements.isEmpty {
      rows += [.blank, .text("Requires", .title)]
      for requirement in plan.requirements {
        rows += self.requirement(requirement, width: width, glyphs: glyphs)
      }
    }
    rows.append(.blank)
    if let expected = plan.expected {
      rows.append(
        .text(
          "Should take \(Format.duration(expected.low)) to \(Format.duration(expected.high)), "
            + "probably \(Format.duration(expected.expected))."))
    } else {
      rows.append(.text("How long it takes is not known yet.", .dim))
    }
    if let wanted = plan.typedConfirmation {
      rows.append(.blank)
      rows += Row.paragraph("To start it, type: \(wanted)", .strong, width: width)
    }
    return rows
  }

  private static func numbered(_ number: Int, _ step: String, width: Int) -> [Row] {
    Wrap.lines(step, width: max(1, width - 5)).enumerated().map { index, line in
      let mark = index == 0 ? " \(number). " : "    "
      return .line(Line([Span(mark, .dim), Span(line, .dialog)]))
    }
  }

  private static func requirement(
    _ requirement: Requirement, width: Int, glyphs: GlyphSet
  ) -> [Row] {
    let tick = Tick.span(requirement.satisfied, glyphs)
    var rows: [Row] = [
      .line(Line([Span(" \(tick.text) ", tick.role), Span(requirement.what, .dialog)]))
    ]
    if !requirement.detail.isEmpty {
      rows += Row.paragraph(
        requirement.detail, requirement.satisfied == true ? .dim : tick.role, width: width,
        indent: 3)
    }
    return rows
  }

  static func lastScroll(_ confirmation: Confirmation, in screen: Rect, glyphs: GlyphSet) -> Int {
    let width = DialogBox.width(in: screen)
    let rows = rows(confirmation.plan, width: width - 2, glyphs: glyphs)
    return max(0, rows.count - DialogBox.contentRows(rows.count, in: screen))
  }

  static func draw(_ confirmation: Confirmation, _ state: AppState, into frame: inout Frame) {
    let width = DialogBox.width(in: state.size)
    let all = rows(confirmation.plan, width: width - 2, glyphs: state.glyphs)
    let box = DialogBox(
      title: confirmation.plan.title, right: confirmation.plan.cluster, rows: all,
      scroll: confirmation.scroll)
    let footer = box.draw(state, into: &frame)
    if let obstacle = confirmation.obstacle {
      frame.write(
        Line(
          [Span(" \(obstacle)", .critical)], right: [Span("Esc", .key), Span(" back ", .dialog)]),
        in: footer, glyphs: state.glyphs)
    } else if let wanted = confirmation.plan.typedConfirmation {
      drawTyping(confirmation.typed, wanted: wanted, in: footer, state, frame: &frame)
    } else {
      DialogBox.drawButtons(
        question: "Start it on \(confirmation.plan.cluster)?", yes: confirmation.yes, in: footer,
        state, frame: &frame)
    }
  }

  /// What must be typed, and what has been: the end of it where all does not fit.
  private static func drawTyping(
    _ typed: String, wanted: String, in rect: Rect, _ state: AppState, frame: inout Frame
  ) {
    let matches = typed == wanted
    let hint: [Span] =
      matches
      ? [Span("Enter", .key), Span(" does it ", .dialog)]
      : [Span("Esc", .key), Span(" leaves ", .dialog)]
    let hintWidth = hint.reduce(0) { $0 + $1.text.count }
    let whole = " Type \(CellText.clean(wanted)): "
    // A name too long for the line stands in the plan's rows.
    let question = GlyphWidth.columns(of: whole) * 2 < rect.width ? whole : " Type it: "
    let room = max(1, rect.width - hintWidth - GlyphWidth.columns(of: question) - 2)
    let shown = String(CellText.clean(typed).suffix(room))
    frame.write(
      Line(
        [Span(question, .strong), Span(shown, matches ? .danger : .dialog)], right: hint),
      in: rect, glyphs: state.glyphs)
    let x = rect.x + GlyphWidth.columns(of: question) + GlyphWidth.columns(of: shown)
    frame.cursor = (min(x, rect.right - 1), rect.y)
  }
}

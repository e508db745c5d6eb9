import RecoveryModel
import TextScreen

/// A plan in full, and the question.
enum ConfirmDialog {
  /// Everything about the plan; the scroll position counts in these rows.
  static func rows(_ plan: OperationPlan, width: Int, glyphs: GlyphSet) -> [Row] {
    words(plan, width: width, glyphs: glyphs) + commands(plan, width: width)
      + typing(plan, width: width)
  }

  /// At the very end: sooner it is not taken.
  private static func typing(_ plan: OperationPlan, width: Int) -> [Row] {
    guard let wanted = plan.typedConfirmation else { return [] }
    return [.blank] + Row.paragraph("To start it, type: \(wanted)", .strong, width: width)
  }

  /// What one agrees to: what is done, what it needs, and what it costs.
  private static func words(_ plan: OperationPlan, width: Int, glyphs: GlyphSet) -> [Row] {
    var rows = heading(plan, width: width)
    for warning in plan.warnings {
      rows += Row.marked(Span(" ! ", .critical), warning, .critical, width: width - 1, indent: 3)
    }
    if !plan.warnings.isEmpty { rows.append(.blank) }
    for (index, step) in plan.steps.filter({ $0.kind != .command }).enumerated() {
      rows += numbered(index + 1, step.words, width: width)
    }
    if !plan.requirements.isEmpty { rows.append(.blank) }
    for requirement in plan.requirements {
      rows += self.requirement(requirement, width: width, glyphs: glyphs)
    }
    if !plan.remarks.isEmpty { rows.append(.blank) }
    for note in plan.remarks {
      rows += Row.marked(Span(" \(glyphs.bullet) ", .dim), note, .dim, width: width - 1, indent: 3)
    }
    rows.append(.blank)
    if let expected = plan.expected {
      rows += Row.paragraph(
        "Should take \(Format.duration(expected.low)) to \(Format.duration(expected.high)), "
          + "probably \(Format.duration(expected.expected)).", width: width)
    } else {
      rows += Row.paragraph("How long it takes is not known yet.", .dim, width: width)
    }
    return rows
  }

  /// The same once more as a command line: what exactly one agrees to.
  private static func commands(_ plan: OperationPlan, width: Int) -> [Row] {
    plan.steps.filter { $0.kind == .command }
      .flatMap { [.blank] + Row.paragraph($0.text, .dim, width: width) }
  }

  /// What is done and to which cluster, where the frame's title has no room for both.
  private static func heading(_ plan: OperationPlan, width: Int) -> [Row] {
    let needed = GlyphWidth.columns(of: plan.title) + GlyphWidth.columns(of: plan.cluster) + 8
    guard needed > width else { return [] }
    return Row.paragraph(plan.title, .strong, width: width)
      + Row.paragraph("on \(plan.cluster)", .strong, width: width) + [.blank]
  }

  private static func numbered(_ number: Int, _ step: String, width: Int) -> [Row] {
    Row.marked(Span(" \(number). ", .dim), step, .dialog, width: width - 1, indent: 4)
  }

  private static func requirement(
    _ requirement: Requirement, width: Int, glyphs: GlyphSet
  ) -> [Row] {
    let tick = Tick.span(requirement.satisfied, glyphs)
    let isMet = requirement.satisfied == true
    // What is met is said in one breath; what is not gets lines of its own.
    let isJoined = isMet && !requirement.detail.isEmpty
    let text = isJoined ? "\(requirement.what): \(requirement.detail)" : requirement.what
    var rows = Row.marked(
      Span(" \(tick.text) ", tick.role), text, .dialog, width: width - 1, indent: 3)
    if !isMet, !requirement.detail.isEmpty {
      rows += Row.paragraph(requirement.detail, tick.role, width: width, indent: 3)
    }
    return rows
  }

  /// How long a plan is, and what of it is on the screen.
  struct Extent {
    var rows: Int
    /// How many show at a time.
    var height: Int
    var visible: Range<Int>
    var lastScroll: Int { max(0, rows - height) }
  }

  static func extent(_ confirmation: Confirmation, in screen: Rect, glyphs: GlyphSet) -> Extent {
    let width = DialogBox.width(in: screen)
    let count = rows(confirmation.plan, width: width - 2, glyphs: glyphs).count
    let height = DialogBox.contentRows(count, in: screen)
    let first = min(max(0, confirmation.scroll), max(0, count - height))
    return Extent(
      rows: count, height: height, visible: first..<min(count, first + height))
  }

  /// Whether all of it has been seen once this picture is.
  private static func isWhole(_ confirmation: Confirmation, _ state: AppState) -> Bool {
    let extent = extent(confirmation, in: state.size, glyphs: state.glyphs)
    var reading = confirmation.reading
    reading.note(extent.visible, of: extent.rows, at: state.now)
    return reading.isWhole
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
    } else if !isWhole(confirmation, state), confirmation.typed.isEmpty || confirmation.isHasty {
      let isHasty = confirmation.isHasty
      frame.write(
        Line(
          [
            Span(
              isHasty ? " read to the end first: " : " more below: ", isHasty ? .warning : .strong),
            Span("PgDn", .key), Span(" / ", .dialog),
            Span(state.glyphs.arrowDown, .key),
          ], right: [Span("Esc", .key), Span(" leaves ", .dialog)]), in: footer,
        glyphs: state.glyphs)
    } else if let wanted = confirmation.plan.typedConfirmation {
      drawTyping(confirmation, wanted: wanted, in: footer, state, frame: &frame)
    } else {
      DialogBox.drawButtons(
        question: "Start it on \(confirmation.plan.cluster)?", yes: confirmation.yes, in: footer,
        state, frame: &frame)
    }
  }

  /// What must be typed, and what has been: the end of it where all does not fit.
  private static func drawTyping(
    _ confirmation: Confirmation, wanted: String, in rect: Rect, _ state: AppState,
    frame: inout Frame
  ) {
    let typed = confirmation.typed
    let matches = typed == wanted
    let hint: [Span] =
      !matches
      ? (wanted.hasPrefix(typed) ? [] : [Span("not it  ", .critical)])
        + [Span("Esc", .key), Span(" leaves ", .dialog)]
      : isWhole(confirmation, state)
        ? [Span("Enter", .key), Span(" does it ", .dialog)]
        : [Span("PgDn", .key), Span(" reads on ", .dialog)]
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

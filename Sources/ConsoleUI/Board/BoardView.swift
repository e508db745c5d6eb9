import FoundationEssentials
import RecoveryModel
import TextScreen

/// All clusters, the one that needs a person first on top. Only what is visible is laid out.
enum BoardView {
  static func draw(_ state: AppState, layout: Layout, frame: inout Frame) {
    guard let fleet = state.fleet, !fleet.clusters.isEmpty else {
      EmptyFleetView.draw(state, in: layout.title.union(layout.body), frame: &frame)
      return
    }
    drawCounts(state, in: layout.verdict, frame: &frame)
    drawTitle(state, fleet, in: layout.title, frame: &frame)
    let columns = BoardColumn.all(layout.body.width)
    Row.heading(columns.map { $0.column.tableColumn($0.width) }).draw(
      in: layout.heading, frame: &frame, glyphs: state.glyphs)
    drawLines(state, fleet, columns, in: layout.body, frame: &frame)
    BoardStrip.draw(state, in: layout.strip, frame: &frame)
  }

  /// `x 3 NOT RECOVERABLE  ! 12 AT RISK  ...`: of every cluster, whatever the filter.
  static func drawCounts(_ state: AppState, in rect: Rect, frame: inout Frame) {
    frame.write(
      Line(spans(state.board.counts, state.glyphs, words: true)), in: rect, glyphs: state.glyphs)
  }

  static func spans(_ counts: VerdictCounts, _ glyphs: GlyphSet, words: Bool) -> [Span] {
    VerdictCounts.order.flatMap { verdict -> [Span] in
      let count = counts[verdict]
      guard words || count > 0 else { return [] }
      let text = " \(verdict.glyph(glyphs)) \(count)" + (words ? " \(verdict.rawValue)" : "")
      return [Span(text, count > 0 ? verdict.role : .dim), Span(" ")]
    }
  }

  private static func drawTitle(
    _ state: AppState, _ fleet: FleetSnapshot, in rect: Rect, frame: inout Frame
  ) {
    var title = "Clusters by \(state.boardOrder.words)"
    if state.boardGrouping != .none { title += ", in \(state.boardGrouping.rawValue)s" }
    if !fleet.isComplete { title += ", looking for more" }
    let filter = state.list.filter
    let right =
      filter.isEmpty
      ? position(state) : "\(state.board.admitted) of \(fleet.clusters.count) match \(filter)"
    Box.draw(
      title: title, right: right.map { CellText.clean($0) }, in: rect, focused: true,
      border: .titleOnly, frame: &frame, glyphs: state.glyphs)
  }

  private static func position(_ state: AppState) -> String? {
    let count = state.board.lines.count
    return count > 1 ? "\(state.list.cursor + 1) of \(count)" : nil
  }

  private static func drawLines(
    _ state: AppState, _ fleet: FleetSnapshot, _ columns: [(column: BoardColumn, width: Int)],
    in body: Rect, frame: inout Frame
  ) {
    let board = state.board
    let offset = min(max(0, state.list.offset), max(0, board.lines.count - 1))
    let visible = board.lines.indices.dropFirst(offset).prefix(body.height)
    for index in visible {
      let place = Rect(x: body.x, y: body.y + index - offset, width: body.width, height: 1)
      switch board.lines[index] {
      case .group(let group):
        draw(board.groups[group], state, in: place, frame: &frame)
      case .cluster(let entry):
        let entry = board.entries[entry]
        let row = BoardRow(
          fleet.clusters[entry.index], group: entry.group, now: state.now, glyphs: state.glyphs)
        draw(row, columns, in: place, frame: &frame)
      }
      if index == state.list.cursor { frame.recolor(place, role: .selection) }
    }
    if board.lines.isEmpty {
      Row.text("nothing matches \"\(state.list.filter)\"; Esc shows all again", .dim).draw(
        in: body, frame: &frame, glyphs: state.glyphs)
    }
    Table.drawArrows(
      above: offset > 0, below: offset + visible.count < board.lines.count, in: body,
      frame: &frame, glyphs: state.glyphs)
  }

  private static func draw(
    _ row: BoardRow, _ columns: [(column: BoardColumn, width: Int)], in rect: Rect,
    frame: inout Frame
  ) {
    Row.cells(
      columns.map { $0.column.tableColumn($0.width) },
      columns.map { row.entry($0.column, width: $0.width) }
    ).draw(in: rect, frame: &frame, glyphs: row.context.glyphs)
    // An old picture never keeps its last colour.
    if row.staleAge != nil { frame.recolor(rect, role: .unknown) }
  }

  private static func draw(
    _ group: Board.Group, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let count = group.counts.total
    let sign = group.isFolded ? "+" : "-"
    frame.write(
      Line(
        [
          Span("\(sign) \(group.name)", .title),
          Span("  \(count) \(count == 1 ? "cluster" : "clusters") ", .dim),
        ] + spans(group.counts, state.glyphs, words: false)), in: rect, glyphs: state.glyphs)
  }
}

extension Rect {
  /// The smallest rectangle that holds both.
  func union(_ other: Rect) -> Rect {
    let left = min(x, other.x)
    let top = min(y, other.y)
    return Rect(
      x: left, y: top, width: max(right, other.right) - left,
      height: max(bottom, other.bottom) - top)
  }
}

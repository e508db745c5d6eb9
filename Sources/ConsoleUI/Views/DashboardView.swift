import FoundationEssentials
import RecoveryModel
import TextScreen

/// The six panels of one cluster.
enum DashboardView {
  static func draw(_ state: AppState, layout: Layout, frame: inout Frame) {
    guard let context = PanelContext(state) else {
      drawWaiting(state, in: layout.body, frame: &frame)
      return
    }
    for place in layout.panels {
      draw(
        PanelTable.row(place.id), context: context, focused: place.id == state.focus,
        in: place.area, frame: &frame)
    }
  }

  private static func drawWaiting(_ state: AppState, in rect: Rect, frame: inout Frame) {
    let text =
      state.fleet == nil
      ? "Asking the servers..."
      : state.wantedCluster.map { "Looking for the cluster \($0)..." } ?? "No cluster is chosen."
    let rows = Split.rows(rect, [.flexible(), .fixed(1), .flexible(2)])
    frame.write(Line(" " + text, .dim), in: rows[1], glyphs: state.glyphs)
  }

  /// From this size on a panel shows what its detail view shows; below, its summary.
  private static let roomy = (width: 56, height: 9)

  private static func draw(
    _ panel: PanelRow, context: PanelContext, focused: Bool, in rect: Rect, frame: inout Frame
  ) {
    let stale = panel.staleAge(context)
    let status =
      stale.map { Span("stale, \(Format.age($0)) old", .unknown) }
      ?? panel.status(context)
    let body = Box.draw(
      title: "\(panel.key) \(panel.title)", right: CellText.clean(status.text), in: rect,
      focused: focused, border: .titleOnly, rightRole: status.role, frame: &frame,
      glyphs: context.glyphs)
    let rows = self.rows(panel, context: context, in: body)
    for (offset, row) in rows.prefix(body.height).enumerated() {
      row.draw(
        in: Rect(x: body.x, y: body.y + offset, width: body.width, height: 1), frame: &frame,
        glyphs: context.glyphs)
    }
    // An old picture never keeps its last colour.
    if stale != nil { frame.recolor(body, role: .unknown) }
  }

  private static func rows(
    _ panel: PanelRow, context: PanelContext, in body: Rect
  ) -> [Row] {
    let summary = panel.summary(context, body.width, body.height)
    guard body.width >= roomy.width, body.height >= roomy.height else { return summary }
    var builder = ContentBuilder(
      width: body.width, list: ListState(), glyphs: context.glyphs,
      limit: .panel(context.glyphs))
    panel.detail(context, &builder)
    return builder.content.rows
  }
}

import RecoveryModel
import TextScreen

/// A screen of rows under a title, with a cursor and what is hidden marked.
enum ListView {
  static func draw(_ state: AppState, layout: Layout, frame: inout Frame) {
    let content = ScreenContent.make(state)
    let filter = state.list.filter.isEmpty ? nil : "filter \(state.list.filter)"
    Box.draw(
      title: CellText.clean(content.title),
      right: (filter.map { CellText.clean($0) }
        ?? position(content, state, height: layout.body.height))
        .map { $0 + hidden(content, state, height: layout.body.height) },
      in: layout.title, focused: true, border: .titleOnly, frame: &frame, glyphs: state.glyphs)
    let body = layout.body
    let offset = min(max(0, state.list.offset), max(0, content.rows.count - 1))
    let visible = content.rows.dropFirst(offset).prefix(body.height)
    for (index, row) in zip(visible.indices, visible) {
      let place = Rect(x: body.x, y: body.y + index - offset, width: body.width, height: 1)
      row.draw(in: place, frame: &frame, glyphs: state.glyphs)
      if content.items.indices.contains(state.list.cursor),
        content.items[state.list.cursor].row == index
      {
        frame.recolor(place, role: .selection)
      }
    }
    if let panel = stalePanel(state) { frame.recolor(panel, role: .unknown) }
  }

  /// The body of a detail view whose source has gone quiet.
  private static func stalePanel(_ state: AppState) -> Rect? {
    let id: PanelID
    switch state.screen {
    case .detail(let panel), .item(let panel, _): id = panel
    default: return nil
    }
    guard let context = PanelContext(state), PanelTable.row(id).staleAge(context) != nil else {
      return nil
    }
    return Layout(state).body
  }

  private static func position(
    _ content: ScreenContent, _ state: AppState, height: Int
  ) -> String? {
    if content.items.count > 1 { return "\(state.list.cursor + 1) of \(content.items.count)" }
    guard content.rows.count > height else { return nil }
    let last = min(content.rows.count, state.list.offset + height)
    return "rows \(state.list.offset + 1)-\(last) of \(content.rows.count)"
  }

  /// Where there is more, beside the position: behind a row an arrow would be copied with the command that stands there.
  private static func hidden(_ content: ScreenContent, _ state: AppState, height: Int) -> String {
    let offset = state.list.offset
    let (above, below) = (offset > 0, offset + height < content.rows.count)
    guard above || below else { return "" }
    return " " + (above ? state.glyphs.arrowUp : "") + (below ? state.glyphs.arrowDown : "")
  }
}

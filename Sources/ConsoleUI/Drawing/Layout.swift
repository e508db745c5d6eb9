import TextScreen

/// Where everything stands, for one state of the screen. All of it comes from `Split`.
struct Layout {
  /// The smallest terminal that can carry an answer.
  static let minimumColumns = 40
  static let minimumRows = 10

  struct Place: Equatable {
    var id: PanelID
    var area: Rect
  }

  var header: Rect
  /// Empty where the screen is about no cluster.
  var verdict: Rect
  /// Title rule of every screen but the dashboard.
  var title: Rect
  var body: Rect
  var message: Rect
  var footer: Rect
  /// Empty unless the dashboard is open.
  var panels: [Place]
  var panelColumns: Int

  init(_ state: AppState) {
    let isDashboard = state.screen == .dashboard
    let parts = Split.rows(
      state.size,
      [
        .fixed(1), .fixed(Self.verdictRows(state)), .fixed(isDashboard ? 0 : 1), .flexible(),
        .fixed(1), .fixed(1),
      ])
    header = parts[0]
    verdict = parts[1]
    title = parts[2]
    body = parts[3]
    message = parts[4]
    footer = parts[5]
    panelColumns = state.columns >= 180 ? 3 : state.columns >= 72 ? 2 : 1
    panels = isDashboard ? Self.panels(in: body, columns: panelColumns) : []
  }

  static func fits(_ state: AppState) -> Bool {
    state.columns >= minimumColumns && state.rows >= minimumRows
  }

  private static func verdictRows(_ state: AppState) -> Int {
    switch state.screen {
    case .dashboard: state.rows >= 40 ? 5 : state.rows >= 24 ? 3 : state.rows >= 16 ? 2 : 1
    case .detail, .item, .findings: 1
    case .board, .operations, .ended, .help, .wallboard: 0
    }
  }

  private static func panels(in body: Rect, columns: Int) -> [Place] {
    let order = PanelID.allCases
    let count = (order.count + columns - 1) / columns
    let rows = Split.rows(body, Array(repeating: .flexible(), count: count))
    let widths = Array(
      repeating: [Split.Part.flexible(), .fixed(2)], count: columns
    ).flatMap { $0 }.dropLast()
    return zip(order.indices, order).map { index, id in
      let cells = Split.columns(rows[index / columns], Array(widths))
      return Place(id: id, area: cells[index % columns * 2])
    }
  }
}

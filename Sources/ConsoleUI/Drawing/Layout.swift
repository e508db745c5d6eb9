import RecoveryModel
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
  /// What is to be known of the whole fleet; empty where there is nothing, or no room for it.
  var fleetNotice: Rect
  /// The selected cluster's verdict, or the board's counts; empty where the screen is about neither.
  var verdict: Rect
  /// Title rule of every screen but the dashboard.
  var title: Rect
  /// The board's column titles, which do not scroll.
  var heading: Rect
  var body: Rect
  /// More about the board's row under the cursor.
  var strip: Rect
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
        .fixed(1), .fixed(Self.noticeRows(state)), .fixed(Self.verdictRows(state)),
        .fixed(isDashboard ? 0 : 1), .fixed(Self.listsClusters(state) ? 1 : 0), .flexible(),
        .fixed(Self.stripRows(state)), .fixed(1), .fixed(1),
      ])
    header = parts[0]
    fleetNotice = parts[1]
    verdict = parts[2]
    title = parts[3]
    heading = parts[4]
    body = parts[5]
    strip = parts[6]
    message = parts[7]
    footer = parts[8]
    panelColumns = state.columns >= 180 ? 3 : state.columns >= 72 ? 2 : 1
    panels = isDashboard ? Self.panels(in: body, columns: panelColumns) : []
  }

  static func fits(_ state: AppState) -> Bool {
    state.columns >= minimumColumns && state.rows >= minimumRows
  }

  private static func listsClusters(_ state: AppState) -> Bool {
    state.screen == .board && state.clusterCount > 0
  }

  private static func noticeRows(_ state: AppState) -> Int {
    guard let fleet = state.fleet, !fleet.notices.isEmpty else { return 0 }
    // Where all of them stand in full the line would only repeat one.
    if state.screen == .notices || state.screen == .board && fleet.clusters.isEmpty { return 0 }
    return state.rows >= 14 ? 1 : 0
  }

  private static func stripRows(_ state: AppState) -> Int {
    guard listsClusters(state) else { return 0 }
    return state.rows >= 40 ? 6 : state.rows >= 20 ? 2 : 0
  }

  private static func verdictRows(_ state: AppState) -> Int {
    switch state.screen {
    case .dashboard: state.rows >= 40 ? 5 : state.rows >= 24 ? 3 : state.rows >= 16 ? 2 : 1
    case .detail, .item, .findings, .incident, .acts, .recovery: 1
    case .board: state.clusterCount > 0 ? 1 : 0
    case .operations, .ended, .notices, .departed, .help, .wallboard: 0
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

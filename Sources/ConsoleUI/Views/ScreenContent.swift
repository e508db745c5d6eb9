import RecoveryModel
import TextScreen

/// The rows of a scrolling screen, and which of them can be chosen. Made from state alone, so that
/// the update and the drawing see the same.
struct ScreenContent {
  struct Item: Equatable {
    var id: String
    /// Index into `rows`.
    var row: Int
  }

  var title: String
  var rows: [Row]
  var items: [Item]

  static func make(_ state: AppState) -> ScreenContent {
    var builder = ContentBuilder(
      width: Layout(state).body.width, list: state.list, glyphs: state.glyphs)
    switch state.screen {
    case .notices: NoticesView.fill(&builder, state)
    case .departed(let name): DepartureView.fill(name, &builder, state)
    case .operations: OperationsView.fill(&builder, state)
    case .ended(let id): OperationsView.fill(ended: id, &builder, state)
    case .help: HelpView.fill(&builder, state)
    case .findings: FindingsView.fill(&builder, state)
    case .incident: IncidentView.fill(&builder, state)
    case .acts: ActsView.fill(&builder, state)
    case .recovery: RecoveryPlanView.fill(&builder, state)
    case .detail(let panel):
      let row = PanelTable.row(panel)
      builder.title = row.title
      if panel == .window { RecoveryView.fill(&builder, state) }
      if let context = PanelContext(state) { row.detail(context, &builder) }
    case .item(let panel, let id):
      let row = PanelTable.row(panel)
      builder.title = "\(row.title): \(id)"
      if let context = PanelContext(state) { row.item(context, id, &builder) }
    case .board, .dashboard, .wallboard: break
    }
    return builder.content
  }
}

/// Collects rows; a table's rows pass the screen's filter.
struct ContentBuilder {
  let width: Int
  let list: ListState
  let glyphs: GlyphSet
  /// Of every text; nil = all of it is shown.
  let limit: TextLimit?
  var title = ""
  private var rows: [Row] = []
  private var items: [ScreenContent.Item] = []

  init(width: Int, list: ListState, glyphs: GlyphSet, limit: TextLimit? = nil) {
    self.width = width
    self.list = list
    self.glyphs = glyphs
    self.limit = limit
  }

  var content: ScreenContent {
    ScreenContent(title: title, rows: rows, items: items)
  }

  mutating func add(_ row: Row) { rows.append(row) }
  mutating func add(_ more: [Row]) { rows += more }

  /// A heading with a blank row before it, unless it is the first.
  mutating func section(_ title: String) {
    if !rows.isEmpty { rows.append(.blank) }
    rows.append(.section(title))
  }

  mutating func fact(_ label: String, _ text: String, _ role: Role = .text) {
    rows += Row.facts(
      label, text, role, width: width, labelWidth: Line.detailLabelWidth, limit: limit)
  }

  mutating func fact(_ label: String, _ spans: [Span]) {
    rows.append(.line(.fact(label, spans, labelWidth: Line.detailLabelWidth)))
  }

  mutating func paragraph(_ text: String, _ role: Role = .text) {
    rows += Row.paragraph(text, role, width: width, limit: limit)
  }

  /// A row that the cursor can stand on. `text` is what a filter looks at.
  mutating func item(_ id: String, _ row: Row, text: String, more: [Row] = []) {
    guard list.admits(text) else { return }
    items.append(ScreenContent.Item(id: id, row: rows.count))
    rows.append(row)
    rows += more
  }

  /// A table of items, with a word where nothing passes the filter.
  mutating func table(
    _ columns: [Table.Column], _ entries: [(id: String, cells: [Table.Entry])]
  ) {
    rows.append(.heading(columns))
    let before = items.count
    for entry in entries {
      item(
        entry.id, .cells(columns, entry.cells),
        text: entry.cells.map(\.text).joined(separator: " "))
    }
    if items.count == before {
      rows.append(.text(entries.isEmpty ? "none" : "nothing matches \"\(list.filter)\"", .dim))
    }
  }

  /// What is known of the archive's contents. Where an engine only claims a window, nobody has
  /// listed them, and the claim stands in.
  mutating func repositoryEvidence(_ context: PanelContext) {
    let archive = context.report.walArchive
    guard archive.value == nil, context.report.claimedWindow != .pending else {
      return evidence("repository", archive, context: context)
    }
    if let failure = archive.failure {
      paragraph("repository: not listed: \(failure.reason)", .dim)
      if !failure.remedy.isEmpty { paragraph("to have it listed: \(failure.remedy)", .dim) }
    } else {
      paragraph("repository: not listed; what it holds is the engine's word", .dim)
    }
    evidence("claim", context.report.claimedWindow, context: context)
  }

  /// Source, time and age of an observation: what every figure above rests on.
  mutating func evidence<Value>(
    _ name: String, _ part: Observed<Value>, context: PanelContext
  ) {
    switch part {
    case .value(_, let source, let at):
      add(
        .line(
          Line(
            [Span(" \(name): ", .dim), Span(source)],
            right: [
              Span("\(Moment.full(at)), \(Moment.ago(at, now: context.coarseNow)) ", .dim)
            ])))
    case .unavailable(let failure, let at):
      paragraph(
        "\(name): unknown since \(Moment.full(at)): \(failure.reason)", .unknown)
      if !failure.remedy.isEmpty { paragraph("try: \(Remedy.withKeys(failure.remedy))", .notice) }
    case .pending: paragraph("\(name): no answer yet", .unknown)
    }
  }
}

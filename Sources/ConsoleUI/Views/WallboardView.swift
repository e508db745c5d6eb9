import FoundationEssentials
import RecoveryModel
import TextScreen

/// To be read from across the room: one cluster, or the fleet in turn with the clusters that need a
/// person.
enum WallboardView {
  static func draw(_ state: AppState, into frame: inout Frame) {
    switch page(state) {
    case .waiting:
      let rows = Split.rows(frame.bounds, [.flexible(), .fixed(7), .flexible()])
      BigText.draw("waiting", role: .unknown, in: rows[1], frame: &frame, glyphs: state.glyphs)
    case .empty:
      EmptyFleetView.draw(state, in: frame.bounds, frame: &frame)
    case .fleet(let fleet): WallboardFleetView.draw(fleet, state, into: &frame)
    case .cluster(let cluster, let index): draw(cluster, index, state, into: &frame)
    }
  }

  /// What is on show.
  private enum Page {
    case waiting, empty
    case fleet(FleetSnapshot)
    /// And its place among those that need a person, from 0.
    case cluster(ClusterSnapshot, Int)
  }

  /// Clusters shown alone, at most: who waits for the last one has long seen the first again.
  private static let singles = 8

  /// The fleet comes back after each cluster: it is what one looks up for.
  private static func page(_ state: AppState) -> Page {
    guard let fleet = state.fleet else { return .waiting }
    guard !fleet.clusters.isEmpty else { return fleet.isComplete ? .empty : .waiting }
    if fleet.clusters.count == 1, fleet.isComplete { return .cluster(fleet.clusters[0], 0) }
    let bad = state.board.worst.prefix(singles).filter {
      fleet.clusters[$0].verdict(at: state.now).rank > Verdict.likely.rank
    }
    let index = state.wallboard.index(count: bad.count * 2, now: state.now)
    guard index % 2 == 1 else { return .fleet(fleet) }
    return .cluster(fleet.clusters[bad[index / 2]], index / 2)
  }

  private static func draw(
    _ cluster: ClusterSnapshot, _ index: Int, _ state: AppState, into frame: inout Frame
  ) {
    let context = PanelContext(cluster: cluster, now: state.now, glyphs: state.glyphs)
    let rows = Split.rows(
      frame.bounds,
      [
        .fixed(1), .fixed(1), .flexible(5), .fixed(2), .fixed(1),
        .fixed(min(max(state.rows / 10, 2), 5)), .fixed(2), .flexible(4), .fixed(1), .fixed(1),
      ])
    drawHeader(cluster, index, state.clusterCount, state, in: rows[0], frame: &frame)
    let verdict = cluster.verdict(at: state.now)
    BigText.draw(
      verdict.rawValue, role: verdict.role, in: rows[2], frame: &frame, glyphs: state.glyphs)
    drawReason(cluster, state, in: rows[3], frame: &frame)
    drawGauge(context, in: rows[5], label: rows[6], frame: &frame)
    drawAges(context, in: rows[7], frame: &frame)
    drawFoot(state, in: rows[9], frame: &frame)
  }

  private static func drawHeader(
    _ cluster: ClusterSnapshot, _ index: Int, _ count: Int, _ state: AppState, in rect: Rect,
    frame: inout Frame
  ) {
    let place = count > 1 ? "\(index + 1) of \(count)" : ""
    StatusLine.draw(
      left: [
        StatusLine.Piece(" " + CellText.clean(cluster.id), .header),
        StatusLine.Piece("(\(CellText.clean(cluster.engineTitle)))", .header),
        StatusLine.Piece(place, .header),
      ], right: [StatusLine.Piece("\(Moment.clock(state.now)) UTC ", .header)], in: rect,
      role: .header, frame: &frame, glyphs: state.glyphs)
  }

  /// The finding that made the verdict, in the middle of two lines.
  private static func drawReason(
    _ cluster: ClusterSnapshot, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    var text = VerdictView.sorted(cluster.findings).first?.headline ?? "nothing to report"
    if let age = Staleness.age(of: cluster, now: state.now) {
      text = "no news for \(Format.age(age)); it was \(cluster.verdict.rawValue)"
    }
    let lines = Wrap.lines(CellText.clean(text), width: max(1, rect.width - 2))
    for (offset, line) in lines.prefix(rect.height).enumerated() {
      let cut = offset == rect.height - 1 && lines.count > rect.height
      let shown = cut ? line + state.glyphs.ellipsis : line
      let x = rect.x + max(0, (rect.width - GlyphWidth.columns(of: shown)) / 2)
      frame.write(shown, x: x, y: rect.y + offset, role: .strong, clip: rect)
    }
  }

  private static func drawGauge(
    _ context: PanelContext, in rect: Rect, label: Rect, frame: inout Frame
  ) {
    let margin = Split.columns(rect, [.fixed(2), .flexible(), .fixed(2)])[1]
    let text = Split.columns(label, [.fixed(2), .flexible(), .fixed(2)])[1]
    guard let projection = context.cluster.projection else {
      Gauge.draw(
        Gauge.Reading(value: nil, target: context.targets.rto, scale: context.targets.rto * 4 / 3),
        in: margin, frame: &frame, glyphs: context.glyphs)
      frame.write(
        Line(
          [Span("time to recover unknown", .unknown)],
          right: [Span("target \(Format.span(context.targets.rto))", .dim)]), in: text,
        glyphs: context.glyphs)
      return
    }
    Gauge.draw(
      ProjectionPanel.reading(projection, context),
      role: ProjectionPanel.gaugeRole(projection, context), in: margin, frame: &frame,
      glyphs: context.glyphs)
    frame.write(
      Line(
        [
          Span("back in \(Format.duration(projection.total.expected))", .strong),
          Span(" (\(ProjectionPanel.range(projection)), \(projection.basis.rawValue))", .dim),
        ], right: [Span("target \(Format.span(context.targets.rto))", .dim)]), in: text,
      glyphs: context.glyphs)
  }

  private static func drawAges(
    _ context: PanelContext, in rect: Rect, frame: inout Frame
  ) {
    let columns = Split.columns(
      rect, [.flexible(), .fixed(2), .flexible(), .fixed(2), .flexible()])
    let ages = ages(context)
    let room = Rect(x: 0, y: 0, width: columns[0].width, height: rect.height - 1)
    let size = BigText.size(fitting: ages.map { $0.figure ?? "?" }, in: room)
    for (age, column) in zip(ages, [columns[0], columns[2], columns[4]]) {
      let parts = Split.rows(column, [.fixed(1), .flexible()])
      let x = parts[0].x + max(0, (parts[0].width - age.caption.count) / 2)
      frame.write(age.caption, x: x, y: parts[0].y, role: .dim, clip: parts[0])
      BigText.draw(
        age.figure ?? "?", role: age.figure == nil ? .unknown : age.role, size: size,
        in: parts[1], frame: &frame, glyphs: context.glyphs)
    }
  }

  /// A caption and a figure; nil = unknown.
  private struct Age {
    var caption: String
    var figure: String?
    var role: Role
  }

  private static func ages(_ context: PanelContext) -> [Age] {
    let catalog = context.report.backups.value
    let drill = context.cluster.lastConclusiveDrill
    let finished = catalog.map { $0.lastGood?.finishedAt.map { context.bigAge($0) } ?? "none" }
    let exposure = ArchivePanel.exposure(context).role
    // Without anything to start from, the last seconds are the least of it.
    let nothing = catalog.map { $0.lastGood == nil } ?? false
    return [
      Age(
        caption: "last base backup", figure: finished,
        role: PanelTable.row(.backups).status(context).role),
      Age(
        caption: "last drill", figure: drill.map { context.bigAge($0.finishedAt) } ?? "none",
        role: PanelTable.row(.verification).status(context).role),
      nothing
        ? Age(caption: "would be lost", figure: "all", role: .critical)
        : Age(
          caption: "would be lost", figure: context.cluster.exposure?.seconds.map(compact),
          role: exposure == .text ? .good : exposure),
    ]
  }

  /// The largest unit alone: `8h`, `3d`.
  static func compact(_ seconds: Double) -> String {
    Format.age(seconds).split(separator: " ").first.map(String.init) ?? "?"
  }

  static func drawFoot(_ state: AppState, in rect: Rect, frame: inout Frame) {
    if let (_, operation) = state.anyOperation {
      let progress = Progress(operation, now: state.now)
      frame.write(
        Line(" \(operation.plan.title): \(progress.step) \(progress.amount)", .notice), in: rect,
        glyphs: state.glyphs)
    } else {
      frame.write(
        Line(state.wallboard.isRoot ? " q quits" : " any key returns", .dim), in: rect,
        glyphs: state.glyphs)
    }
  }
}

extension PanelContext {
  fileprivate func bigAge(_ date: Date) -> String { WallboardView.compact(age(date)) }
}

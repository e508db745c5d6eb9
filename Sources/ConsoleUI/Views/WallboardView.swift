import FoundationEssentials
import RecoveryModel
import TextScreen

/// One cluster at a time, to be read from across the room.
enum WallboardView {
  static func draw(_ state: AppState, into frame: inout Frame) {
    let clusters = state.clusters
    guard !clusters.isEmpty else {
      let rows = Split.rows(frame.bounds, [.flexible(), .fixed(7), .flexible()])
      BigText.draw("waiting", role: .unknown, in: rows[1], frame: &frame, glyphs: state.glyphs)
      return
    }
    let index = state.wallboard.index(count: clusters.count, now: state.now)
    let cluster = clusters[index]
    let context = PanelContext(cluster: cluster, now: state.now, glyphs: state.glyphs)
    let rows = Split.rows(
      frame.bounds,
      [
        .fixed(1), .fixed(1), .flexible(5), .fixed(1), .fixed(1), .flexible(2), .fixed(2),
        .flexible(4), .fixed(1), .fixed(1),
      ])
    drawHeader(cluster, index, clusters.count, state, in: rows[0], frame: &frame)
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

  /// The finding that made the verdict, in the middle of the line.
  private static func drawReason(
    _ cluster: ClusterSnapshot, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    var text = VerdictView.sorted(cluster.findings).first?.headline ?? "nothing to report"
    if let age = Staleness.age(of: cluster, now: state.now) {
      text = "no news for \(Format.age(age)); it was \(cluster.verdict.rawValue)"
    }
    let clean = CellText.clean(text).truncated(
      toColumns: rect.width, ellipsis: state.glyphs.ellipsis)
    let x = rect.x + max(0, (rect.width - GlyphWidth.columns(of: clean)) / 2)
    frame.write(clean, x: x, y: rect.y, role: .strong, clip: rect)
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
          right: [Span("target \(Moment.round(context.targets.rto))", .dim)]), in: text,
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
        ], right: [Span("target \(Moment.round(context.targets.rto))", .dim)]), in: text,
      glyphs: context.glyphs)
  }

  private static func drawAges(
    _ context: PanelContext, in rect: Rect, frame: inout Frame
  ) {
    let columns = Split.columns(
      rect, [.flexible(), .fixed(2), .flexible(), .fixed(2), .flexible()])
    let catalog = context.report.backups.value
    let finished = catalog?.lastGood?.finishedAt
    let drill = context.cluster.lastConclusiveDrill
    drawAge(
      "last base backup", catalog == nil ? nil : finished.map { context.bigAge($0) } ?? "none",
      catalog == nil ? .unknown : PanelTable.row(.backups).status(context).role, in: columns[0],
      context, &frame)
    drawAge(
      "last drill", drill.map { context.bigAge($0.finishedAt) } ?? "none",
      PanelTable.row(.verification).status(context).role, in: columns[2], context, &frame)
    let exposure = context.cluster.exposure
    drawAge(
      "would be lost", exposure?.seconds.map(compact),
      ArchivePanel.exposure(context).role == .text ? .good : ArchivePanel.exposure(context).role,
      in: columns[4], context, &frame)
  }

  /// A caption and a figure; nil = unknown.
  private static func drawAge(
    _ caption: String, _ figure: String?, _ role: Role, in rect: Rect, _ context: PanelContext,
    _ frame: inout Frame
  ) {
    let parts = Split.rows(rect, [.fixed(1), .flexible()])
    let x = parts[0].x + max(0, (parts[0].width - caption.count) / 2)
    frame.write(caption, x: x, y: parts[0].y, role: .dim, clip: parts[0])
    BigText.draw(
      figure ?? "?", role: figure == nil ? .unknown : role, in: parts[1], frame: &frame,
      glyphs: context.glyphs)
  }

  /// The largest unit alone: `8h`, `3d`.
  static func compact(_ seconds: Double) -> String {
    Format.age(seconds).split(separator: " ").first.map(String.init) ?? "?"
  }

  private static func drawFoot(_ state: AppState, in rect: Rect, frame: inout Frame) {
    if let operation = state.clusters.lazy.compactMap(\.operation).first {
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

import FoundationEssentials
import RecoveryModel
import TextScreen

/// Draws one tile: the stripe and the title in its verdict's colour, then what there is to tell from
/// the most important on.
struct WallboardTileView {
  let tile: WallboardTile
  let style: WallboardStyle
  let glyphs: GlyphSet

  private var role: Role { tile.row.verdict.role }
  private var context: PanelContext { tile.context }

  /// Narrower tiles have no column to give to a stripe.
  private static func hasStripe(_ rect: Rect) -> Bool { rect.width >= 30 }

  /// What is left for the texts of a tile.
  static func room(_ rect: Rect) -> Rect {
    hasStripe(rect)
      ? Rect(x: rect.x + 2, y: rect.y, width: rect.width - 4, height: rect.height)
      : Rect(x: rect.x, y: rect.y, width: rect.width - 1, height: rect.height)
  }

  func draw(in rect: Rect, frame: inout Frame) {
    if Self.hasStripe(rect) {
      frame.fill(
        Rect(x: rect.x, y: rect.y, width: 1, height: rect.height), glyph: glyphs.block, role: role)
    }
    let room = Self.room(rect)
    var y = room.y
    for part in WallboardStyle.Part.allCases {
      let height = style.rows[part] ?? 0
      guard height > 0 else { continue }
      y += style.gaps[part] ?? 0
      let place = Rect(x: room.x, y: y, width: room.width, height: height).intersection(rect)
      y += height
      guard !place.isEmpty else { continue }
      draw(part, in: place, frame: &frame)
    }
    // An old picture never keeps its last colour.
    if tile.isStale { frame.recolor(room, role: .unknown) }
  }

  private func draw(_ part: WallboardStyle.Part, in place: Rect, frame: inout Frame) {
    switch part {
    case .title: drawTitle(in: place, frame: &frame)
    case .name: drawName(in: place, frame: &frame)
    case .verdict: drawVerdict(in: place, frame: &frame)
    case .shortReason: drawBig(tile.shortReason, role, style.small, in: place, frame: &frame)
    case .reason: drawReason(in: place, frame: &frame)
    case .figures: drawFigures(in: place, frame: &frame)
    case .gauge: drawGauge(in: place, frame: &frame)
    case .gaugeLabel: drawGaugeLabel(in: place, frame: &frame)
    case .window: drawWindow(in: place, frame: &frame)
    case .windowLabel: drawWindowLabel(in: place, frame: &frame)
    }
  }

  private func drawBig(
    _ text: String, _ role: Role, _ size: BigText.Size?, _ alignment: Alignment = .left,
    in place: Rect, frame: inout Frame
  ) {
    BigText.draw(
      text, role: role, alignment: alignment, size: size, in: place, frame: &frame, glyphs: glyphs)
  }

  // MARK: Who, how, why

  /// The name, cut at its beginning, for clusters differ at the end; the verdict again as a word
  /// where its letters are big.
  private func drawTitle(in place: Rect, frame: inout Frame) {
    let name = tile.row.entry(.name, width: max(1, place.width - 4)).text
    let verdict = "\(tile.row.verdict.glyph(glyphs)) \(tile.row.verdict.rawValue)"
    let words = [style.large == nil ? nil : verdict, tile.note?.text].compactMap { $0 }
    // Both, else the last of them.
    let room = place.width - GlyphWidth.columns(of: name) - 7
    let whole = words.joined(separator: ", ")
    let right = GlyphWidth.columns(of: whole) <= room ? whole : words.last
    Box.draw(
      title: name, right: right, in: place,
      border: .titleOnly, rightRole: role, frame: &frame, glyphs: glyphs)
    frame.recolor(place, role: role)
  }

  private func drawName(in place: Rect, frame: inout Frame) {
    guard let small = style.small else { return }
    drawBig(tile.name(parts: style.nameParts), .strong, small, in: place, frame: &frame)
  }

  private func drawVerdict(in place: Rect, frame: inout Frame) {
    let verdict = tile.row.verdict
    guard let large = style.large else {
      let words = "\(verdict.glyph(glyphs)) \(verdict.rawValue)"
      frame.write(Line(words, role), in: place, glyphs: glyphs)
      return
    }
    drawBig(verdict.rawValue, role, large, in: place, frame: &frame)
    guard style.namesBesideVerdicts, let small = style.small else { return }
    let name = Rect(
      x: place.x, y: place.bottom - small.height, width: place.width, height: small.height)
    drawBig(tile.name(parts: style.nameParts), .strong, small, .right, in: name, frame: &frame)
  }

  /// In few words where the headline would be cut; not where those are all there is, in big letters.
  private func drawReason(in place: Rect, frame: inout Frame) {
    if style.rows[.shortReason] != nil, tile.reason == tile.shortReason { return }
    let lines = Wrap.lines(tile.reason, width: max(1, place.width))
    let isShort = lines.count > place.height && place.width < WallboardStyle.roomy
    let shown =
      isShort
      ? [tile.shortReason]
      : Wrap.lines(
        tile.reason, width: place.width, limit: TextLimit(rows: place.height, glyphs: glyphs))
    for (offset, line) in shown.enumerated() {
      let row = Rect(x: place.x, y: place.y + offset, width: place.width, height: 1)
      frame.write(Line(line, role), in: row, glyphs: glyphs)
    }
  }

  // MARK: Figures

  private func drawFigures(in place: Rect, frame: inout Frame) {
    guard let small = style.small else {
      drawPlainFigures(in: place, frame: &frame)
      return
    }
    let width = WallboardFitting.column(place.width, across: style.across, small)
    for (index, figure) in tile.figures.enumerated() {
      let (line, column) = index.quotientAndRemainder(dividingBy: style.across)
      let x = place.x + column * (width + small.gap)
      let y = place.y + line * (small.height + 1)
      let caption = figure.caption.count <= width ? figure.caption : figure.shortCaption
      let clip = Rect(x: x, y: y, width: width, height: 1)
      frame.write(caption, x: x, y: y, role: .dim, clip: clip)
      let area = Rect(x: x, y: y + 1, width: width, height: small.height)
      drawBig(figure.entry.text, figure.role, small, in: area, frame: &frame)
    }
  }

  /// Without the RTO, which stands at its gauge.
  private func drawPlainFigures(in place: Rect, frame: inout Frame) {
    let others = tile.others.map { figure in
      (Span(figure.shortCaption + " ", .dim), Span(figure.entry.text, figure.role))
    }
    guard place.height == 1 else {
      let rows = Split.rows(place, [.fixed(1), .fixed(1)])
      frame.write(
        Line([others[0].0, others[0].1], right: [others[1].0, others[1].1]), in: rows[0],
        glyphs: glyphs)
      frame.write(Line([others[2].0, others[2].1]), in: rows[1], glyphs: glyphs)
      return
    }
    let columns = Split.columns(place, Array(repeating: .flexible(), count: 3))
    for (figure, column) in zip(others, columns) {
      frame.write(Line([figure.0, figure.1]), in: column, glyphs: glyphs)
    }
  }

  // MARK: Bars

  /// The bar between a caption and what it amounts to, where no line below tells.
  private func split(
    _ place: Rect, _ caption: String, _ right: Span, isLabelled: Bool, frame: inout Frame
  ) -> Rect {
    guard !isLabelled else { return place }
    let parts = Split.columns(
      place,
      [
        .fixed(caption.count), .flexible(), .fixed(right.text.isEmpty ? 0 : right.text.count + 1),
      ])
    frame.write(Line(caption, .dim), in: parts[0], glyphs: glyphs)
    frame.write(Line([], right: [right]), in: parts[2], glyphs: glyphs)
    return parts[1]
  }

  private var isWide: Bool { (style.rows[.figures] ?? 0) != 2 }

  private func drawGauge(in place: Rect, frame: inout Frame) {
    let target = Format.span(context.targets.rto)
    let isLabelled = style.rows[.gaugeLabel] != nil
    let entry = tile.rto.entry
    let right =
      style.small == nil
      ? Span(entry.text + (isWide ? " of \(target)" : ""), tile.rto.role)
      : Span("target \(target)", .dim)
    let caption = isWide && !isLabelled ? "RTO    " : "RTO "
    let bar = split(place, caption, right, isLabelled: isLabelled, frame: &frame)
    guard let projection else {
      Gauge.draw(
        Gauge.Reading(value: nil, target: context.targets.rto, scale: context.targets.rto * 4 / 3),
        in: bar, frame: &frame, glyphs: glyphs)
      return
    }
    Gauge.draw(
      ProjectionPanel.reading(projection, context),
      role: ProjectionPanel.gaugeRole(projection, context), in: bar, frame: &frame, glyphs: glyphs)
  }

  /// nil also where what it rests on is too old to be believed.
  private var projection: RTOProjection? {
    PanelTable.row(.projection).staleAge(context) == nil ? context.cluster.recoveryTime : nil
  }

  private func drawGaugeLabel(in place: Rect, frame: inout Frame) {
    let right = [Span("target \(Format.span(context.targets.rto))", .dim)]
    var left = [Span("RTO ", .dim), Span(tile.rto.entry.text, tile.rto.role)]
    if let projection {
      left.append(
        Span(" (\(ProjectionPanel.range(projection)), \(projection.basis.rawValue))", .dim))
    } else if tile.row.cluster.loss == .everything {
      left.append(Span(" nothing to restore from", tile.rto.role))
    } else {
      left[1].text = "not known"
    }
    frame.write(Line(left, right: right), in: place, glyphs: glyphs)
  }

  /// nil also where there is no moment in it, or what it rests on is too old to be believed.
  private var window: RecoveryWindow? {
    guard PanelTable.row(.window).staleAge(context) == nil, let window = context.cluster.window,
      window.first != nil, window.last != nil
    else { return nil }
    return window
  }

  private var windowStatus: Span {
    PanelTable.row(.window).staleAge(context) == nil
      ? PanelTable.row(.window).status(context) : Span("unknown", .unknown)
  }

  private func drawWindow(in place: Rect, frame: inout Frame) {
    let isLabelled = style.rows[.windowLabel] != nil
    guard let window else {
      frame.write(
        Line([Span("window ", .dim), Span(windowStatus.text, windowStatus.role)]), in: place,
        glyphs: glyphs)
      return
    }
    let bar = split(
      place, isWide ? "window " : "", isWide ? windowStatus : Span(""), isLabelled: isLabelled,
      frame: &frame)
    WindowPanel.figure(window, context).draw(in: bar, frame: &frame, glyphs: glyphs)
  }

  private func drawWindowLabel(in place: Rect, frame: inout Frame) {
    guard let window, let first = window.first, let last = window.last else { return }
    frame.write(
      Line(
        [
          Span("restorable ", .dim), Span(windowStatus.text, windowStatus.role),
          Span(" from \(Moment.short(first))", .dim),
        ], right: [Span("to \(Moment.short(last))", .dim)]), in: place, glyphs: glyphs)
  }
}

extension WallboardTile.Figure {
  /// As it should be is worth a colour of its own from across a room.
  var role: Role { entry.role == .text ? .strong : entry.role }
}

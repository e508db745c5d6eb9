import FoundationEssentials
import RecoveryModel
import TextScreen

/// The whole fleet from across the room: how many of which verdict, and the worst with why and since.
enum WallboardFleetView {
  static func draw(_ fleet: FleetSnapshot, _ state: AppState, into frame: inout Frame) {
    let notices = fleet.notices.isEmpty ? 0 : 1
    let rows = Split.rows(
      frame.bounds,
      [
        .fixed(1), .fixed(1), .fixed(min(max(state.rows / 4, 5), 14)), .fixed(1), .fixed(1),
        .flexible(), .fixed(notices), .fixed(1),
      ])
    drawHeader(fleet, state, in: rows[0], frame: &frame)
    drawCounts(state, figures: rows[2], captions: rows[3], frame: &frame)
    drawWorst(fleet, state, in: rows[5], frame: &frame)
    NoticesView.drawLine(state, in: rows[6], frame: &frame)
    WallboardView.drawFoot(state, in: rows[7], frame: &frame)
  }

  private static func drawHeader(
    _ fleet: FleetSnapshot, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    var left = [StatusLine.Piece(" \(fleet.clusters.count) clusters", .header)]
    if !fleet.isComplete { left.append(StatusLine.Piece("looking for more...", .header)) }
    StatusLine.draw(
      left: left, right: [StatusLine.Piece("\(Moment.clock(state.now)) UTC ", .header)], in: rect,
      role: .header, frame: &frame, glyphs: state.glyphs)
  }

  private static func drawCounts(
    _ state: AppState, figures: Rect, captions: Rect, frame: inout Frame
  ) {
    let counts = state.board.counts
    let widths = Array(repeating: [Split.Part.flexible(), .fixed(1)], count: 5).flatMap { $0 }
    let places = Split.columns(figures, Array(widths.dropLast()))
    let captionPlaces = Split.columns(captions, Array(widths.dropLast()))
    let room = Rect(x: 0, y: 0, width: places[0].width, height: figures.height)
    let texts = VerdictCounts.order.map { "\(counts[$0])" }
    let size = BigText.size(fitting: texts, in: room)
    for (index, verdict) in VerdictCounts.order.enumerated() {
      let role: Role = counts[verdict] > 0 ? verdict.role : .dim
      BigText.draw(
        texts[index], role: role, size: size, in: places[index * 2], frame: &frame,
        glyphs: state.glyphs)
      let place = captionPlaces[index * 2]
      let x = place.x + max(0, (place.width - verdict.rawValue.count) / 2)
      frame.write(verdict.rawValue, x: x, y: place.y, role: role, clip: place)
    }
  }

  /// Rows of a cluster in big letters: the letters, a line, and a blank.
  private static let bigHeight = 7

  private static func drawWorst(
    _ fleet: FleetSnapshot, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let isBig = rect.width >= 150 && rect.height >= 2 * bigHeight
    let count = isBig ? rect.height / bigHeight : rect.height - 1
    let worst = state.board.worst.prefix(max(0, count)).map { fleet.clusters[$0] }
    if !isBig {
      Row.heading(columns(rect.width)).draw(in: rect, frame: &frame, glyphs: state.glyphs)
    }
    for (index, cluster) in worst.enumerated() {
      let row = BoardRow(cluster, now: state.now, glyphs: state.glyphs)
      if isBig {
        let place = Rect(
          x: rect.x, y: rect.y + index * bigHeight, width: rect.width, height: bigHeight - 1)
        drawBig(row, state, in: place, frame: &frame)
      } else {
        let place = Rect(x: rect.x, y: rect.y + 1 + index, width: rect.width, height: 1)
        drawLine(row, state, in: place, frame: &frame)
      }
    }
  }

  private static func drawBig(
    _ row: BoardRow, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let parts = Split.rows(rect, [.fixed(5), .fixed(1)])
    let halves = Split.columns(
      parts[0], [.fixed(2), .flexible(4), .fixed(2), .flexible(3), .fixed(2)])
    let why = row.entry(.why, width: 18)
    BigText.draw(
      bigName(row.cluster, in: halves[1]), role: row.verdict.role, alignment: .left, in: halves[1],
      frame: &frame,
      glyphs: state.glyphs)
    BigText.draw(
      why.text, role: why.role == .text ? .strong : why.role, alignment: .left, in: halves[3],
      frame: &frame, glyphs: state.glyphs)
    let since = state.spells[row.cluster.id]?.words(now: row.context.coarseNow)
    let figures = [
      row.verdict.rawValue + (since.map { " for \($0)" } ?? ""),
      "RPO \(row.entry(.rpo, width: 8).text)", "RTO \(row.entry(.rto, width: 15).text)",
      "base backup \(row.entry(.backup, width: 11).text)",
      "proved \(row.entry(.proof, width: 9).text)",
    ].joined(separator: "  \(state.glyphs.separator)  ")
    frame.write(
      Line([Span("  \(figures)", row.staleAge == nil ? .text : .unknown)]), in: parts[1],
      glyphs: state.glyphs)
  }

  private static func columns(_ width: Int) -> [Table.Column] {
    [
      Table.Column("", width: .fixed(1)), Table.Column("cluster"),
      Table.Column("verdict", width: .fixed(15)), Table.Column("why", width: .fixed(18)),
      Table.Column("since", width: .fixed(5), alignment: .right),
      Table.Column("base", width: .fixed(5), alignment: .right),
      Table.Column("proof", width: .fixed(6), alignment: .right),
    ]
  }

  private static func drawLine(
    _ row: BoardRow, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let columns = columns(rect.width)
    let name = max(1, rect.width - 2 - 50 - (columns.count - 1))
    let age = state.spells[row.cluster.id]?.short(now: row.context.coarseNow)
    Row.cells(
      columns,
      [
        row.entry(.mark, width: 1), row.entry(.name, width: name), row.entry(.verdict, width: 15),
        row.entry(.why, width: 18), Table.Entry(age ?? "", .dim), row.entry(.backup, width: 5),
        row.entry(.proof, width: 6),
      ]
    ).draw(in: rect, frame: &frame, glyphs: state.glyphs)
    if row.staleAge != nil { frame.recolor(rect, role: .unknown) }
  }

  /// As much of the name as there is room for in big letters: without the context, without the
  /// namespace.
  private static func bigName(_ cluster: ClusterSnapshot, in rect: Rect) -> String {
    let parts = cluster.id.split(separator: "/")
    let names = parts.indices.map { parts[$0...].joined(separator: "/") }
    return names.first { BigText.size(fitting: [$0], in: rect) != nil } ?? cluster.id
  }
}

import RecoveryModel
import TextScreen

/// The whole fleet from across the room: a tile for each cluster, or for the worst of them and the
/// others counted.
enum WallboardFleetView {
  static func draw(_ fleet: FleetSnapshot, _ state: AppState, into frame: inout Frame) {
    let notices = fleet.notices.isEmpty ? 0 : 1
    let rows = Split.rows(
      frame.bounds, [.fixed(1), .flexible(), .fixed(notices), .fixed(1)])
    drawHeader(fleet, state, in: rows[0], frame: &frame)
    let grid = WallboardGrid(count: fleet.clusters.count, in: rows[1])
    let worst = state.board.worst
    let tiles = worst.prefix(grid.tiles.count).map { WallboardTile(fleet.clusters[$0], state) }
    drawTiles(tiles, at: grid.tiles, hasTitle: true, state, frame: &frame)
    drawCounts(of: worst.dropFirst(tiles.count), state, in: grid.counts, frame: &frame)
    NoticesView.drawLine(state, in: rows[2], frame: &frame)
    WallboardView.drawFoot(state, in: rows[3], frame: &frame)
  }

  static func drawTiles(
    _ tiles: [WallboardTile], at places: [Rect], hasTitle: Bool, _ state: AppState,
    frame: inout Frame
  ) {
    let style = WallboardStyle(
      tiles, rooms: places.map { WallboardTileView.room($0) }, hasTitle: hasTitle,
      glyphs: state.glyphs)
    for (tile, place) in zip(tiles, places) {
      WallboardTileView(tile: tile, style: style, glyphs: state.glyphs)
        .draw(in: place, frame: &frame)
    }
  }

  private static func drawHeader(
    _ fleet: FleetSnapshot, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let count = fleet.clusters.count
    var left = [StatusLine.Piece(" \(count) \(count == 1 ? "cluster" : "clusters")", .header)]
    if !fleet.isComplete { left.append(StatusLine.Piece("looking for more...", .header)) }
    StatusLine.draw(
      left: left, right: [StatusLine.Piece("\(Moment.clock(state.now)) UTC ", .header)], in: rect,
      role: .header, frame: &frame, glyphs: state.glyphs)
  }

  // MARK: Clusters without a tile

  private static func drawCounts(
    of rest: ArraySlice<Int>, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    guard !rest.isEmpty, !rect.isEmpty else { return }
    var counts = VerdictCounts()
    for index in rest { counts[state.board.verdicts[index]] += 1 }
    guard rect.height >= WallboardGrid.minimum.height else {
      drawCountsLine(counts, state, in: rect, frame: &frame)
      return
    }
    let rows = Split.rows(rect, [.fixed(1), .flexible(), .fixed(1)])
    Box.draw(
      title: "and \(counts.total) more", in: rows[0], border: .titleOnly, frame: &frame,
      glyphs: state.glyphs)
    let parts = Array(
      repeating: [Split.Part.flexible(), .fixed(1)], count: VerdictCounts.order.count
    ).flatMap { $0 }.dropLast()
    let places = Split.columns(rows[1], Array(parts))
    let captions = Split.columns(rows[2], Array(parts))
    let texts = VerdictCounts.order.map { "\(counts[$0])" }
    let size = BigText.size(
      fitting: texts,
      in: Rect(x: 0, y: 0, width: places[0].width, height: rows[1].height), glyphs: state.glyphs)
    for (index, verdict) in VerdictCounts.order.enumerated() {
      let role: Role = counts[verdict] > 0 ? verdict.role : .dim
      BigText.draw(
        texts[index], role: role, size: size, in: places[index * 2], frame: &frame,
        glyphs: state.glyphs)
      let place = captions[index * 2]
      let x = place.x + max(0, (place.width - verdict.rawValue.count) / 2)
      frame.write(verdict.rawValue, x: x, y: place.y, role: role, clip: place)
    }
  }

  private static func drawCountsLine(
    _ counts: VerdictCounts, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    var spans = [Span(" and \(counts.total) more:", .dim)]
    for verdict in VerdictCounts.order where counts[verdict] > 0 {
      spans.append(Span(" \(counts[verdict]) \(verdict.rawValue)", verdict.role))
    }
    frame.write(Line(spans), in: rect, glyphs: state.glyphs)
  }
}

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
    let rows = Split.rows(frame.bounds, [.fixed(1), .flexible(), .fixed(1)])
    let tile = WallboardTile(cluster, state)
    drawHeader(tile, index, state, in: rows[0], frame: &frame)
    WallboardFleetView.drawTiles(
      [tile], at: [rows[1]], hasTitle: false, state, frame: &frame)
    drawFoot(state, in: rows[2], frame: &frame)
  }

  private static func drawHeader(
    _ tile: WallboardTile, _ index: Int, _ state: AppState, in rect: Rect, frame: inout Frame
  ) {
    let cluster = tile.row.cluster
    let count = state.clusterCount
    StatusLine.draw(
      left: [
        StatusLine.Piece(" " + CellText.clean(cluster.id), .header),
        StatusLine.Piece("(\(CellText.clean(cluster.engineTitle)))", .header),
        StatusLine.Piece(count > 1 ? "\(index + 1) of \(count)" : "", .header),
        StatusLine.Piece(tile.note?.text ?? "", .header),
      ], right: [StatusLine.Piece("\(Moment.clock(state.now)) UTC ", .header)], in: rect,
      role: .header, frame: &frame, glyphs: state.glyphs)
  }

  /// The largest unit alone: `8h`, `3d`.
  static func compact(_ seconds: Double) -> String {
    Format.age(seconds).split(separator: " ").first.map(String.init) ?? "?"
  }

  static func drawFoot(_ state: AppState, in rect: Rect, frame: inout Frame) {
    if let (cluster, operation) = state.anyOperation {
      let progress = state.progress(of: operation, in: cluster)
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

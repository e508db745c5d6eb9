import FoundationEssentials
import RecoveryModel
import TextScreen

/// Draws the whole screen for a state; knows nothing else.
package func draw(_ state: AppState, into frame: inout Frame) {
  frame.fill(frame.bounds, role: .text)
  frame.cursor = nil
  guard Layout.fits(state) else {
    TooSmallView.draw(state, into: &frame)
    return
  }
  if state.screen == .wallboard {
    WallboardView.draw(state, into: &frame)
  } else {
    let layout = Layout(state)
    HeaderView.draw(state, in: layout.header, frame: &frame)
    NoticesView.drawLine(state, in: layout.fleetNotice, frame: &frame)
    switch state.screen {
    case .board: BoardView.draw(state, layout: layout, frame: &frame)
    case .dashboard:
      VerdictView.draw(state, in: layout.verdict, frame: &frame)
      DashboardView.draw(state, layout: layout, frame: &frame)
    default:
      VerdictView.draw(state, in: layout.verdict, frame: &frame)
      ListView.draw(state, layout: layout, frame: &frame)
    }
    MessageView.draw(state, in: layout.message, frame: &frame)
    FooterView.draw(state, in: layout.footer, frame: &frame)
    PromptView.draw(state, layout: layout, frame: &frame)
  }
  DialogView.draw(state, into: &frame)
}

/// For a terminal that has no room: the verdict if it fits, and what is missing.
enum TooSmallView {
  static func draw(_ state: AppState, into frame: inout Frame) {
    let rows = Split.rows(frame.bounds, [.fixed(1), .flexible()])
    if let verdict = state.board.counts.worst {
      frame.write(
        Line("\(verdict.glyph(state.glyphs)) \(verdict.rawValue)", verdict.role), in: rows[0],
        glyphs: state.glyphs)
    }
    let text =
      "The terminal is \(state.columns)x\(state.rows); "
      + "\(Layout.minimumColumns)x\(Layout.minimumRows) are needed."
    for (offset, line) in Wrap.lines(text, width: rows[1].width).enumerated() {
      frame.write(
        Line(line, .dim),
        in: Rect(x: rows[1].x, y: rows[1].y + offset, width: rows[1].width, height: 1)
          .intersection(rows[1]),
        glyphs: state.glyphs)
    }
  }
}

/// Product, cluster and engine at the left; pace, mode and the clock at the right.
enum HeaderView {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    var left = [StatusLine.Piece(" pgvigil ", .header)]
    if state.screen.belongsToCluster, let cluster = state.cluster {
      left.append(piece(cluster.id))
      left.append(piece("(\(cluster.engineTitle))"))
      let entries = state.board.entries
      if entries.count > 1, let index = entries.firstIndex(where: { $0.id == cluster.id }) {
        left.append(piece("\(index + 1) of \(entries.count)"))
      }
    } else if let fleet = state.fleet {
      let count = fleet.clusters.count
      if count > 0 { left.append(piece("\(count) \(count == 1 ? "cluster" : "clusters")")) }
      if !fleet.isComplete {
        left.append(piece(count > 0 ? "looking for more..." : "looking for clusters..."))
      } else if count == 0 {
        left.append(piece("no cluster"))
      }
    }
    var right: [StatusLine.Piece] = []
    if state.readOnly != nil { right.append(piece("read-only")) }
    right.append(
      piece(state.paused ? "PAUSED" : "every \(Format.duration(state.interval))"))
    right.append(piece("\(Moment.clock(state.now)) UTC "))
    StatusLine.draw(
      left: left, right: right, in: rect, role: .header, frame: &frame, glyphs: state.glyphs)
  }

  private static func piece(_ text: String) -> StatusLine.Piece {
    StatusLine.Piece(CellText.clean(text), .header)
  }
}

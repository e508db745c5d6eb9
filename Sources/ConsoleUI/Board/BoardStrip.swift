import FoundationEssentials
import RecoveryModel
import TextScreen

/// More about the row under the cursor than its cells can hold.
enum BoardStrip {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    guard !rect.isEmpty else { return }
    let rows: [Row]
    if let group = state.board.group(at: state.list.cursor) {
      let verb = group.isFolded ? "opens" : "folds"
      rows = [.line(Line([Span(" Enter", .key), Span(" \(verb) \(group.name)", .dim)]))]
    } else if let cluster = state.cluster {
      rows = self.rows(cluster, state, width: rect.width, room: rect.height)
    } else {
      rows = []
    }
    for (offset, row) in rows.prefix(rect.height).enumerated() {
      row.draw(
        in: Rect(x: rect.x, y: rect.y + offset, width: rect.width, height: 1), frame: &frame,
        glyphs: state.glyphs)
    }
  }

  /// With room the name, the answer and every activity as well.
  private static func rows(
    _ cluster: ClusterSnapshot, _ state: AppState, width: Int, room: Int
  ) -> [Row] {
    let row = BoardRow(cluster, now: state.now, glyphs: state.glyphs)
    var rows: [Row] = room > 2 ? [.section(cluster.id)] : []
    if let age = row.staleAge {
      let was = "no news for \(Format.age(age)); it was \(cluster.verdict.rawValue)"
      return rows + [.line(Line([Span(" \(was)", .unknown)]))]
    }
    let arrow = state.glyphs.arrowRight
    if room > 2 {
      let answer = VerdictView.answer(cluster, state, room: width - 24)
      rows.append(
        .line(Line([Span(" \(row.verdict.rawValue)  ", row.verdict.role)] + answer)))
    }
    let finding = cluster.worstFinding
    rows.append(.line(headline(finding, row, withName: room <= 2, state)))
    let doings =
      cluster.recoveries.map { "recovering: \($0.sentence)" }
      + cluster.report.kept.map { "kept: \($0.sentence)" }
      + cluster.report.activities.map { "\($0.kind.words): \($0.sentence)" }
    let activities = doings.map { Row.line(Line(" \(state.glyphs.bullet) \($0)", .notice)) }
    // What is being done on purpose explains more than a remedy would.
    let isCalm = finding.map { $0.severity == .info } ?? true
    let remedy: [Row] =
      finding.map {
        $0.remedy.isEmpty ? [] : [.line(Line(" \(arrow) \(Remedy.withKeys($0.remedy))", .notice))]
      }
      ?? []
    return rows + (isCalm ? activities + remedy : remedy + activities)
  }

  /// The worst finding and for how long the verdict has stood; where no title tells the whole name,
  /// that as well.
  private static func headline(
    _ finding: Finding?, _ row: BoardRow, withName: Bool, _ state: AppState
  ) -> Line {
    let since = state.spells[row.cluster.id]?.words(now: row.context.coarseNow)
    let right = since.map { [Span("for \($0) ", .dim)] } ?? []
    let name = withName ? [Span(" \(row.cluster.id)", .strong)] : []
    guard let finding else {
      return Line(name + [Span(" nothing to report", .dim)], right: right)
    }
    let more = row.cluster.findings.count - 1
    return Line(
      name + [
        Span(" \(finding.severity.glyph(state.glyphs)) ", finding.severity.role),
        Span(finding.headline),
        Span(more > 0 ? " (\(more) more)" : "", .dim),
      ], right: right)
  }
}

import RecoveryModel
import TextScreen

/// What stands where no cluster is: what was looked for, and what to do.
enum EmptyFleetView {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    var rows = text(state, width: rect.width)
    for notice in NoticesView.sorted(state) {
      rows.append(.blank)
      rows.append(
        .line(
          Line([
            Span(" \(notice.severity.glyph(state.glyphs)) ", notice.severity.role),
            Span(notice.subject, .strong),
          ])))
      rows += NoticesView.rows(notice, width: rect.width, glyphs: state.glyphs)
    }
    for (offset, row) in rows.prefix(rect.height).enumerated() {
      row.draw(
        in: Rect(x: rect.x, y: rect.y + offset, width: rect.width, height: 1), frame: &frame,
        glyphs: state.glyphs)
    }
  }

  private static func text(_ state: AppState, width: Int) -> [Row] {
    guard let fleet = state.fleet else { return [.blank, .text("Asking the servers...", .dim)] }
    guard fleet.isComplete else {
      return [.blank, .text("Looking for clusters...", .strong)]
        + Row.paragraph(lookedFor, .dim, width: width)
    }
    var rows: [Row] = [.blank, .text("No cluster was found.", .strong)]
    rows += Row.paragraph(lookedFor, width: width)
    rows.append(.blank)
    for remedy in remedies {
      let mark = Span(" \(state.glyphs.arrowRight) ", .notice)
      rows += Row.marked(mark, remedy, .notice, width: width - 1, indent: 3)
    }
    return rows
  }

  private static let lookedFor =
    "Looked for are the clusters that the configuration file declares and, in each watched context "
    + "of the kubeconfig, the Cluster objects of CloudNativePG (postgresql.cnpg.io/v1) in every "
    + "namespace that may be read."

  private static let remedies = [
    "What the kubeconfig lets you see: kubectl get clusters.postgresql.cnpg.io --all-namespaces",
    "Elsewhere: pgvigil --context NAME, --namespace NAME or --kubeconfig FILE.",
    "For clusters on hosts a configuration file to begin with: pgvigil config example",
  ]
}

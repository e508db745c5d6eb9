import RecoveryModel
import TextScreen

/// The page for an incident.
enum IncidentView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Incident"
    guard let cluster = state.cluster else { return }
    let reading = state.audit.flatMap { $0.cluster == cluster.id ? $0.acts : nil }
    let page = IncidentPage(
      cluster, acts: reading, search: state.finding?.search, chosen: state.recoveryMoment,
      now: state.now)
    let isTall = state.rows >= 40
    let room = builder.width - ContentBuilder.factWidth
    builder.facts(
      page.lines(zone: state.zone, room: isTall ? .tall : .short).map { line in
        guard !isTall, line.mayBeCut else { return line }
        return FactLine(line.label, clauses(of: line.text, columns: room), line.tone)
      })
    guard let advised = page.advised else { return }
    builder.facts([FactLine("plan", "p shows what going back to \(advised.text) takes", .dim)])
  }

  /// As many whole clauses as fit in a row: who did what, without half of what came of it.
  private static func clauses(of text: String, columns: Int) -> String {
    guard GlyphWidth.columns(of: text) > columns else { return text }
    // The first one ends the name.
    let ends = [": ", "; ", ", "].flatMap { text.ranges(of: $0).map(\.lowerBound) }.sorted()
      .filter { GlyphWidth.columns(of: text[..<$0]) <= columns }
    return ends.count > 1 ? String(text[..<ends[ends.count - 1]]) : text
  }
}

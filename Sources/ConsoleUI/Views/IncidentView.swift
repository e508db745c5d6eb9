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
    builder.facts(page.lines(zone: state.zone, room: isTall ? .tall : .short))
    guard let advised = page.advised else { return }
    builder.facts([FactLine("plan", "p shows what going back to \(advised.text) takes", .dim)])
  }
}

import FoundationEssentials
import RecoveryModel
import TextScreen

/// What runs now, and what became of earlier backups and drills; the newest on top.
enum OperationsView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Operations"
    let clusters = state.clusters
    for cluster in clusters {
      guard let operation = cluster.operation else { continue }
      let progress = state.progress(of: operation, in: cluster.id)
      builder.section("\(cluster.id): \(operation.plan.title)")
      builder.fact("step", progress.step, .notice)
      builder.fact("done", progress.amount.isEmpty ? "not counted" : progress.amount)
      builder.fact("time", progress.times)
      for line in operation.log.suffix(12) { builder.paragraph(line, .dim) }
    }
    builder.section("Ended")
    let outcomes = clusters.flatMap(\.outcomes).sorted { $0.finishedAt > $1.finishedAt }
    if outcomes.isEmpty { builder.paragraph("nothing since this console was opened", .dim) }
    for outcome in outcomes {
      let took = Format.duration(outcome.finishedAt.timeIntervalSince(outcome.startedAt))
      builder.item(
        outcome.operation,
        .line(
          Line([
            Span(" \(Moment.short(outcome.finishedAt)) ", .dim),
            Span("\(outcome.cluster) ", .strong), Span("\(outcome.kind.rawValue) "),
            Span(outcome.status.words, outcome.status.role), Span(" after \(took)", .dim),
          ])),
        text:
          "\(outcome.cluster) \(outcome.kind.rawValue) \(outcome.status.words) \(outcome.summary)",
        more: Row.paragraph(outcome.summary, width: builder.width, indent: 13))
    }
  }

  /// One operation that ended: a drill's record, or all that is known of another.
  static func fill(ended id: String, _ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Operation \(id)"
    for cluster in state.clusters {
      guard let outcome = cluster.outcomes.last(where: { $0.operation == id }) else { continue }
      builder.fact("cluster", cluster.id, .strong)
      builder.fact("kind", outcome.kind.words)
      builder.fact("outcome", outcome.status.words, outcome.status.role)
      builder.fact("started", Moment.full(outcome.startedAt))
      let took = Format.duration(outcome.finishedAt.timeIntervalSince(outcome.startedAt))
      builder.fact("ended", "\(Moment.full(outcome.finishedAt)), after \(took)")
      builder.fact("summary", outcome.summary)
      if let drill = outcome.drill {
        builder.section("Record of the drill")
        let context = PanelContext(cluster: cluster, now: state.now, glyphs: state.glyphs)
        VerificationPanel.fill(drill, context, &builder)
      }
      return
    }
    builder.paragraph("\(id) is not remembered any more", .unknown)
  }
}

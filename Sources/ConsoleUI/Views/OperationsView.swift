import FoundationEssentials
import RecoveryModel
import TextScreen

/// What runs now, and what became of earlier backups and drills; the newest on top.
enum OperationsView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Operations"
    for cluster in state.clusters {
      guard let operation = cluster.operation else { continue }
      let progress = Progress(operation, now: state.now)
      builder.section("\(cluster.id): \(operation.plan.title)")
      builder.fact("step", progress.step, .notice)
      builder.fact("done", progress.amount.isEmpty ? "not counted" : progress.amount)
      builder.fact("time", progress.times)
      for line in operation.log.suffix(12) { builder.paragraph(line, .dim) }
    }
    builder.section("Ended")
    let outcomes = state.clusters.flatMap(\.outcomes).sorted { $0.finishedAt > $1.finishedAt }
    if outcomes.isEmpty { builder.paragraph("nothing since this console was opened", .dim) }
    for (index, outcome) in outcomes.enumerated() {
      let took = Format.duration(outcome.finishedAt.timeIntervalSince(outcome.startedAt))
      builder.item(
        "\(index)",
        .line(
          Line([
            Span(" \(Moment.short(outcome.finishedAt)) ", .dim),
            Span("\(outcome.cluster) ", .strong), Span("\(outcome.kind.rawValue) "),
            Span(outcome.status.word, outcome.status.role), Span(" after \(took)", .dim),
          ])),
        text:
          "\(outcome.cluster) \(outcome.kind.rawValue) \(outcome.status.word) \(outcome.summary)",
        more: Row.paragraph(outcome.summary, width: builder.width, indent: 13))
    }
  }
}

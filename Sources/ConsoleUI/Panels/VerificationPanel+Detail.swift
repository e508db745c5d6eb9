import FoundationEssentials
import RecoveryModel
import TextScreen

extension VerificationPanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    if let operation = context.cluster.operation, context.cluster.isDrilling {
      builder.fact("step", operation.words, .notice)
      for line in operation.log.suffix(5) { builder.paragraph(line, .dim) }
    }
    if let scrub = context.scrub { builder.fact("reading", scrub.words, .notice) }
    for kept in context.report.kept {
      builder.fact("kept", kept.sentence, .notice)
      builder.fact("by", kept.by)
      if let start = kept.start { builder.fact("start it", start) }
      if !kept.connect.isEmpty { builder.fact("into it", kept.connect) }
      if !kept.isUnfinished, let back = kept.givingBack([], to: context.cluster.declaration) {
        builder.fact("give back", back)
      }
      builder.paragraph(
        "D removes it, or: \(kept.removal(of: context.cluster.declaration))", .dim)
    }
    if let last = context.cluster.drills.ofNow.last ?? context.cluster.drills.last {
      fill(last, context, &builder)
    } else {
      builder.add(never(context))
    }
    builder.section("History")
    let columns = Column.fitting(builder.width)
    builder.table(
      columns.map(\.table),
      context.cluster.drills.reversed().map { (id: $0.id, cells: cells($0, context, columns)) })
    builder.add(next(context, labelWidth: Line.detailLabelWidth))
    if let readiness = context.cluster.readiness {
      builder.fact(
        "ready",
        (readiness.obstacle.map { "no: \($0)" } ?? "yes, by all that could be asked")
          + ", asked \(context.ago(readiness.checkedAt)) by \(readiness.account)",
        readiness.obstacle == nil ? .text : .warning)
    }
    ContentsSection.fill(context, &builder)
  }

  @Sendable static func item(
    _ context: PanelContext, _ id: String, _ builder: inout ContentBuilder
  ) {
    guard let drill = context.cluster.drills.first(where: { $0.id == id }) else {
      builder.paragraph("\(id) is not in the ledger", .unknown)
      return
    }
    fill(drill, context, &builder)
    builder.section("Record")
    builder.fact("id", drill.id)
    builder.fact("started", Moment.full(drill.startedAt))
    builder.fact("finished", Moment.full(drill.finishedAt))
    builder.fact("by", "\(drill.user) on \(drill.host), pgvigil \(drill.version)")
    builder.fact("engine", drill.engine)
  }

  static func fill(
    _ drill: DrillRecord, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    let glyph = drill.outcome.glyph(context.glyphs)
    builder.fact(
      "outcome", "\(glyph) \(drill.outcome.words), \(context.ago(drill.finishedAt))",
      drill.outcome.role)
    if let state = drill.failedIn { builder.fact("in", state.words, drill.outcome.role) }
    if let reason = drill.reason { builder.fact("why", reason, drill.outcome.role) }
    builder.fact("backup", drill.backup ?? "none chosen")
    if let moment = drill.moment {
      builder.fact("moment", moment.asked)
      if let words = drill.momentWords { builder.paragraph(words) }
      if drill.isOfPast { builder.paragraph(DrillRecord.pastOnly, .notice) }
    }
    if let reached = drill.reachedLSN {
      let target = drill.targetLSN.map { ", told to reach \($0)" } ?? ""
      let time = drill.reachedTime.map { ", data as of \(Moment.full($0))" } ?? ""
      builder.fact("reached", "\(reached)\(target)\(time)")
    }
    builder.fact("RTO", rto(drill))
    if let range = drill.predicted {
      builder.fact(
        "predicted", "\(Format.duration(range.low)) to \(Format.duration(range.high))")
    }
    for phase in drill.phases { builder.fact(phase.words, value(phase)) }
    fillTests(drill, context, &builder)
    builder.fact(
      "left",
      drill.leftBehind.isEmpty ? "nothing left behind" : drill.leftBehind.joined(separator: ", "),
      drill.leftBehind.isEmpty ? .text : .warning)
  }

  private static func value(_ phase: DrillPhase) -> String {
    let time = Format.duration(phase.seconds)
    guard let bytes = phase.bytes else { return time }
    let rate = phase.seconds > 0 ? " at \(Format.rate(Double(bytes) / phase.seconds))" : ""
    return "\(time), \(Format.bytes(bytes))\(rate)"
  }

  private static func fillTests(
    _ drill: DrillRecord, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    if drill.tests.isEmpty {
      builder.fact("tests", "none", .warning)
      return
    }
    let columns = [
      Table.Column("", width: .fixed(1)), Table.Column("smoke test", width: .flexible(2)),
      Table.Column("answer", width: .flexible(), alignment: .right),
      Table.Column("production", width: .flexible(), alignment: .right),
      Table.Column("expected", width: .flexible(2)),
      Table.Column("took", width: .fixed(6), alignment: .right),
    ]
    builder.add(.heading(columns))
    for test in drill.tests {
      let tick = Tick.span(test.passed, context.glyphs)
      builder.add(
        .cells(
          columns,
          [
            Table.Entry(tick.text, tick.role), Table.Entry(test.name, .strong),
            Table.Entry(test.answer ?? "none"), Table.Entry(test.production ?? "not asked", .dim),
            Table.Entry(test.expectation), Table.Entry(Format.duration(test.seconds), .dim),
          ]))
      if test.passed != true { builder.paragraph("  \(test.name): \(test.detail)", tick.role) }
    }
  }

  /// A column of the drills' table.
  private enum Column {
    case mark, finished, outcome, backup, restore, replay, rto, predicted, tests, user

    var table: Table.Column {
      switch self {
      case .mark: Table.Column("", width: .fixed(1))
      case .finished: Table.Column("finished", width: .fixed(11))
      case .outcome: Table.Column("outcome", width: .fixed(13))
      case .backup: Table.Column("backup", width: .flexible())
      case .restore: Table.Column("restore", width: .fixed(7), alignment: .right)
      case .replay: Table.Column("replay", width: .fixed(7), alignment: .right)
      case .rto: Table.Column("RTO", width: .fixed(7), alignment: .right)
      case .predicted: Table.Column("predicted", width: .fixed(9), alignment: .right)
      case .tests: Table.Column("tests", width: .fixed(7))
      case .user: Table.Column("by", width: .flexible())
      }
    }

    static func fitting(_ width: Int) -> [Self] {
      switch width {
      // A backup is known by its whole name.
      case ..<70: [.mark, .finished, .outcome, .backup, .replay, .rto]
      case ..<100: [.mark, .finished, .outcome, .backup, .restore, .replay, .rto]
      default:
        [
          .mark, .finished, .outcome, .backup, .restore, .replay, .rto, .predicted, .tests, .user,
        ]
      }
    }
  }

  private static func cells(
    _ drill: DrillRecord, _ context: PanelContext, _ columns: [Column]
  ) -> [Table.Entry] {
    func phase(_ state: DrillState) -> String {
      drill.phases.first { $0.state == state }.map { Format.duration($0.seconds) } ?? "-"
    }
    return columns.map { column in
      switch column {
      case .mark: Table.Entry(drill.outcome.glyph(context.glyphs), drill.outcome.role)
      case .finished: Table.Entry(Moment.short(drill.finishedAt))
      case .outcome: Table.Entry(drill.outcome.words, drill.outcome.role)
      case .backup:
        Table.Entry((drill.backup ?? "-") + (drill.moment.map { " to \($0.asked)" } ?? ""))
      case .restore: Table.Entry(phase(.restoring))
      case .replay: Table.Entry(phase(.replaying))
      case .rto: Table.Entry(drill.measuredRTO.map(Format.duration) ?? "-")
      case .predicted: Table.Entry(drill.predicted.map { Format.duration($0.expected) } ?? "-")
      case .tests:
        Table.Entry(drill.tally.short.replacing("/", with: " of "))
      case .user: Table.Entry(drill.user, .dim)
      }
    }
  }
}

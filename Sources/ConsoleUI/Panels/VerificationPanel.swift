import FoundationEssentials
import RecoveryModel
import TextScreen

/// What has been restored, and what that proved.
enum VerificationPanel {
  static let row = PanelRow(
    id: .verification, title: "Verification", key: "5", status: status, summary: summary,
    detail: detail, item: item, staleAge: { _ in nil })

  @Sendable private static func status(_ context: PanelContext) -> Span {
    if context.cluster.isDrilling { return Span("drilling", .notice) }
    guard let last = context.cluster.drills.lastConclusive else {
      if context.cluster.isNeverDrilled { return Span("never", .warning) }
      return Span(context.cluster.drills.ofNow.last?.outcome.words ?? "unknown", .unknown)
    }
    if last.outcome == .passed, let late = lateness(last, context) {
      return Span("overdue", late.role)
    }
    return Span("\(last.outcome.words) \(context.ago(last.finishedAt))", last.outcome.role)
  }

  private static func lateness(_ drill: DrillRecord, _ context: PanelContext) -> Severity? {
    context.targets.lateness(ofDrillAged: context.age(drill.finishedAt))
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    let contents = ContentsSection.summary(context).map { [$0] } ?? []
    guard let last = context.cluster.drills.ofNow.last else {
      return kept(context) + never(context) + contents + past(context)
    }
    var rows: [Row] = [result(last, context)]
    if let running = running(context) { rows.append(running) }
    if context.scrub != nil { rows += contents }
    if last.outcome == .passed {
      rows.append(.fact("proved", last.backup ?? "unknown backup"))
      rows.append(.fact("RTO", rto(last)))
      rows.append(tests(last, context))
    } else {
      rows += Row.facts(
        "why", last.reason ?? "no reason recorded", width: width, limit: context.limit)
      if let passed = context.cluster.drills.lastPassed {
        rows.append(.fact("passed", "last \(context.ago(passed.finishedAt))"))
      }
    }
    rows.append(next(context))
    return kept(context) + rows + (context.scrub == nil ? contents : []) + past(context)
  }

  /// Recoveries that stay, first: there is no room for more than to say that they do.
  private static func kept(_ context: PanelContext) -> [Row] {
    guard let first = context.report.kept.first else { return [] }
    let more = context.report.kept.count - 1
    let words = "recovery, \(context.ago(first.since))" + (more > 0 ? " +\(more)" : "")
    return [.fact("kept", words, .notice)]
  }

  /// The newest drill of a moment: no proof of now, and so told apart.
  private static func past(_ context: PanelContext) -> [Row] {
    guard let drill = context.cluster.drills.lastOfPast, let moment = drill.moment else {
      return []
    }
    return [
      .fact(
        "moment",
        [
          Span(
            "\(drill.outcome.glyph(context.glyphs)) \(drill.outcome.words)", drill.outcome.role),
          Span(" to \(moment.asked), \(context.ago(drill.finishedAt))"),
        ])
    ]
  }

  static func never(_ context: PanelContext) -> [Row] {
    if let running = running(context) { return [.fact("last", "never drilled"), running] }
    guard context.cluster.isNeverDrilled else {
      return [.fact("last", "unknown: the ledger cannot be asked", .unknown)]
    }
    return [
      .fact("last", "never drilled", .warning),
      .fact("", "\"completed\" is only a claim"),
      .fact("", "until a restore has proved it"),
      context.report.isWithoutBackup
        ? .fact("", "needs a base backup first", .dim)
        : .line(.fact("", [.key(of: "drill"), Span(" restores one and proves it")])),
    ]
  }

  private static func running(_ context: PanelContext) -> Row? {
    guard let operation = context.cluster.operation, context.cluster.isDrilling else { return nil }
    let share = operation.fraction.map { " \(Format.percent($0))" } ?? ""
    return .fact("running", operation.words + share, .notice)
  }

  private static func result(_ drill: DrillRecord, _ context: PanelContext) -> Row {
    let glyph = drill.outcome.glyph(context.glyphs)
    let place = drill.outcome == .failed ? drill.failedIn.map { " \($0.words)" } ?? "" : ""
    return .fact(
      "last",
      [
        Span("\(glyph) \(drill.outcome.words)\(place)", drill.outcome.role),
        Span(", \(context.ago(drill.finishedAt))"),
      ])
  }

  static func rto(_ drill: DrillRecord) -> String {
    guard let measured = drill.measuredRTO else { return "not measured" }
    return Format.duration(measured)
      + (drill.predicted.map { ", predicted \(Format.duration($0.expected))" } ?? "")
  }

  /// One smoke test in words, what did not pass before what did; the rest as a count.
  static func tests(_ drill: DrillRecord, _ context: PanelContext) -> Row {
    let worst = drill.tests.first { $0.passed == false } ?? drill.tests.first { $0.passed == nil }
    guard let first = worst ?? drill.tests.first else {
      return .fact("tests", "none configured", .warning)
    }
    let bad = drill.tests.filter { $0.passed != true }.count
    let more = drill.tests.count - 1
    var spans = [
      Span("\(first.name) \(first.answer ?? "no answer") "),
      Tick.span(first.passed, context.glyphs),
    ]
    if more > 0 { spans.append(Span(" +\(more)", bad > 0 ? .warning : .dim)) }
    return .fact("tests", spans)
  }

  /// When the next is due, counted from the newest that passed, and how the last few went.
  static func next(_ context: PanelContext, labelWidth: Int = Line.labelWidth) -> Row {
    let past = context.cluster.drills.suffix(8).map {
      Span($0.outcome.glyph(context.glyphs), $0.outcome.role)
    }
    guard let last = context.cluster.drills.lastPassed else {
      return .line(
        .fact(
          "next", [Span("due now", .warning)], right: past + [Span(" ")], labelWidth: labelWidth))
    }
    let age = context.age(last.finishedAt)
    let late = age - context.targets.drillInterval
    let next = context.targets.nextDrill(after: context.cluster.drills)
    let left = next?.timeIntervalSince(context.coarseNow) ?? 0
    let words =
      lateness(last, context).map { Span("overdue by \(Format.age(late))", $0.role) }
      ?? (left > 0 ? Span("due in \(Format.age(left))") : Span("due now", .warning))
    let blocked =
      context.cluster.readiness?.obstacle == nil ? [] : [Span(", blocked", .warning)]
    return .line(
      .fact("next", [words] + blocked, right: past + [Span(" ")], labelWidth: labelWidth))
  }
}

extension RunningOperation {
  /// Where it stands, in the drill's own words where it is one.
  var words: String { drillState?.words ?? step }
}

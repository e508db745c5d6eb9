import FoundationEssentials
import RecoveryModel
import TextScreen

/// Which moments can be restored.
enum WindowPanel {
  static let row = PanelRow(
    id: .window, title: "Recovery window", key: "4", status: status, summary: summary,
    detail: detail, item: { _, _, _ in },
    staleAge: { $0.cluster.staleAge(of: isClaim($0) ? .claimedWindow : .walArchive, at: $0.now) })

  /// Nobody has listed the archive, and the engine has been asked for its word.
  private static func isClaim(_ context: PanelContext) -> Bool {
    context.report.walArchive.value == nil && context.report.claimedWindow != .pending
  }

  @Sendable private static func status(_ context: PanelContext) -> Span {
    guard let window = context.cluster.window else {
      return isClaim(context) || context.cluster.isWindowSenseless
        ? Span("unknown", .unknown) : MissingPart.status(context.report.walArchive)
    }
    guard let first = window.first, let last = window.last else { return Span("none", .critical) }
    if !window.holes.isEmpty {
      let count = window.holes.count
      return Span("\(count) \(count == 1 ? "hole" : "holes")", .critical)
    }
    let length = Format.age(last.timeIntervalSince(first))
    if window.basis == .claimed {
      return Span("\(length) claimed", isShort(context) ? .warning : .notice)
    }
    return Span(length, isShort(context) ? .warning : .good)
  }

  /// Whether it reaches less far back than was asked for.
  static func isShort(_ context: PanelContext) -> Bool {
    guard let wanted = context.targets.retention, let first = context.cluster.window?.first,
      let backups = context.report.backups.value?.backups, backups.count > 1
    else { return false }
    return context.age(first) < wanted && expiry(context)?.isPast == true
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    guard let window = context.cluster.window else {
      if context.cluster.isWindowSenseless {
        return [
          .fact("unknown", "its times make no sense", .unknown), policy(context),
          .fact("expires", expiry(context)?.words ?? "unknown"),
        ]
      }
      if isClaim(context), context.report.claimedWindow.value == nil {
        return MissingPart.rows(
          context.report.claimedWindow, width: width, limit: context.limit)
      }
      let part = context.report.walArchive
      return isClaim(context)
        ? [.fact("unknown", "needs the backup catalog too", .unknown)]
        : part.value == nil
          ? MissingPart.rows(part, width: width, limit: context.limit)
          : [.fact("unknown", "needs the backup catalog too", .unknown)]
    }
    guard let first = window.first, let last = window.last else {
      return [
        .fact("none", context.cluster.windowWords ?? "no moment can be restored", .critical),
        .fact(
          "WAL",
          context.report.walArchive.value.map { "\($0.segments.count) segments archived" }
            ?? "nobody has listed the archive"),
        .fact("missing", "a usable base backup"), policy(context),
      ]
    }
    return [
      .timeline(figure(window, context)),
      .line(
        axis(from: window.points.first ?? first, to: last, now: context.coarseNow, width: width)),
      holes(window), policy(context), .fact("expires", expiry(context)?.words ?? "unknown"),
    ]
  }

  /// The window's end stands below where the line ends that is drawn up to now.
  private static func axis(from first: Date, to last: Date, now: Date, width: Int) -> Line {
    let (left, end) = (" " + Moment.short(first), Moment.short(last))
    let whole = max(now.timeIntervalSince(first), 1)
    let share = min(1, max(0, last.timeIntervalSince(first) / whole))
    let column = Int((share * Double(width - 2)).rounded()) + 1
    let gap = max(1, column - left.count - end.count)
    let used = left.count + gap + end.count
    guard column < width - 5, used + 5 <= width else {
      return Line([Span(left)], right: [Span(end + " ")])
    }
    return Line(
      [Span(left + String(repeating: " ", count: gap) + end)], right: [Span("now ", .dim)])
  }

  static func holes(_ window: RecoveryWindow) -> Row {
    if window.holes.isEmpty, let first = window.first, !window.points.isEmpty {
      let count = window.points.count
      return .fact(
        "moments", "any since \(Moment.short(first)), before it \(count) alone")
    }
    if window.basis == .claimed { return .fact("holes", "not looked for", .unknown) }
    guard let hole = window.holes.first else { return .fact("holes", "none") }
    let missing = window.holes.reduce(0) { $0 + $1.missing }
    let when = hole.from.map { ", at \(Moment.short($0))" } ?? ""
    return .fact(
      "holes", "\(missing) \(missing == 1 ? "segment" : "segments")\(when)", .critical)
  }

  static func policy(_ context: PanelContext) -> Row {
    guard let policy = context.report.retention.value else {
      return .fact("policy", "unknown", .unknown)
    }
    let wanted = context.targets.retention.map { ", want \(Format.span($0))" } ?? ""
    let wal = policy.wal.map { ", WAL of \($0.backups)" } ?? ""
    if let count = policy.fullCount {
      return .fact("policy", "keep \(count) full\(wal)\(wanted)")
    }
    if let period = policy.period {
      return .fact("policy", "keep \(Format.span(period))\(wal)\(wanted)")
    }
    return .fact("policy", policy.text)
  }

  static func figure(_ window: RecoveryWindow, _ context: PanelContext) -> TimelineFigure {
    let now = context.coarseNow.timeIntervalSinceReferenceDate
    // Single moments before the window are points on its line.
    let since = window.first?.timeIntervalSinceReferenceDate ?? now
    let first = window.points.first?.timeIntervalSinceReferenceDate ?? since
    let last = window.last?.timeIntervalSinceReferenceDate ?? now
    let holes = window.holes.map { hole in
      Timeline.Span(
        from: hole.from?.timeIntervalSinceReferenceDate ?? first,
        to: hole.to?.timeIntervalSinceReferenceDate ?? now, role: .hole)
    }
    let marks = (context.report.backups.value?.backups ?? []).compactMap { backup in
      window.restorable.contains(backup.id)
        ? backup.finishedAt.map { Timeline.Mark(at: $0.timeIntervalSinceReferenceDate) } : nil
    }
    return TimelineFigure(
      start: first, end: max(last, now, first + 1),
      spans: [Timeline.Span(from: since, to: last)], holes: holes, marks: marks)
  }

  static func words(_ hole: WALHole, segmentSize: Int) -> String {
    let from = hole.from.map(Moment.short) ?? "?"
    let to = hole.to.map(Moment.short) ?? "?"
    return "\(hole.missing) from \(hole.first.name(segmentSize: segmentSize)), \(from) to \(to)"
  }

  /// What the repository will drop next.
  struct Expiry {
    var words: String
    var isPast: Bool
  }

  /// nil = unknown.
  static func expiry(_ context: PanelContext) -> Expiry? {
    guard let policy = context.report.retention.value,
      let backups = context.report.backups.value?.backups
    else { return nil }
    let fulls = backups.filter { $0.kind == .full && $0.finishedAt != nil }
    guard let oldest = fulls.first else { return Expiry(words: "nothing yet", isPast: false) }
    guard policy.expired(of: backups, after: .full, at: context.coarseNow).isEmpty else {
      return Expiry(words: "\(oldest.id) at next full", isPast: true)
    }
    if let count = policy.fullCount {
      return Expiry(words: "nothing: \(fulls.count) of \(count) full kept", isPast: false)
    }
    guard let period = policy.period else { return Expiry(words: "nothing", isPast: false) }
    guard fulls.count > 1, let second = fulls[1].finishedAt else {
      return Expiry(words: "nothing: the only full backup", isPast: false)
    }
    let left = second.addingTimeInterval(period).timeIntervalSince(context.coarseNow)
    return Expiry(words: "in \(Format.age(left)): \(oldest.id)", isPast: false)
  }
}

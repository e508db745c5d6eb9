import FoundationEssentials
import RecoveryModel
import TextScreen

/// Whether WAL leaves the house, and what would be lost now.
enum ArchivePanel {
  static let row = PanelRow(
    id: .archive, title: "Archive", key: "2", status: status, summary: summary, detail: detail,
    item: { _, _, _ in },
    staleAge: { $0.cluster.staleAge(of: .archive, at: $0.now) })

  @Sendable private static func status(_ context: PanelContext) -> Span {
    guard let archive = context.report.archive.value else {
      return MissingPart.status(context.report.archive)
    }
    if !archive.enabled { return Span("off", .critical) }
    if archive.failing { return Span("failing", .critical) }
    if let late = standing(context) { return Span("behind", late.role) }
    guard archive.lastStored == nil else { return Span("archiving", .good) }
    return archive.nothingSince == nil ? Span("nothing yet", .warning) : Span("unknown", .unknown)
  }

  static func standing(_ context: PanelContext) -> Severity? {
    context.cluster.loss(at: context.now).changes.flatMap(context.targets.standing(of:))
  }

  @Sendable private static func summary(
    _ context: PanelContext, width: Int, height: Int
  ) -> [Row] {
    guard let archive = context.report.archive.value else {
      return MissingPart.rows(context.report.archive, width: width, limit: context.limit)
    }
    guard archive.enabled else {
      let why = archive.off?.reason ?? "archive_mode is off"
      let limit = TextLimit(rows: min(2, max(1, height - 2)), glyphs: context.glyphs)
      return Row.facts("archive", why, .critical, width: width, limit: limit)
        + [
          .fact("", "changes since the last base", .text),
          .fact("", "backup would be lost", .text),
        ]
    }
    let exposed = Row.fact("exposed", [exposure(context)])
    let waiting = Row.fact("waiting", [waiting(archive, context)])
    if archive.failing {
      return [
        .fact("failing", failing(archive, context), .critical), exposed, waiting,
        .fact("at", archive.lastFailedSegment ?? "unknown", .text),
        .fact("last", last(archive, context)),
      ]
    }
    return [
      exposed, .fact("last", last(archive, context)),
      .fact("segment", segment(archive)), waiting,
      .fact("WAL rate", rate(archive)),
    ]
  }

  static func last(_ archive: ArchiveStatus, _ context: PanelContext) -> String {
    guard let stored = archive.lastStored else {
      return archive.nothingSince.map { "none since \(Moment.full($0)): statistics reset" }
        ?? "nothing archived yet"
    }
    // Rounded as losses are: it is the span that is told as exposed.
    let age = Format.ago(context.age(stored.at), isAtMost: true)
    return "archived \(age)" + (stored.teller == .listing ? " (repository)" : "")
  }

  static func segment(_ archive: ArchiveStatus) -> String {
    // After a base backup the newest file is its label, after a promotion a partial segment or a history file.
    archive.newestSegment?.name(segmentSize: archive.segmentSize)
      ?? (archive.lastStored == nil ? "unknown" : "none: another file came last")
  }

  static func rate(_ archive: ArchiveStatus) -> String {
    archive.walBytesPerSecond.map(Format.rate) ?? "unknown until the next look"
  }

  static func failing(_ archive: ArchiveStatus, _ context: PanelContext) -> String {
    let age = archive.failingSince.map { "for \(Format.age(context.age($0)))" } ?? "since the start"
    let count = archive.failedCount
    guard count > 0 else { return age }
    return "\(age), \(count) \(count == 1 ? "failure" : "failures")"
  }

  static func waiting(_ archive: ArchiveStatus, _ context: PanelContext) -> Span {
    guard let count = archive.waitingSegments else {
      return Span("unknown, needs pg_monitor", .unknown)
    }
    guard count > 0 else { return Span("no segment", .text) }
    let oldest = archive.oldestWaitingSince.map { ", oldest \(context.ago($0))" } ?? ""
    return Span(
      "\(count) \(count == 1 ? "segment" : "segments")\(oldest)",
      standing(context) == nil ? .text : .warning)
  }

  /// `148 MiB, <= 4m 10s`, or that nothing is: what would be lost now.
  static func exposure(_ context: PanelContext) -> Span {
    let loss = context.cluster.loss(at: context.now)
    if loss == .everything { return Span("all: nothing can be restored", .critical) }
    guard let exposure = loss.changes else { return Span("unknown", .unknown) }
    if exposure.bytes == 0, exposure.seconds ?? 0 == 0 {
      return Span("nothing pending (0 B, 0s)", .good)
    }
    let bytes = exposure.bytes.map(Format.bytes) ?? "unknown size"
    return Span("\(bytes), \(seconds(exposure))", loss.standing(context.targets).role)
  }

  static func seconds(_ exposure: RPOExposure) -> String {
    guard let seconds = exposure.seconds else { return "unknown time" }
    return (exposure.isUpperBound ? "<= " : "") + Format.atMost(seconds)
  }
}

import FoundationEssentials
import RecoveryModel
import TextScreen

extension ArchivePanel {
  @Sendable static func detail(_ context: PanelContext, _ builder: inout ContentBuilder) {
    if let archive = context.report.archive.value {
      fillExposure(archive, context, &builder)
      fillArchiver(archive, context, &builder)
    } else {
      builder.add(
        MissingPart.rows(context.report.archive, width: builder.width, limit: builder.limit))
    }
    fillRepository(context, &builder)
    EngineSection.fill(.archive, context, &builder)
    builder.section("Evidence")
    builder.evidence("archiver", context.report.archive, context: context)
    builder.repositoryEvidence(context)
  }

  private static func fillExposure(
    _ archive: ArchiveStatus, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    let span = exposure(context)
    builder.fact("exposed", span.text, span.role)
    builder.fact("target", "at most \(Format.span(context.targets.rpo))")
    builder.fact(
      "segments", context.cluster.exposure?.segments.map { "\($0)" } ?? "unknown")
    if context.cluster.loss.changes?.isUpperBound == true {
      builder.paragraph(
        "The time is an upper bound: this console has not watched long enough to know better.",
        .dim)
    }
  }

  private static func fillArchiver(
    _ archive: ArchiveStatus, _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    builder.section("Archiver")
    builder.fact("state", archive.enabled ? "on" : "off", archive.enabled ? .text : .critical)
    if !archive.enabled, let off = archive.off {
      builder.fact("why", off.reason, .critical)
      builder.fact("try", off.remedy, .notice)
    }
    if archive.failing {
      builder.fact("failing", failing(archive, context), .critical)
      builder.fact("at", archive.lastFailedSegment ?? "unknown")
    }
    if let at = archive.lastFailedAt {
      let all = archive.figuresSince == nil ? " in all" : archive.sinceWords
      let count = archive.failedCount > 0 ? ", \(archive.failedCount)\(all)" : ""
      builder.fact("failed", "last \(Moment.full(at))\(count)")
    }
    builder.fact("segment", segment(archive))
    builder.fact("archived", archived(archive, context))
    let waiting = waiting(archive, context)
    builder.fact("waiting", waiting.text, waiting.role)
    builder.fact("WAL rate", rate(archive))
    builder.fact("LSN", "\(archive.currentLSN) on timeline \(archive.timeline)")
    builder.fact(
      "beyond",
      archive.unarchivedBytes.map { "\(Format.bytes($0)) past the last archived segment" }
        ?? "unknown")
    builder.fact(
      "timeout",
      archive.archiveTimeout > 0
        ? "archive_timeout \(Format.span(Double(archive.archiveTimeout)))"
        : "archive_timeout is off: a quiet server may keep a segment back for ever")
    if archive.enabled, archive.lastStored == nil {
      let since = archive.nothingSince.map {
        "nothing has been archived since \(Moment.full($0)), when the server's statistics begin: "
          + "what it archived before they do not tell"
      }
      builder.fact(
        "note", since ?? "nothing has been archived yet", since == nil ? .warning : .unknown)
    }
  }

  private static func archived(_ archive: ArchiveStatus, _ context: PanelContext) -> String {
    guard let stored = archive.lastStored else {
      return archive.nothingSince.map { "not since \(Moment.full($0))" } ?? "never"
    }
    // Rounded as on the panel.
    let told = "\(Moment.full(stored.at)), \(Format.ago(context.age(stored.at), isAtMost: true))"
    guard stored.teller != .server else { return told }
    let reset = (archive.figuresSince.map { ", reset at \(Moment.full($0))," }) ?? ""
    return "\(told), by \(stored.teller.source): the server's statistics\(reset) tell of "
      + (archive.lastArchivedAt == nil ? "none" : "an older one")
  }

  private static func fillRepository(
    _ context: PanelContext, _ builder: inout ContentBuilder
  ) {
    guard let wal = context.report.walArchive.value else { return }
    builder.section("Repository")
    let stored = wal.segments.reduce(Int64(0)) { $0 + $1.storedBytes }
    builder.fact(
      "holds",
      "\(wal.segments.count) segments, \(Format.bytes(stored)) as stored "
        + "(segment size \(Format.bytes(Int64(wal.segmentSize))))")
    builder.fact("first", wal.segments.first?.segment.name(segmentSize: wal.segmentSize) ?? "none")
    builder.fact("last", wal.segments.last?.segment.name(segmentSize: wal.segmentSize) ?? "none")
    for hole in context.cluster.window?.holes ?? [] {
      builder.fact("missing", WindowPanel.words(hole, segmentSize: wal.segmentSize), .critical)
    }
    for change in wal.switches {
      builder.fact(
        "timeline", "\(change.timeline) left \(change.parent) at \(change.switchedAt)")
    }
    let recent = wal.segments.suffix(max(8, builder.width - 40)).map { Double($0.storedBytes) }
    builder.add(
      .sparkline(
        "stored", recent, Span("bytes per segment", .dim), labelWidth: Line.detailLabelWidth))
  }
}

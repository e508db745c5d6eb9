import FoundationEssentials
import RecoveryModel
import TextScreen

/// How much of what lies in the archive has been read, and what came of it: in full for the verification's own view, in a
/// line for its panel.
enum ContentsSection {
  static func fill(_ context: PanelContext, _ builder: inout ContentBuilder) {
    builder.section("Contents")
    guard let standing = context.cluster.scrub else {
      builder.add(
        .line(
          .fact(
            "read",
            [Span("never: names and sizes are believed; "), .key(of: "scrub"), Span(" reads")],
            labelWidth: Line.detailLabelWidth)))
      return
    }
    builder.fact("read", words(standing, context), standing.faults.isEmpty ? .text : .critical)
    builder.fact(
      "bytes", "\(Format.bytes(standing.readBytes)) of \(Format.bytes(standing.totalBytes))")
    if let last = standing.lastAt { builder.fact("last", context.ago(last)) }
    for fault in standing.faults.suffix(5) {
      builder.fact("damaged", "\(fault.object): \(fault.what)", .critical)
    }
    for unread in standing.unread {
      builder.fact(
        "not read", "\(unread.objects) objects, \(Format.bytes(unread.bytes)): \(unread.reason)",
        .warning)
    }
  }

  /// nil while there is nothing to tell.
  static func summary(_ context: PanelContext) -> Row? {
    if let scrub = context.scrub { return .fact("reading", scrub.words, .notice) }
    return context.cluster.scrub.map {
      .fact("read", words($0, context), $0.faults.isEmpty ? .text : .critical)
    }
  }

  private static func words(_ standing: ScrubStanding, _ context: PanelContext) -> String {
    "\(standing.words(now: context.coarseNow)), "
      + standing.faults.judgement(hasRead: standing.readBytes > 0)
  }
}

import FoundationEssentials

/// What scrubs found. How much a damaged object matters is judged where a missing one is: `chain.spoiled`,
/// `backup.wal-incomplete`, `backup.damaged`.
enum ScrubRules {
  static let damaged = Rule("scrub.damaged", .warning, "damaged objects") { context in
    guard let standing = context.scrub, let first = standing.faults.first else { return [] }
    let count = standing.faults.count
    let end = context.damagedEnd
    let what =
      count == 1
      ? "An object in the archive is damaged: \(name(first))"
      : "\(count) objects in the archive are damaged: \(name(first)) and \(count - 1) more"
    return [
      Finding(
        id: "scrub.damaged", severity: end == nil ? .warning : .critical,
        headline: end.map { ending($0, context) } ?? what,
        evidence: standing.faults.suffix(5).map {
          Evidence(what: "\(name($0)): \(words($0))", source: "contents as read", at: $0.at)
        },
        remedy:
          "Keep what is there: an old version of the object or a copy elsewhere may be whole; one that is "
          + "put back counts after the next pgvigil scrub. Then find out what changed it.",
        ceiling: end == nil ? .likely : .atRisk)
    ]
  }

  private static func ending(_ end: SpoiledSegment, _ context: RuleContext) -> String {
    let reach = context.reach?.words(now: context.now) ?? "only to before that"
    return "Recovery ends before \(context.segmentName(end.segment)), \(reach): \(end.words)"
  }

  static let read = Rule("scrub.read", .info, "contents read") { context in
    guard let standing = context.scrub, standing.totalBytes > 0 else { return [] }
    let unread = standing.unread.first
    let outcome = standing.faults.judgement(hasRead: standing.readBytes > 0)
    return [
      Finding(
        id: "scrub.read", severity: .info,
        headline: "Contents read: \(standing.words(now: context.now)), \(outcome)"
          + (unread.map { "; not read: \(Sanitizer.clean($0.reason, limit: 120))" } ?? ""),
        evidence: [
          Evidence(
            what: "\(Format.bytes(standing.readBytes)) of \(Format.bytes(standing.totalBytes)) "
              + "that lie there"
              + (standing.byPages > 0 ? ", \(standing.byPages) segments by their pages alone" : ""),
            source: "record of scrubs", at: standing.lastAt)
        ]
          + standing.unread.prefix(4).map {
            Evidence(
              what: "\($0.objects) not read (\(Format.bytes($0.bytes))): "
                + Sanitizer.clean($0.reason, limit: 160),
              source: "record of scrubs", at: standing.lastAt)
          },
        remedy: "", ceiling: .proven)
    ]
  }

  private static func name(_ fault: ScrubFault) -> String {
    Sanitizer.clean(fault.object, limit: 140)
  }
  private static func words(_ fault: ScrubFault) -> String {
    Sanitizer.clean(fault.what, limit: 160)
  }
}

extension RuleContext {
  /// A damaged segment that the chain ends before, with nothing good behind it: it makes no hole, and takes as much.
  var damagedEnd: SpoiledSegment? {
    guard let last = window?.lastSegment, window?.restorable.isEmpty == false, cuttingHole == nil
    else { return nil }
    return report.walArchive.value?.spoiled.first { spoiled in
      guard case .damaged = spoiled.fault else { return false }
      return spoiled.segment.number == last.number + 1 && spoiled.segment.timeline >= last.timeline
    }
  }
}

/// What would be lost now, against the target.
enum ExposureRules {
  static let target = Rule("rpo.target", .critical, "over the RPO", needs: [.archive]) { context in
    guard let exposure = context.exposure, context.report.archive.value?.enabled == true else {
      return []
    }
    let target = context.declaration.targets.rpo
    guard let seconds = exposure.seconds else {
      guard exposure.bytes != 0 else { return [] }
      return [unknown(context, exposure)]
    }
    guard let standing = context.declaration.targets.standing(of: exposure) else { return [] }
    let bytes = exposure.bytes.map { " (\(Format.bytes($0)))" } ?? ""
    let amount = "\(Format.atMost(seconds)) of changes\(bytes)"
    let isCertain = exposure.certainSeconds > target
    // Where the way to the end of the archive is cut, more is lost than that.
    let fate = context.reach?.isCut == true ? "are not archived" : "would be lost now"
    let headline =
      !isCertain
      ? "Up to \(amount) may not be archived"
      : exposure.isUpperBound
        ? "\(Format.age(exposure.certainSeconds)) to \(amount) \(fate)"
        : "\(amount) \(fate)"
    return [
      Finding(
        id: "rpo.target", severity: standing,
        headline: "\(headline), over the target of \(Format.span(target))",
        evidence: [
          context.evidence(
            (exposure.bytes.map { Format.bytes($0) } ?? "changes")
              + " written beyond the last archived segment", .archive)
        ],
        remedy: remedy(context, isCertain: isCertain),
        ceiling: context.declaration.targets.ceiling(of: exposure))
    ]
  }

  private static func remedy(_ context: RuleContext, isCertain: Bool) -> String {
    let target = context.declaration.targets.rpo
    guard let status = context.report.archive.value, status.waitingSegments == 0, !status.failing
    else { return "Make archiving keep up, or set archive_timeout below the target." }
    let timeout = Double(status.archiveTimeout)
    guard timeout > 0, timeout <= target else {
      return
        "Nothing waits: set archive_timeout below the target, so that a segment is closed in time."
    }
    guard isCertain else {
      return "Keep pgvigil watching: it then tells an idle server from a late archive."
    }
    // Its checkpointer closes segments, and after a crash it may sleep until the next checkpoint.
    return "Nothing waits, and the present segment was not closed although archive_timeout is "
      + "\(Format.span(timeout)), as after a crash until the next checkpoint: SELECT pg_switch_wal()."
  }

  private static func unknown(_ context: RuleContext, _ exposure: RPOExposure) -> Finding {
    Finding(
      id: "rpo.unknown", severity: .warning,
      headline: "How much would be lost now is not known: nothing was archived by this server "
        + (context.report.archive.value?.nothingSince
          .map { "since its statistics were reset at \(Format.timestamp($0))" } ?? "yet"),
      evidence: [
        context.evidence(
          exposure.bytes.map { "\(Format.bytes($0)) not archived" } ?? "no archived segment",
          .archive)
      ],
      remedy: "Wait for the first archived segment, or force one: \(context.closeSegment())",
      ceiling: .unknown, words: "RPO unknown")
  }
}

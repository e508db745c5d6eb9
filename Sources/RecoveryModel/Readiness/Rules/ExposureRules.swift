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
    let bound = exposure.isUpperBound
    // What is in a segment that waits was written before it was closed: so much is lost at least.
    let status = context.report.archive.value
    let waiting = max(
      status?.oldestWaitingSince.map(context.age) ?? 0, status?.leastBacklogAge ?? 0)
    return [
      Finding(
        id: "rpo.target", severity: standing,
        headline: bound
          ? "Up to \(amount) may not be archived, over the target of \(Format.span(target))"
          : "\(amount) would be lost now, over the target of \(Format.span(target))",
        evidence: [
          context.evidence("written beyond the last archived segment:\(bytes)", .archive)
        ],
        remedy: bound
          ? "Keep pgvigil watching: it then tells an idle server from a late archive."
          : "Make archiving keep up, or set archive_timeout below the target.",
        ceiling: bound && waiting <= target ? .likely : .atRisk)
    ]
  }

  private static func unknown(_ context: RuleContext, _ exposure: RPOExposure) -> Finding {
    Finding(
      id: "rpo.unknown", severity: .warning,
      headline: "How much would be lost now is not known: nothing was archived by this server yet",
      evidence: [
        context.evidence(
          exposure.bytes.map { "\(Format.bytes($0)) not archived" } ?? "no archived segment",
          .archive)
      ],
      remedy: "Wait for the first archived segment, or force one: SELECT pg_switch_wal()",
      ceiling: .unknown, words: "RPO unknown")
  }
}

/// A backup tool that was stopped for a while, and that nobody started again.
enum StoppedRules {
  /// Seconds that a stop on purpose is nobody's business: as long as a failing archiver.
  private static let patience = 60.0

  static let tool = Rule("archive.stopped", .critical, "tool is stopped", needs: [.archive]) {
    context in
    guard let status = context.report.archive.value, let stopped = status.stopped else {
      return []
    }
    let isLong = stopped.since.map { context.age($0) >= patience } ?? true
    let what = Sanitizer.clean(stopped.what, limit: 200)
    return [
      Finding(
        id: "archive.stopped", severity: isLong ? .critical : .warning,
        headline: "\(what): no WAL is archived and no backup taken until it is started",
        evidence: [
          Evidence(
            what: what, source: "its stop file on this host", at: stopped.since),
          context.evidence(
            status.failing ? "the last attempt to archive failed" : "no attempt has failed yet",
            .archive),
        ],
        remedy: Sanitizer.clean(stopped.remedy, limit: 300), ceiling: isLong ? .atRisk : .likely)
    ]
  }
}

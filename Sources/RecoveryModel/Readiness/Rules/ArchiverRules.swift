import FoundationEssentials

/// Whether WAL leaves the primary.
enum ArchiverRules {
  /// Seconds. CloudNativePG's sample alert fires after a minute, paradedb's after 15.
  private static let failingWarning = 60.0
  private static let failingCritical = 900.0
  /// CloudNativePG's dashboard: "Delayed" and "Unsynced".
  private static let hungWarning = 360.0
  private static let hungCritical = 900.0

  static let notConfigured = Rule("archive.off", .critical, "archiving off", needs: [.archive]) {
    context in
    guard let status = context.report.archive.value, !status.enabled else { return [] }
    let restorable = context.window?.restorable.isEmpty == false
    // Nobody knows of a backup, or whether the WAL of one is there; that is not the same as knowing that it is not.
    let isUnknown =
      context.window == nil && (!context.isFresh(.backups) || !context.finishedBackups.isEmpty)
    let isElsewhere = context.isHeldByOrigin
    let reach = context.reach.map { ", \($0.words(now: context.now))" } ?? ""
    return [
      Finding(
        id: "archive.off", severity: .critical,
        headline: restorable
          ? "WAL is not archived: what was written since the last base backup would be lost\(reach)"
          : isElsewhere
            ? "WAL is not archived: what was written since its recovery would be lost"
            : isUnknown
              ? "WAL is not archived: what was written since the last base backup would be lost"
              : "WAL is not archived and nothing can be restored",
        evidence: [
          context.evidence(
            status.off?.reason ?? "archive_mode is off, or no archive_command is set", .archive)
        ],
        remedy: status.off?.remedy
          ?? "Set archive_mode = on and an archive_command (archive_mode needs a restart).",
        ceiling: restorable || isUnknown || isElsewhere ? .atRisk : .notRecoverable)
    ]
  }

  static let failing = Rule("archive.failing", .critical, "archiving fails", needs: [.archive]) {
    context in
    guard let status = context.report.archive.value, status.enabled, status.failing else {
      return []
    }
    let start = status.failingSince
    // The last failure is the least that is known of it.
    let seconds = (start ?? status.lastFailedAt).map(context.age) ?? 0
    let segment = status.lastFailedSegment.map { Sanitizer.clean($0, limit: 60) } ?? "a segment"
    let duration = start == nil ? "" : " for up to \(Format.atMost(seconds))"
    let waiting = status.waitingSegments.map { ", \($0) segments waiting" } ?? ""
    return [
      Finding(
        id: "archive.failing",
        severity: Severity.of(seconds, warning: failingWarning, critical: failingCritical) ?? .info,
        headline: "Archiving has been failing\(duration) at \(segment)\(waiting)"
          + (status.failure?.reason.map { ": \(Sanitizer.clean($0, limit: 160))" } ?? ""),
        evidence: [
          context.evidence(
            status.failedCount > 0
              ? "\(status.failedCount) failed attempts\(status.sinceWords), last at \(segment)"
              : "the last attempt failed, at \(segment)", .archive),
          Evidence(
            what: "last failure", source: "pg_stat_archiver.last_failed_time",
            at: status.lastFailedAt),
          lastSuccess(status),
        ] + reason(status),
        remedy: status.failure?.remedy ?? failureRemedy(status),
        ceiling: seconds < failingWarning ? .likely : .atRisk)
    ]
  }

  private static func lastSuccess(_ status: ArchiveStatus) -> Evidence {
    let last = status.lastStored
    return Evidence(
      what: last == nil ? "no success\(status.sinceWords)" : "last success",
      source: (last?.teller ?? .server).source, at: last?.at)
  }

  private static func reason(_ status: ArchiveStatus) -> [Evidence] {
    guard let failure = status.failure, let reason = failure.reason else { return [] }
    return [
      Evidence(
        what: Sanitizer.clean(reason, limit: 300),
        source: Sanitizer.clean(failure.source, limit: 120), at: status.lastFailedAt)
    ]
  }

  /// The error itself stands in the server's log only, and reading files takes a superuser.
  private static func failureRemedy(_ status: ArchiveStatus) -> String {
    if let stopped = status.stopped {
      return "\(Sanitizer.clean(stopped.what, limit: 200)): "
        + Sanitizer.clean(stopped.remedy, limit: 300)
    }
    let log =
      "pg_stat_archiver keeps no error text and pgvigil may not read the server's log: "
      + "look there for archive_command's error"
    guard let command = status.checkCommand else { return log + ", or run the command by hand." }
    return "Run \(Sanitizer.clean(command, limit: 300)): it shows why. Else, " + log + "."
  }

  /// Keyed on segments that wait: an idle server archives nothing, and nothing is wrong with it.
  static let hung = Rule("archive.hung", .critical, "archiver hangs", needs: [.archive]) {
    context in
    guard let status = context.report.archive.value, status.enabled, !status.failing else {
      return []
    }
    guard let waiting = status.waitingSegments else { return [waitingUnknown(context)] }
    // One that waits alone may just have been closed, after hours of rest: it is late from when it was seen.
    let told = status.oldestWaitingSince ?? status.waitingSeenSince
    guard waiting > 1 || told != nil else { return [] }
    let since = [status.lastStored?.at, waiting > 1 ? status.oldestWaitingSince : told]
      .compactMap { $0 }.max()
    guard waiting > 0, let since, context.age(since) >= hungWarning else { return [] }
    let age = context.age(since)
    return [
      Finding(
        id: "archive.hung",
        severity: Severity.of(age, warning: hungWarning, critical: hungCritical) ?? .info,
        headline: "\(waiting) segments wait and none was archived for \(Format.age(age))",
        evidence: [
          context.evidence("\(waiting) segments ready, no failure reported", .archive),
          lastSuccess(status),
        ],
        remedy: "The archive_command hangs or the archiver is gone: look at the postgres archiver "
          + "process and what it runs.",
        ceiling: .atRisk)
    ]
  }

  /// What is full and is neither archived nor marked as ready is archived by nobody any more: the marks were removed, or
  /// were never made.
  static let skipped = Rule("archive.skipped", .critical, "WAL passed over", needs: [.archive]) {
    context in
    guard let status = context.report.archive.value, status.enabled, !status.failing,
      status.waitingSegments == 0, let last = status.lastArchivedSegment,
      let at = status.lastArchivedAt, context.age(at) >= hungWarning,
      last.timeline <= status.timeline, !context.isUnder(.switchover, .failover)
    else { return [] }
    let open = status.currentLSN.rawValue / UInt64(max(1, status.segmentSize))
    // The one that is being written, and one that was full between two questions.
    guard open > last.number + 2 else { return [] }
    let lost = open - last.number - 1
    return [
      Finding(
        id: "archive.skipped", severity: .critical,
        headline: "\(lost) full segments after \(context.segmentName(last)) are neither archived "
          + "nor wait: no recovery gets past it",
        evidence: [
          context.evidence("the server writes at \(status.currentLSN), 0 segments ready", .archive),
          Evidence(what: "last success", source: "pg_stat_archiver.last_archived_time", at: at),
        ],
        remedy: "\(context.newChainRemedy); then find out who removed "
          + "pg_wal/archive_status/*.ready, or whether archive_mode was off.",
        ceiling: .atRisk)
    ]
  }

  private static func waitingUnknown(_ context: RuleContext) -> Finding {
    Finding(
      id: "archive.waiting-unknown", severity: .info,
      headline: "How many segments wait to be archived is not known",
      evidence: [context.evidence("no list of waiting segments", .archive)],
      remedy: "Grant pg_monitor to the role that pgvigil uses.", ceiling: .likely,
      words: "backlog unseen")
  }
}

import FoundationEssentials

/// Times from the future: somebody's clock is wrong, and ages with it.
enum ClockRules {
  static let future = Rule("clock.disagrees", .warning, "clocks disagree") { context in
    let ahead = times(context)
      .filter { $0.at.timeIntervalSince(context.now) > RuleContext.clockTolerance }
      .sorted { $0.at > $1.at }
    guard let worst = ahead.first else { return [] }
    let seconds = worst.at.timeIntervalSince(context.now)
    return [
      Finding(
        id: "clock.disagrees", severity: .warning,
        headline: "Clocks disagree: \(worst.what) lies \(Format.age(seconds)) in the future",
        evidence: ahead.prefix(5).map { Evidence(what: $0.what, source: $0.source, at: $0.at) },
        remedy: "Set the clocks right (chrony, systemd-timesyncd); ages are not to be trusted "
          + "until then.",
        ceiling: seconds > RuleContext.graveClockError ? .unknown : .likely)
    ]
  }

  /// Seconds: what zones are made of.
  private static let zoneStep = 900.0

  /// A backup's own times against those of whoever looked on; ages go by the latter.
  static let backups = Rule("clock.backup", .warning, "wrong time zone", needs: [.backups]) {
    context in
    let off = (context.report.backups.value?.backups ?? []).filter {
      abs($0.clockError ?? 0) > RuleContext.clockTolerance
    }
    guard let newest = off.max(by: { $0.startedAt < $1.startedAt }), let error = newest.clockError
    else { return [] }
    let isZone = error.truncatingRemainder(dividingBy: zoneStep) == 0
    let side = error > 0 ? "ahead of" : "behind"
    let more = off.count > 1 ? " (\(off.count) backups)" : ""
    let told = newest.finishedAt?.addingTimeInterval(error)
    return [
      Finding(
        id: "clock.backup", severity: .warning,
        headline: "The times of backup \(BackupRules.label(newest)) are "
          + "\(exactly(abs(error), isZone: isZone)) \(side) the operator's clock\(more)"
          + (isZone ? ": local time that calls itself UTC" : ""),
        evidence: [
          Evidence(
            what: "says that it ended \(told.map(Format.timestamp) ?? "then")",
            source: "backup \(BackupRules.label(newest))", at: told),
          Evidence(
            what: "ended \(newest.finishedAt.map(Format.timestamp) ?? "then") by the clock that "
              + "ages here go by", source: context.report.backups.source ?? "backup catalog",
            at: newest.finishedAt),
        ],
        remedy: isZone
          ? "Run the nodes and images in UTC, or update them. A recovery to a point in time must "
            + "not take its moment from these times."
          : "Set the nodes' clocks right (chrony, systemd-timesyncd).",
        ceiling: .likely)
    ]
  }

  private static func exactly(_ seconds: Double, isZone: Bool) -> String {
    isZone ? "exactly \(Format.span(seconds))" : "about \(Format.age(seconds))"
  }

  /// It begins after its end, or reaches into the future.
  static let window = Rule("window.senseless", .warning, "senseless times") { context in
    guard let window = context.refusedWindow, let first = window.first, let last = window.last
    else { return [] }
    let isClaim = window.basis == .claimed
    let ahead = max(first, last).timeIntervalSince(context.now)
    let why =
      ahead > RuleContext.graveClockError
      ? "it reaches \(Format.age(ahead)) into the future"
      : "it begins \(Format.age(first.timeIntervalSince(last))) after its end"
    let end: ReportPart =
      last == context.report.archive.value?.lastArchivedAt ? .archive : .backups
    return [
      Finding(
        id: "window.senseless", severity: .warning,
        headline: "The recovery window\(isClaim ? " as claimed" : "") makes no sense: \(why)",
        evidence: [
          context.evidence(
            "from \(Format.timestamp(first))", isClaim ? .claimedWindow : .walArchive),
          context.evidence("to \(Format.timestamp(last))", isClaim ? end : .walArchive),
        ],
        remedy: "Find out which is wrong, a clock or "
          + (isClaim ? "the claim" : "the archive's times") + ". " + context.drillRemedy,
        ceiling: .unknown)
    ]
  }

  private static func times(
    _ context: RuleContext
  ) -> [(what: String, source: String, at: Date)] {
    var times: [(what: String, source: String, at: Date)] = []
    for part in ReportPart.allCases {
      let state = context.report.state(of: part)
      if let at = state.at { times.append((part.words, state.source ?? part.words, at)) }
    }
    if let at = context.report.archive.value?.lastArchivedAt {
      times.append(("the last archived segment", "pg_stat_archiver", at))
    }
    for backup in context.report.backups.value?.backups.suffix(3) ?? [] {
      if let at = backup.finishedAt {
        times.append(("backup \(BackupRules.label(backup))", "backup catalog", at))
      }
    }
    if let claim = context.report.claimedWindow.value, let at = claim.first {
      times.append(("the first recoverability point", claim.claimant, at))
    }
    if let at = context.report.walArchive.value?.segments.last?.archivedAt {
      times.append(("the newest segment", "archive listing", at))
    }
    if let drill = context.drills.last {
      times.append(
        ("drill \(Sanitizer.clean(drill.id, limit: 40))", "drill ledger", drill.finishedAt))
    }
    return times
  }
}

/// Whether the repository is this cluster's, and of the same history.
enum IdentityRules {
  static let systemIdentifier = Rule(
    "identity.system", .critical, "another system", needs: [.instances, .backups]
  ) { context in
    guard let expected = context.report.backups.value?.systemIdentifier,
      let primary = context.primaries.first, let actual = primary.systemIdentifier,
      expected != actual
    else { return [] }
    return [
      Finding(
        id: "identity.system", severity: .critical,
        headline: "The repository holds backups of another cluster",
        evidence: [
          context.evidence("system identifier \(Sanitizer.clean(expected, limit: 40))", .backups),
          context.evidence("system identifier \(Sanitizer.clean(actual, limit: 40))", .instances),
        ],
        remedy: "Check conninfo and stanza; after an initdb or a major upgrade run stanza-upgrade "
          + "and take a full backup.",
        ceiling: context.finishedBackups.isEmpty ? .notRecoverable : .atRisk)
    ]
  }

  static let timeline = Rule("identity.timeline", .critical, "timeline clash", needs: [.instances])
  { context in
    guard let primary = context.primaries.first, let own = primary.timeline else { return [] }
    var findings: [Finding] = []
    if context.isFresh(.walArchive),
      let archived = context.report.walArchive.value?.segments.last?.segment.timeline,
      archived > own, !context.primaries.contains(where: { $0.timeline == archived })
    {
      findings.append(
        Finding(
          id: "identity.timeline", severity: .critical,
          headline: "The archive holds WAL of timeline \(archived), the primary is on \(own): "
            + "another server writes into this archive",
          evidence: [
            context.evidence("newest timeline \(archived)", .walArchive),
            context.evidence("primary on timeline \(own)", .instances),
          ],
          remedy:
            "Find the server that was promoted and decide which of the two is kept; then stop "
            + "the other one's archiving.",
          ceiling: .atRisk))
    }
    let behind = context.standbys.filter {
      $0.state == .running && !follows($0) && ($0.timeline.map { $0 != own } ?? false)
    }
    let isMoving = context.isUnder(.switchover, .failover, .rollingRestart)
    findings += behind.map { standby in
      let name = Sanitizer.clean(standby.name, limit: 60)
      return Finding(
        id: "identity.timeline:\(name)", severity: isMoving ? .info : .warning,
        headline: "\(name) is on timeline \(standby.timeline ?? 0), the primary on \(own)",
        evidence: [context.evidence("timelines differ", .instances)],
        remedy: "Let it follow the primary (recovery_target_timeline = latest), or rebuild it.",
        ceiling: isMoving ? .proven : .likely)
    }
    return findings
  }

  /// The server was put back to an earlier state of its own (a snapshot of its volume), on the same timeline: it writes
  /// under names that lie in the archive already, and a recovery would go on with its former life.
  static let ahead = Rule(
    "identity.ahead", .critical, "former life", needs: [.archive, .walArchive]
  ) { context in
    guard let status = context.report.archive.value, let askedAt = context.report.archive.at,
      let listedAt = context.report.walArchive.at, askedAt >= listedAt,
      let newest = context.report.walArchive.value?.segments.last?.segment,
      newest.timeline == status.timeline
    else { return [] }
    let open = status.currentLSN.rawValue / UInt64(max(1, status.segmentSize))
    // One that is archived ahead of its end, and one that came between the two looks.
    guard newest.number > open + 2 else { return [] }
    return [
      Finding(
        id: "identity.ahead", severity: .critical,
        headline: "The archive is \(newest.number - open) segments ahead of the server on its own "
          + "timeline: the server was put back, and a recovery brings its former life",
        evidence: [
          context.evidence("the server writes at \(status.currentLSN)", .archive),
          context.evidence("the archive ends with \(context.segmentName(newest))", .walArchive),
        ],
        remedy:
          "Find out which of the two is wanted. To keep what runs, let it archive to a place of its "
          + "own (another server name or stanza) and take a base backup there.",
        ceiling: .atRisk)
    ]
  }

  /// After a promotion nothing of the new timeline is in the archive until its first segment is full. What the old one
  /// wrote behind the switch lies there, and PostgreSQL replays it for want of better (tried on 15): what comes back is a
  /// history that the running server has left.
  static let abandoned = Rule(
    "chain.abandoned-line", .critical, "left timeline", needs: [.archive, .walArchive]
  ) { context in
    guard context.primaries.count == 1, let line = context.abandonedLine else { return [] }
    return [
      Finding(
        id: "chain.abandoned-line", severity: .critical,
        headline:
          "Nothing of timeline \(line.timeline) is archived yet: a recovery to the end brings "
          + "back timeline \(line.parent), which the primary left\(line.whereLeft)",
        evidence: [
          context.evidence("the primary runs on timeline \(line.timeline)", .archive),
          context.evidence(
            "the archive ends with \(context.segmentName(line.last.segment))", .walArchive),
        ],
        remedy:
          "End the primary's open segment: \(context.closeSegment()). Until it is archived, recover "
          + (line.leftAt.map { "to just before \($0)." } ?? "to an LSN or a time, not to the end."),
        ceiling: .atRisk)
    ]
  }

  /// It streams from the primary and keeps up: the timeline that it tells is that of its last checkpoint, which comes
  /// minutes after a switchover.
  private static func follows(_ standby: Instance) -> Bool {
    guard let replay = standby.lag?.replay, replay.bytes != nil || replay.seconds != nil else {
      return false
    }
    return (replay.seconds ?? 0) <= 15
  }
}

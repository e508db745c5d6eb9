import FoundationEssentials

/// What only a store tells: things that lie there and serve nothing, and things that are missing around the chain.
enum StoreRules {
  typealias StoreRule = @Sendable (StoredServer, RuleContext) -> [Finding]

  static let all: [StoreRule] =
    [
      unread, systems, unledTimeline, unreadHistory, segmentSize, unfinished, failed, orphans,
      uploads, twins,
      strays, RewrittenSegments.rule,
    ] + StorePostureRules.all

  private static func finding(
    _ id: String, _ severity: Severity, _ headline: String, evidence: [Evidence],
    remedy: String = "", ceiling: Verdict = .proven
  ) -> [Finding] {
    [
      Finding(
        id: id, severity: severity, headline: headline, evidence: evidence, remedy: remedy,
        ceiling: ceiling)
    ]
  }

  private static func plural(_ count: Int, _ one: String, _ many: String) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(many)"
  }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(3).map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }

  /// Barman deletes nothing any more while it cannot read one.
  private static let unread: StoreRule = { server, context in
    let unread = server.remains.filter { $0.reason != nil }
    guard let first = unread.first else { return [] }
    return finding(
      "store.unread-backup", .warning,
      "\(plural(unread.count, "backup", "backups")) could not be read: \(listed(unread.map(\.id)))",
      evidence: [
        Evidence(
          what: Sanitizer.clean(first.reason ?? "", limit: 300), source: "\(first.id)/backup.info",
          at: context.now)
      ],
      remedy: "Retention stops while one of them is unreadable: grant s3:GetObject, or look at it.",
      ceiling: .likely)
  }

  /// Of another system than the newest good one. Where they take turns, both still write here, over each other's WAL.
  private static let systems: StoreRule = { server, context in
    guard let catalog = context.report.backups.value, let newest = catalog.lastGood else {
      return []
    }
    let foreign = catalog.flawed.filter { $0.flaw.isForeign }.map(\.backup)
    guard let last = foreign.last else { return [] }
    let own = catalog.usable
    let takesTurns = own.contains { $0.startedAt < last.startedAt }
    return finding(
      "store.several-systems", takesTurns ? .critical : .warning,
      "\(plural(foreign.count, "backup is", "backups are")) of another database than "
        + "\(BackupRules.label(newest))\(takesTurns ? ", and they take turns" : ""): "
        + listed(foreign.map(\.id)),
      evidence: [last, newest].map {
        Evidence(
          what: "\(BackupRules.label($0)) is of system "
            + Sanitizer.clean($0.identity.systemIdentifier ?? "unknown", limit: 30)
            + ($0.identity.majorVersion.map { ", PostgreSQL \($0)" } ?? ""),
          source: "backup.info", at: $0.finishedAt)
      },
      remedy: takesTurns
        ? "Two servers archive to this place: give each a server name of its own."
        : "A place of its own for each keeps their WAL apart.",
      ceiling: takesTurns ? .atRisk : .likely)
  }

  private static let unledTimeline: StoreRule = { server, context in
    guard let wal = server.wal.value, let newest = context.report.backups.value?.lastGood else {
      return []
    }
    let unled = wal.unled(from: newest.timeline)
    guard let first = unled.first else { return [] }
    let segments = wal.timelines.first { $0.timeline == first }?.segments ?? 0
    let name = SpoiledRules.historyName(first)
    return finding(
      "store.timeline-without-history", .critical,
      "Recovery does not reach timeline \(first): \(name) is missing, so its "
        + "\(plural(segments, "segment is", "segments are")) lost to it",
      evidence: [context.evidence("\(segments) segments, no history file", .walArchive)],
      remedy: "Put \(name) back under wals/: the server that was promoted has it in pg_wal.",
      ceiling: .atRisk)
  }

  private static let segmentSize: StoreRule = { server, context in
    guard let wal = server.wal.value, wal.contradictsSegmentSize else { return [] }
    let size = Format.bytes(Int64(wal.archive.segmentSize))
    return finding(
      "store.segment-size", .warning,
      "Names of WAL segments do not fit the segment size of the backups, \(size)",
      evidence: [context.evidence("a number beyond what \(size) allows", .walArchive)],
      remedy: "Two servers may archive to this place.", ceiling: .atRisk)
  }

  /// Of the last day it may still run.
  private static let unfinished: StoreRule = { server, context in
    let open = (server.backups.value ?? []).filter { $0.status == "STARTED" }
    guard let last = open.last else { return [] }
    return finding(
      "store.unfinished-backup", .info,
      "\(plural(open.count, "backup has", "backups have")) begun and not ended: "
        + listed(open.map(\.backup.id)),
      evidence: [
        Evidence(what: "status STARTED", source: "backup.info", at: last.backup.startedAt)
      ])
  }

  private static let failed: StoreRule = { server, context in
    let stored = server.backups.value ?? []
    let failed = stored.filter { $0.status == "FAILED" }
    // The newest is told of by the rule that judges it.
    guard !failed.isEmpty, stored.last?.status != "FAILED" || failed.count > 1 else { return [] }
    return finding(
      "store.failed-backups", .info,
      "\(plural(failed.count, "backup", "backups")) failed: \(listed(failed.map(\.backup.id)))",
      evidence: failed.suffix(2).map {
        Evidence(
          what: Sanitizer.clean($0.backup.error ?? "failed", limit: 200), source: "backup.info",
          at: $0.backup.startedAt)
      },
      remedy: "Retention never removes them; barman-cloud-backup-delete --backup-id does.")
  }

  private static let orphans: StoreRule = { server, context in
    let orphans = server.remains.filter { $0.reason == nil }
    guard !orphans.isEmpty else { return [] }
    let bytes = orphans.reduce(0) { $0 + $1.bytes }
    return finding(
      "store.orphans", .info,
      "\(plural(orphans.count, "directory", "directories")) without backup.info, "
        + "\(Format.bytes(bytes)): \(listed(orphans.map(\.id)))",
      evidence: [
        Evidence(
          what: "newest object", source: "base/", at: orphans.compactMap(\.newestAt).max())
      ],
      remedy: "Left by a backup that crashed, or one that runs; nothing ever removes them.")
  }

  private static let uploads: StoreRule = { server, _ in
    guard let uploads = server.uploads.value, uploads.count > 0 else { return [] }
    return finding(
      "store.unfinished-uploads", .info,
      "\(plural(uploads.count, "upload was", "uploads were")) begun and not completed; "
        + (uploads.bytes.map { "their parts take up \(Format.bytes($0))" } ?? "their parts cost")
        + ", and no listing of objects shows them",
      evidence: [
        Evidence(what: "begun", source: "ListMultipartUploads", at: uploads.oldestAt)
      ],
      remedy: "A lifecycle rule (AbortIncompleteMultipartUpload) removes them.")
  }

  /// PostgreSQL aims at the newest timeline that has a history file, number by number, and ends where it cannot read that
  /// one (tried on 15): no recovery starts by default.
  private static let unreadHistory: StoreRule = { server, context in
    guard let wal = server.wal.value, let own = context.finishedBackups.last?.timeline else {
      return []
    }
    var newest = own
    while newest < .max, wal.histories.contains(newest + 1) { newest += 1 }
    guard newest > own, let reason = wal.unreadHistories[newest] else { return [] }
    let isGarbled = reason == StoredWAL.noSwitch
    let name = SpoiledRules.historyName(newest)
    return finding(
      "store.unread-history", isGarbled ? .critical : .warning,
      isGarbled
        ? "Recovery fails by default: \(name) is no history of a timeline"
        : "\(name), which a recovery follows, could not be read",
      evidence: [context.evidence(Sanitizer.clean(reason, limit: 200), .walArchive)],
      remedy: isGarbled
        ? "Put the file back from the server that was promoted (pg_wal/\(name)); where none was, move "
          + "it away. Until then a recovery needs recovery_target_timeline = current."
        : "See that this account may read it (s3:GetObject) and that the store gives it out; until "
          + "then nobody here knows where a recovery would go.",
      ceiling: isGarbled ? .atRisk : .unknown)
  }

  private static let twins: StoreRule = { server, context in
    guard let wal = server.wal.value, wal.twins > 0 else { return [] }
    return finding(
      "store.twins", .info,
      "\(plural(wal.twins, "segment lies", "segments lie")) there several times, compressed in "
        + "different ways; a restore gets the one whose name is last",
      evidence: [context.evidence("same segment under several suffixes", .walArchive)])
  }

  private static let strays: StoreRule = { server, context in
    guard let wal = server.wal.value, !wal.strays.isEmpty else { return [] }
    return finding(
      "store.strays", .info,
      "\(plural(wal.strays.count, "name", "names")) under wals/ that PostgreSQL did not give: "
        + listed(wal.strays),
      evidence: [context.evidence("no segment, history or backup file", .walArchive)])
  }
}

import FoundationEssentials
import PostgresServers
import RecoveryModel

extension CloudNativePGReport {
  /// `archive_timeout` that CloudNativePG sets where nobody else does, in seconds.
  private static let defaultArchiveTimeout = 300

  /// The archiver as the primary's instance manager tells it.
  package static func archive(_ facts: CloudNativePGFacts) -> Observed<ArchiveStatus> {
    let source = "/pg/status of \(facts.currentPrimary ?? "the primary")"
    guard let observed = facts.primaryStatus else { return withoutPrimary(facts) }
    switch observed {
    case .pending: return .pending
    case .unavailable(let failure, let at):
      if let told = toldBySQL(facts) { return told }
      return .unavailable(
        Unavailable(part: "archiver status", reason: failure.reason, remedy: failure.remedy),
        at: at)
    case .value(let status, _, let at):
      guard let value = archive(status, facts) else {
        return .unavailable(
          Unavailable(
            part: "archiver status",
            reason: "\(source) gives no WAL position", remedy: "look at the instance's log"),
          at: at)
      }
      return .value(value, source: source, at: at)
    }
  }

  /// `pg_stat_archiver` by libpq, where the instance manager gave no answer.
  private static func toldBySQL(_ facts: CloudNativePGFacts) -> Observed<ArchiveStatus>? {
    guard let primary = facts.currentPrimary, let answer = facts.servers[primary],
      var archive = answer.archive
    else { return nil }
    archive.off = facts.archiverMissing
    archive.enabled = archive.enabled && facts.archiverMissing == nil
    return .value(
      archive, source: "pg_stat_archiver on \(primary)", at: answer.instance.observedAt)
  }

  private static func withoutPrimary(_ facts: CloudNativePGFacts) -> Observed<ArchiveStatus> {
    if facts.cluster.isHibernated {
      return .unavailable(
        Unavailable(
          part: "archiver status", reason: "the cluster is hibernated: no server runs",
          remedy: "end the hibernation to see whether its last WAL was archived"),
        at: facts.clusterAt)
    }
    guard facts.currentPrimary != nil else {
      return .unavailable(
        Unavailable(
          part: "archiver status", reason: "the cluster names no primary",
          remedy: facts.kubectl("describe cluster \(facts.quoted(facts.name))")),
        at: facts.clusterAt)
    }
    return .pending
  }

  private static func archive(
    _ status: InstanceManagerStatus, _ facts: CloudNativePGFacts
  ) -> ArchiveStatus? {
    guard let lsn = status.currentLSN ?? status.replayLSN else { return nil }
    let last = facts.lastArchived
    let timeline = status.timeline ?? last?.timeline ?? 0
    let failing =
      status.lastFailedAt.map { $0 > (status.lastArchivedAt ?? .distantPast) } ?? false
    var archive = ArchiveStatus(
      enabled: facts.archiverMissing == nil, timeline: timeline, segmentSize: facts.segmentBytes,
      currentLSN: lsn, lastArchivedSegment: last, lastArchivedAt: status.lastArchivedAt,
      waitingSegments: status.readyWALFiles, lastFailedSegment: status.lastFailedWAL,
      lastFailedAt: status.lastFailedAt, failing: failing,
      archiveTimeout: archiveTimeout(facts.cluster),
      unarchivedBytes: unarchived(
        lsn: lsn, waiting: status.readyWALFiles, last: last, timeline: timeline,
        segmentSize: facts.segmentBytes),
      walBytesPerSecond: facts.walBytesPerSecond, off: facts.archiverMissing)
    archive.waitingSeenSince = facts.waitingSince
    archive.savedSegmentLast = status.lastArchivedWAL.map(WALSegment.isWhole(fileName:)) ?? true
    if failing {
      archive.failure = facts.archiveFailure
      archive.failureSeenSince = facts.archivingFailedSince
    }
    return archive
  }

  /// Bytes beyond the last archived segment. With nothing waiting only the current segment is open, unless others lie
  /// between that nobody archives.
  private static func unarchived(
    lsn: LSN, waiting: Int, last: WALSegment?, timeline: UInt32, segmentSize: Int
  ) -> Int64 {
    let open = Int64(lsn.rawValue % UInt64(segmentSize))
    let beyond = last.flatMap { last in
      last.timeline == timeline ? lsn.bytes(since: last.end(segmentSize: segmentSize)) : nil
    }
    if let beyond, waiting > 0 || beyond > 2 * Int64(segmentSize) { return beyond }
    guard waiting > 0 else { return open }
    return Int64(waiting) * Int64(segmentSize) + open
  }

  private static func archiveTimeout(_ cluster: CNPGCluster) -> Int {
    guard let text = cluster.spec.postgresql?.parameters?["archive_timeout"] else {
      return defaultArchiveTimeout
    }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), count < 1 << 30 else { return defaultArchiveTimeout }
    switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
    case "min": return count * 60
    case "h": return count * 3600
    case "d": return count * 86_400
    case "ms": return count / 1000
    default: return count
    }
  }
}

extension CloudNativePGFacts {
  /// Why WAL cannot be archived at all; nil when an archiver is configured.
  var archiverMissing: Unavailable? {
    switch cluster.walArchiver {
    case .inTree, .plugin: nil
    case .skipped:
      Unavailable(
        part: "WAL archiver", reason: "the annotation cnpg.io/skipWalArchiving is enabled",
        remedy: kubectl("annotate cluster \(quoted(name)) cnpg.io/skipWalArchiving-"))
    case .none:
      Unavailable(
        part: "WAL archiver",
        reason: "neither backup.barmanObjectStore nor a plugin with isWALArchiver is configured",
        remedy: "Create an ObjectStore and name it under spec.plugins with isWALArchiver: true.")
    }
  }
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

extension CloudNativePGReport {
  /// Backups that ended, and the one that runs. What waits or is stuck is no backup yet; rules speak of it.
  package static func backups(_ facts: CloudNativePGFacts, now: Date) -> Observed<BackupCatalog> {
    switch facts.backups {
    case .pending: return .pending
    case .unavailable(let failure, let at): return .unavailable(failure, at: at)
    case .value(_, let source, let at):
      var catalog = catalog(facts)
      if case .value(let server, _, let listedAt) = facts.stored {
        let ids = (facts.ownBackups ?? []).compactMap { object in
          object.status?.backupId.map { (object.name, $0) }
        }
        catalog.join(
          server, ids: Dictionary(ids, uniquingKeysWith: { $1 }),
          at: server.backups.at ?? listedAt, now: now)
      }
      catalog.waiting = waiting(facts, now)
      return .value(catalog, source: source, at: at)
    }
  }

  package static func catalog(_ facts: CloudNativePGFacts) -> BackupCatalog {
    if let known = facts.knownCatalog { return known }
    let own = facts.ownBackups ?? []
    let segmentSize = facts.segmentBytes
    var ended: [Backup] = []
    ended.reserveCapacity(own.count)
    let newestFailed = facts.newestFailed?.name
    for object in own where object.phase.isDone {
      guard var backup = backup(object, facts, segmentSize: segmentSize) else { continue }
      if object.phase == .failed, object.name == newestFailed { explain(&backup, object, facts) }
      if let last = ended.last { backup.share(last) }
      ended.append(backup)
    }
    if let unlisted = unlistedBackup(facts, among: own) { ended.append(unlisted) }
    let running = own.filter(\.phase.isUnderWay)
      .min { ($0.begunAt ?? .distantFuture) < ($1.begunAt ?? .distantFuture) }
    var catalog = BackupCatalog(
      backups: ended.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) },
      running: running.map { BackupProgress(startedAt: $0.begunAt) },
      encryption: encryption(facts.storeConfiguration))
    catalog.current = facts.identity
    catalog.origin = facts.origin
    catalog.walPlace = facts.walPlace
    return catalog
  }

  /// What the log told of it, where the operator did not; the others keep their sentence alone.
  private static func explain(
    _ backup: inout Backup, _ object: CNPGBackup, _ facts: CloudNativePGFacts
  ) {
    let reason = facts.logReasons.backup(object.name)
    backup.error = reason?.sentence ?? backup.error
    backup.errorDetail = reason?.detail ?? object.errorDetail
    backup.errorRemedy = BackupFailureText.remedy(object, reason, facts)
  }

  private static func waiting(_ facts: CloudNativePGFacts, _ now: Date) -> BackupWait? {
    let queue = facts.queue
    guard let first = queue.open.first(where: { !$0.phase.isUnderWay }),
      queue.obstacle(first, pods: facts.podNames, now: now) == nil
    else { return nil }
    return BackupWait(
      name: first.name, since: first.createdAt,
      cause: queue.cause(of: first, pods: facts.podNames, now: now))
  }

  private static func backup(
    _ backup: CNPGBackup, _ facts: CloudNativePGFacts, segmentSize: Int
  ) -> Backup? {
    guard let begun = backup.begunAt ?? backup.stoppedAt else { return nil }
    let ended =
      backup.stoppedAt ?? backup.status?.reconciliationTerminatedAt?.date ?? begun
    let start = backup.status?.beginWal?.segment(size: segmentSize)
    var value = Backup(
      id: backup.name, kind: .full, startedAt: begun,
      finishedAt: backup.phase == .completed ? ended : nil,
      error: backup.errorText ?? nonsense(backup, begun: begun, ended: ended),
      timeline: start?.timeline, startSegment: start,
      stopSegment: backup.status?.endWal?.segment(size: segmentSize),
      startLSN: backup.status?.beginLSN.flatMap { LSN(text: $0) },
      stopLSN: backup.status?.endLSN.flatMap { LSN(text: $0) }, method: backup.method)
    if backup.phase == .failed {
      value.leftNothing = backup.leftNothing
      value.failedAt = backup.status?.reconciliationTerminatedAt?.date
    }
    value.identity = DatabaseIdentity(
      majorVersion: backup.status?.majorVersion,
      objectID: backup.status?.pluginMetadata?.clusterUID.flatMap { $0.isEmpty ? nil : $0 })
    value.place = facts.place(of: backup)
    (value.lacks, value.lacksData) = facts.missingPieces(of: backup)
    value.clockError = backup.clockError
    return value
  }

  /// What makes no sense in a Backup that calls itself completed; nothing can be restored by it.
  private static func nonsense(_ backup: CNPGBackup, begun: Date, ended: Date) -> String? {
    guard ended >= begun.addingTimeInterval(-1) else { return "it ended before it began" }
    let positions = [backup.status?.beginLSN, backup.status?.endLSN].compactMap { $0 }
    guard positions.allSatisfy({ $0.isEmpty || LSN(text: $0) != nil }) else {
      return "its WAL positions make no sense"
    }
    return nil
  }

  /// A base backup that the store's status tells of while no Backup object does (they were deleted, or the cluster
  /// was made anew), unless a failed one is what it means.
  private static func unlistedBackup(
    _ facts: CloudNativePGFacts, among own: [CNPGBackup]
  ) -> Backup? {
    guard !own.contains(where: { $0.phase == .completed }), let claim = facts.claim,
      let last = claim.lastBackupAt, facts.failedBackup(at: last) == nil
    else { return nil }
    var backup = Backup(
      id: unlistedID, kind: .full, startedAt: last, finishedAt: last, method: "unknown")
    let lasts = facts.cluster.status?.lastSuccessfulBackupByMethod ?? [:]
    // A store keeps its backups whatever becomes of the objects; snapshots may go with them.
    if facts.objectStore == nil, Set(lasts.keys) == ["volumeSnapshot"] {
      backup.lacks = ["a Backup object that names its volume snapshots"]
      backup.lacksData =
        facts.cluster.spec.backup?.volumeSnapshot?.snapshotOwnerReference == "backup"
    }
    return backup
  }

  /// What stands for a backup that only a claim tells of.
  static let unlistedID = "unlisted"

  /// nil where WAL and data differ or nothing is known; a rule tells them apart.
  package static func encryption(
    _ store: BarmanObjectStoreConfiguration?
  ) -> RepositoryEncryption? {
    guard let store else { return nil }
    let wal = store.wal?.encryption ?? ""
    let data = store.data?.encryption ?? ""
    if wal.isEmpty != data.isEmpty { return nil }
    return wal.isEmpty ? RepositoryEncryption.none : .serverSide
  }
}

extension CloudNativePGFacts {
  /// The failed Backup that a time in a claim belongs to; nil when a completed one explains it, or none does.
  func failedBackup(at claimed: Date) -> CNPGBackup? {
    // The catalog's end and the object's differ by the time that the operator takes to notice.
    let slack = 300.0
    let own = ownBackups ?? []
    let explained = own.contains {
      $0.phase == .completed
        && abs(($0.stoppedAt ?? .distantPast).timeIntervalSince(claimed)) <= 60
    }
    guard !explained else { return nil }
    return own.first { backup in
      guard backup.phase == .failed, let begun = backup.begunAt else { return false }
      let ended = backup.stoppedAt ?? backup.status?.reconciliationTerminatedAt?.date
      return claimed >= begun && claimed <= (ended ?? begun).addingTimeInterval(slack)
    }
  }
}

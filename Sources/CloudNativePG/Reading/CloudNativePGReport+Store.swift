import FoundationEssentials
import RecoveryModel

/// What the store itself tells, beside what the operator says of it.
extension CloudNativePGReport {
  static func walArchive(
    _ facts: CloudNativePGFacts, from timeline: UInt32?
  ) -> Observed<WALArchive> {
    switch facts.stored {
    case .value(let server, _, _): server.archive(from: timeline)
    case .unavailable(let failure, let at): .unavailable(failure, at: at)
    case .pending: .pending
    }
  }
}

extension CloudNativePGFacts {
  /// The base backups that lie in the store; nil where nobody could list them.
  var storedBackups: [StoredBackup]? { stored.value?.backups.value }
}

extension BackupCatalog {
  /// The store's own entries, each joined with the Backup that it was made for: what lies there is what can be restored.
  mutating func join(_ server: StoredServer, ids: [String: String], at listedAt: Date, now: Date) {
    guard server.backups.value != nil else { return }
    var entries: [String: Backup] = [:]
    for entry in server.catalog(now: now).backups { entries[entry.id] = entry }
    for index in backups.indices {
      let id = ids[backups[index].id]
      if let entry = id.flatMap({ entries.removeValue(forKey: $0) }) {
        backups[index].join(entry)
      } else if backups[index].isMissed(in: walPlace, listedAt: listedAt) {
        backups[index].lacks.append("its data: the store has no \(id ?? "backup of that time")")
        backups[index].lacksData = true
      }
    }
    // Nobody made an object of these, or it was deleted.
    if entries.values.contains(where: { $0.finishedAt != nil }) {
      backups.removeAll { $0.id == CloudNativePGReport.unlistedID }
    }
    backups += entries.values
    backups.sort { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
  }
}

extension Backup {
  /// Figures of the store's entry win over what the operator copied from it.
  fileprivate mutating func join(_ entry: Backup) {
    self.storedAs = entry.id
    self.writtenAt = entry.writtenAt
    timeline = entry.timeline ?? timeline
    startSegment = entry.startSegment ?? startSegment
    stopSegment = entry.stopSegment ?? stopSegment
    startLSN = entry.startLSN ?? startLSN
    stopLSN = entry.stopLSN ?? stopLSN
    self.databaseBytes = entry.databaseBytes
    self.repositoryBytes = entry.repositoryBytes
    self.repositoryAddedBytes = entry.repositoryAddedBytes
    var identity = self.identity
    identity.systemIdentifier = entry.identity.systemIdentifier ?? identity.systemIdentifier
    identity.majorVersion = entry.identity.majorVersion ?? identity.majorVersion
    self.identity = identity
    // The object calls itself completed; its entry knows better.
    if finishedAt != nil { error = error ?? entry.error }
    self.lacks += entry.lacks
    self.lacksData = self.lacksData || entry.lacksData
  }

  /// It is said to lie where was looked, and it ended before anybody looked.
  fileprivate func isMissed(in place: String?, listedAt: Date) -> Bool {
    guard let finishedAt, error == nil, method != "volumeSnapshot",
      id != CloudNativePGReport.unlistedID, self.place == nil || self.place == place
    else { return false }
    return listedAt.timeIntervalSince(finishedAt) > Self.settlingTime
  }

  /// Seconds after a backup's end in which clocks may disagree on what was first.
  private static let settlingTime = 60.0
}

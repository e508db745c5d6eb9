import FoundationEssentials

/// From what a cluster was recovered that has no base backup of its own yet.
package struct Descent: Sendable, Equatable {
  package var origin: ClusterPlace
  /// To where it holds what its origin held.
  package var aim: RecoveryUnderWay.Aim
  /// Since when it may have been written to.
  package var since: Date
  /// Of a recovery of ours; nil = somebody else's.
  package var id: String?
  /// The command that takes it away, whoever made it.
  package var deletion: String

  package init(
    origin: ClusterPlace, aim: RecoveryUnderWay.Aim, since: Date, id: String?, deletion: String
  ) {
    (self.origin, self.aim, self.since) = (origin, aim, since)
    (self.id, self.deletion) = (id, deletion)
  }

  /// The last moment of its origin that it holds; of a target that is no time, one that is not before it.
  var until: Date { if case .time(let date) = aim { date } else { since } }

  var name: String { Sanitizer.clean("\(origin.namespace)/\(origin.name)", limit: 100) }
}

/// What is known of the cluster that another is recovered from, or was.
package struct RecoveryOrigin: Sendable, Equatable {
  var projection: RTOProjection?
  var catalog: BackupCatalog?
  var newest: Backup?
  var archive: WALArchive?
  /// As a command names it.
  var typed: String
  /// Whether it can still give what the other was recovered to; nil = nobody can tell, or it is not asked.
  var holds: Bool?

  /// As far as `report`, of the other one, wants it.
  package init(_ cluster: ClusterSnapshot, for report: EngineReport? = nil) {
    projection = cluster.projection
    catalog = cluster.report.backups.value
    newest = cluster.lastGoodBackup
    archive = cluster.report.walArchive.value
    typed = cluster.declaration.typed
    holds = report?.descent.flatMap { cluster.holds($0, system: report?.system) }
  }
}

extension ClusterSnapshot {
  /// Whether the moment that another cluster was recovered to can be had from what is stored of this one.
  func holds(_ descent: Descent, system: String?) -> Bool? {
    // Another database has taken its name.
    if let own = report.system, let system, own != system { return false }
    if verdict == .notRecoverable { return false }
    guard staleAge(of: .backups, at: takenAt) == nil else { return nil }
    let target: RecoveryMoment.Target =
      if case .lsn(let lsn) = descent.aim { .position(lsn) } else { .time(descent.until) }
    let outlook = RecoveryChart(self, now: takenAt).outlined(RecoveryMoment(target))
    switch outlook.standing {
    case .reachable, .claimed: return outlook.astray == nil ? true : nil
    // Where nobody wrote since, the archive ends before it.
    case .beyondEnd: return outlook.astray == nil && reach?.isCut != true ? true : nil
    case .unknown: return nil
    case .beforeFirstBackup, .cut, .impossible: return false
    }
  }
}

import FoundationEssentials

/// Why a base backup that finished without an error cannot bring back what runs now. Decided here alone; engines supply
/// the facts.
package enum BackupFlaw: Sendable, Equatable {
  case otherVersion(its: Int, current: Int)
  case otherSystem(its: String, current: String)
  /// By the catalog's own numbers.
  case otherDatabase(its: Int, current: Int)
  /// Of a cluster of the same name that is no more, by its times or (nil) by its object's UID; whether the one that runs
  /// now was recovered from it.
  case formerCluster(endedBefore: Date?, sameDatabase: Bool)
  /// The database that runs now was made (initdb, a major upgrade) only after it had ended.
  case olderSystem(madeAt: Date)
  /// Of a timeline that the server that runs has not come to: of another life of it.
  case laterTimeline(its: UInt32, current: UInt32)
  /// It ended when the history of the server that runs had already left its timeline (nil: never came to it).
  case otherBranch(timeline: UInt32, leftAt: LSN?)
  /// Pieces that it should have and has not, as `the WAL volume (PG_WAL)`.
  case lacks([String], dataToo: Bool)
  /// It lies in one place, WAL goes to another.
  case apart(its: String, wal: String)
  /// Somebody read it: what is wrong with its contents.
  case damaged(String)

  /// It is of another database than the one that runs: it brings back the past at best.
  package var isForeign: Bool {
    switch self {
    case .otherVersion, .otherSystem, .otherDatabase, .formerCluster, .olderSystem,
      .laterTimeline, .otherBranch:
      true
    case .lacks, .apart, .damaged: false
    }
  }

  /// Whether it leaves a moment of what runs now that a person could still restore.
  package var leavesMoment: Bool {
    switch self {
    case .otherVersion, .otherSystem, .otherDatabase, .olderSystem, .laterTimeline,
      .otherBranch:
      false
    case .formerCluster(_, let same): same
    case .lacks(_, let dataToo): !dataToo
    case .apart: true
    case .damaged: false
    }
  }

  /// A few words, for a table cell.
  package var words: String {
    switch self {
    case .otherVersion(let its, _): "of PostgreSQL \(its)"
    case .otherSystem, .otherDatabase, .olderSystem: "of another database"
    case .laterTimeline(let its, _): "of timeline \(its)"
    case .otherBranch: "of another branch"
    case .formerCluster(_, let same): same ? "from before the recovery" : "of a former cluster"
    case .lacks: "incomplete"
    case .apart: "apart from its WAL"
    case .damaged: "damaged"
    }
  }

  /// What it is and why that does not do, to follow the backup's name: `is of PostgreSQL 16, 17 runs now`.
  package var predicate: String {
    switch self {
    case .otherVersion(let its, let current):
      "is of PostgreSQL \(its), \(current) runs now: no WAL of \(current) can be replayed over it"
    case .otherSystem(let its, let current):
      "is of another database: system identifier \(Sanitizer.clean(its, limit: 30)), "
        + "\(Sanitizer.clean(current, limit: 30)) runs now"
    case .otherDatabase(let its, let current):
      "is of another database: number \(its) in the catalog, number \(current) runs now"
    case .olderSystem(let date):
      "is of another database: the one that runs now was made at \(Format.timestamp(date)), by its "
        + "system identifier (an initdb or a major upgrade)"
    case .laterTimeline(let its, let current):
      "is of timeline \(its), the server is on \(current): another server made it"
    case .otherBranch(let its, let leftAt):
      "is of timeline \(its), which the server that runs "
        + (leftAt.map { "left at \($0), before it ended" } ?? "never came from")
        + ": it holds what another server wrote"
    case .formerCluster(nil, _):
      "is of a former cluster of the same name: its object had another UID"
    case .formerCluster(let date?, let same):
      same
        ? "is from before this cluster was recovered at \(Format.timestamp(date))"
        : "is of a former cluster of the same name: this one began at \(Format.timestamp(date))"
    case .lacks(let pieces, _):
      "lacks \(pieces.map { Sanitizer.clean($0, limit: 80) }.joined(separator: ", ")) and cannot "
        + "be restored as it is"
    case .apart(let its, let wal):
      "lies in \(Sanitizer.clean(its, limit: 100)), WAL goes to \(Sanitizer.clean(wal, limit: 100))"
    case .damaged(let what):
      "is damaged and cannot be restored: \(Sanitizer.clean(what, limit: 160))"
    }
  }
}

extension BackupCatalog {
  /// Why it cannot bring back what runs now; nil = nothing speaks against it.
  package func flaw(of backup: Backup) -> BackupFlaw? {
    if let foreign = foreignness(of: backup) { return foreign }
    if let damage = backup.damage { return .damaged(damage) }
    if !backup.lacks.isEmpty { return .lacks(backup.lacks, dataToo: backup.lacksData) }
    if let its = backup.place, let wal = walPlace, its != wal { return .apart(its: its, wal: wal) }
    return nil
  }

  private func foreignness(of backup: Backup) -> BackupFlaw? {
    let its = backup.identity
    if let version = its.majorVersion, let current = current.majorVersion, version != current {
      return .otherVersion(its: version, current: current)
    }
    // One that does not say is of the catalog's own database, unless its number says otherwise.
    let isCatalogs = its.catalogID == nil || its.catalogID == current.catalogID
    if let system = its.systemIdentifier ?? (isCatalogs ? systemIdentifier : nil),
      let current = current.systemIdentifier, system != current
    {
      return .otherSystem(its: system, current: current)
    }
    if let made = currentMadeAt, (its.systemIdentifier ?? systemIdentifier) == nil,
      let end = backup.finishedAt, end.timeIntervalSince(made) < -DatabaseIdentity.clockTolerance
    {
      return .olderSystem(madeAt: made)
    }
    // The same system under two numbers is the same database: somebody upgraded the stanza and went back.
    let isSame = its.systemIdentifier != nil && its.systemIdentifier == current.systemIdentifier
    if !isSame, let number = its.catalogID, let current = current.catalogID, number != current {
      return .otherDatabase(its: number, current: current)
    }
    if let its = backup.timeline, let current = currentTimeline, its > current {
      return .laterTimeline(its: its, current: current)
    }
    if let branch = otherBranch(backup) { return branch }
    guard let origin else { return nil }
    let otherObject =
      its.objectID.flatMap { object in current.objectID.map { $0 != object } } ?? false
    // An object and its backup are stamped by different hands: a second's difference tells nothing.
    let before = (backup.finishedAt ?? backup.startedAt).timeIntervalSince(origin.begunAt) < -1
    guard otherObject || before else { return nil }
    return .formerCluster(
      endedBefore: before ? origin.begunAt : nil, sameDatabase: origin.kind == .recovered)
  }

  /// PostgreSQL takes a backup to another timeline only where that left the backup's own after its end.
  private func otherBranch(_ backup: Backup) -> BackupFlaw? {
    guard let line, let its = backup.timeline, its < line.timeline,
      let end = backup.stopLSN ?? backup.startLSN
    else { return nil }
    guard let left = line.left[its] else { return .otherBranch(timeline: its, leftAt: nil) }
    return end > left ? .otherBranch(timeline: its, leftAt: left) : nil
  }

  /// Finished without an error, and nothing speaks against it; in the catalog's order.
  package var usable: [Backup] { backups.filter(isUsable) }

  package func isUsable(_ backup: Backup) -> Bool {
    backup.finishedAt != nil && backup.error == nil && flaw(of: backup) == nil
  }

  /// Finished without an error, but not to be had for what runs now; oldest first.
  package var flawed: [(backup: Backup, flaw: BackupFlaw)] {
    backups.compactMap { backup in
      guard backup.finishedAt != nil, backup.error == nil, let flaw = flaw(of: backup) else {
        return nil
      }
      return (backup, flaw)
    }
  }

  /// Held against the server that runs, where one says who it is.
  func judged(by instances: [Instance]?, switches: [TimelineSwitch] = []) -> BackupCatalog {
    let primaries = (instances ?? []).filter(\.isRunningPrimary)
    guard primaries.count == 1, let primary = primaries.first else { return self }
    var catalog = self
    catalog.current = current.told(by: primary)
    catalog.currentMadeAt = catalog.current.systemMadeAt
    catalog.line = primary.timeline.flatMap { ServerLine($0, switches: switches) }
    catalog.currentTimeline = primary.timeline.flatMap { timeline in
      // An answer from before a failover says nothing of the backups after it.
      let later = backups.filter { $0.timeline ?? 0 > timeline }.compactMap(\.finishedAt).max()
      guard let later else { return nil }
      let age = primary.observedAt.timeIntervalSince(later)
      return age > DatabaseIdentity.clockTolerance ? timeline : nil
    }
    return catalog
  }
}

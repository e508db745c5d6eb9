import FoundationEssentials

/// What lies in a store as an engine reports it.
extension StoredServer {
  /// Each part as of its look, or all of `moment`. A catalog of which something could not be read says nothing where the
  /// rest of it is of no use.
  package func report(now: Date, asOf moment: Date? = nil) -> EngineReport {
    var report = EngineReport()
    report.isStoreAlone = true
    switch backups {
    case .value(_, let source, let lookedAt):
      let at = moment ?? lookedAt
      let catalog = catalog(now: now)
      let unread = remains.first { $0.reason != nil }
      if let unread, catalog.usable.isEmpty {
        report.backups = .unavailable(
          Unavailable(
            part: "backups", reason: "\(unread.id): \(unread.reason ?? "")", remedy: ""), at: at)
      } else {
        report.backups = .value(catalog, source: source, at: at)
      }
    case .unavailable(let failure, let at): report.backups = .unavailable(failure, at: at)
    case .pending: break
    }
    report.walArchive = archive(from: report.backups.value?.lastGood?.timeline, at: moment)
    return report
  }

  /// The archive as a restore from a backup of this timeline sees it; `moment` nil = as of the look.
  package func archive(from timeline: UInt32?, at moment: Date? = nil) -> Observed<WALArchive> {
    switch wal {
    case .value(let stored, let source, let at):
      .value(stored.reachable(from: timeline), source: source, at: moment ?? at)
    case .unavailable(let failure, let at): .unavailable(failure, at: at)
    case .pending: .pending
    }
  }

  /// Seconds after which a backup that has only begun is taken to have ended.
  private static let longestBackup = 86_400.0

  /// Empty where the backups could not be listed.
  package func catalog(now: Date) -> BackupCatalog {
    var catalog = BackupCatalog(backups: [])
    for entry in backups.value ?? [] {
      var backup = entry.backup
      let age = now.timeIntervalSince(backup.startedAt)
      if entry.status == "STARTED", age > Self.longestBackup {
        backup.error = "it began \(Format.age(age)) ago and never ended"
        backup.leftNothing = true
      }
      catalog.backups.append(backup)
    }
    // Nobody runs here: what the newest good one was taken of is what is wanted back.
    let good = catalog.backups.last { $0.finishedAt != nil && $0.error == nil }
    catalog.current.systemIdentifier = good?.identity.systemIdentifier
    catalog.current.majorVersion = good?.identity.majorVersion
    return catalog
  }

  /// WAL between backups that are kept for their own sake is deleted on purpose; nil where none is.
  package func retention(_ catalog: BackupCatalog) -> WALRetention? {
    let standalone = Set((backups.value ?? []).filter(\.isStandalone).map(\.backup.id))
    let usable = catalog.usable
    let first = usable.firstIndex { !standalone.contains($0.id) }
    guard let first, first > 0 else { return nil }
    return WALRetention(backups: usable.count - first, text: "keep:standalone")
  }

  /// All that lies there; nil where one half could not be listed.
  package var bytes: Int64? {
    guard let backups = backups.value, let wal = wal.value else { return nil }
    return wal.bytes + backups.reduce(0) { $0 + $1.dataBytes }
      + remains.reduce(0) { $0 + $1.bytes }
  }

  /// What only a store tells; `report` is its own.
  package func findings(in report: EngineReport, now: Date) -> [Finding] {
    let context = RuleContext(
      declaration: ClusterDeclaration(name: name, engine: "store"), interval: 60,
      report: report, now: now)
    return StoreRules.all.flatMap { $0(self, context) }
  }
}

extension StoredWAL {
  /// Timelines that no history file leads to and that this backup is older than: a restore does not go there.
  func unled(from timeline: UInt32?) -> [UInt32] {
    guard let timeline else { return [] }
    let led = Set(histories)
    return timelines.map(\.timeline).filter { $0 > timeline && !led.contains($0) }
  }

  /// The archive as a restore from a backup of this timeline sees it.
  func reachable(from timeline: UInt32?) -> WALArchive {
    let unled = Set(unled(from: timeline))
    guard !unled.isEmpty else { return archive }
    var archive = archive
    archive.segments.removeAll { unled.contains($0.segment.timeline) }
    return archive
  }
}

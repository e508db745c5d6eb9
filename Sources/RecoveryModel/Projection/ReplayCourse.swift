import FoundationEssentials

/// What a recovery would restore and replay: from a listing of the archive where there is one, else from where the
/// server says that its WAL stands.
struct ReplayCourse {
  var backup: Backup
  var load: ReplayLoad
  /// nil = not watched long enough.
  var rate: WALRate?

  /// nil where nothing can be restored, or it is not known how far the WAL goes.
  init?(report: EngineReport, window: RecoveryWindow?, now: Date) {
    guard let catalog = report.backups.value, let label = window?.restorable.last,
      let backup = catalog.backups.last(where: { $0.id == label })
    else { return nil }
    self.backup = backup
    if let archive = report.walArchive.value {
      guard let end = window?.lastSegment, let from = backup.startSegment,
        let load = ChainAudit(archive).load(from: from, through: end)
      else { return nil }
      self.load = load
      rate = WALRate(archive: archive, now: now)
    } else {
      guard let status = report.archive.value, let from = backup.startLSN, status.currentLSN >= from
      else { return nil }
      let bytes = status.currentLSN.bytes(since: from)
      load = Self.load(bytes: Double(bytes), segmentSize: status.segmentSize)
      rate = WALRate(
        bytes: bytes, over: now.timeIntervalSince(backup.startedAt),
        segmentSize: status.segmentSize)
    }
  }

  /// How well it compresses is not known: taken as it is.
  static func load(bytes: Double, segmentSize: Int) -> ReplayLoad {
    ReplayLoad(
      segments: Int((bytes / Double(segmentSize)).rounded(.up)), walBytes: Int64(bytes),
      storedBytes: Int64(bytes))
  }
}

extension WALRate {
  /// Seconds below which a rate says nothing.
  private static var shortest: Double { 60 }

  /// The average over so many seconds; nil when that is too short a time.
  fileprivate init?(bytes: Int64, over seconds: Double, segmentSize: Int) {
    guard seconds >= Self.shortest else { return nil }
    let perSecond = Double(bytes) / seconds
    self.init(
      segments: perSecond / Double(segmentSize), walBytes: perSecond, storedBytes: perSecond)
  }
}

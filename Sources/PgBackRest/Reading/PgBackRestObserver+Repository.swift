import FoundationEssentials
import LocalFiles
import PostgresServers
import RecoveryModel
import Transports

extension PgBackRestObserver {
  /// Seconds after which the catalog is read anew although its file did not change.
  private static let catalogPace = 30.0

  var stanza: String { tool.settings.stanza }
  var repositoryOption: String { "--repo=\(tool.repository)" }

  // MARK: Base backups

  func catalog() async -> ReportUpdate {
    var update = ReportUpdate()
    let at = now()
    let lock = BackupLock(directory: place.lockPath, stanza: stanza)
    let stamp = catalogStamp(lock)
    do throws(RecoveryError) {
      let look: CatalogLook
      if let last = catalogLook, let stamp, last.stamp == stamp,
        abs(at.timeIntervalSince(last.at)) < Self.catalogPace
      {
        look = last
      } else {
        let likely = likelyLabels(lock)
        look = try await lookAtCatalog(
          stamp: stamp, at: at, likely: likely, fault: &update.repositoryFault)
        catalogLook = look
      }
      await segmentSizeSettled()
      update.backups = observed(look, lock: lock, at: now())
      update.engineBasis = ProofBasis(method: "pgBackRest", place: place.words)
      update.repositoryFault = .some(nil)
      catalogIsLost = false
    } catch {
      catalogLook = nil
      catalogIsLost = true
      update.backups = .unavailable(error.unavailable("backups"), at: now())
      // What was seen before may be mended, or may only be out of sight now.
      if update.repositoryFault == nil { update.repositoryFault = .some(nil) }
    }
    return update
  }

  /// `likely` = the backups whose files are listed while the catalog is being asked.
  private func lookAtCatalog(
    stamp: String?, at: Date, likely: Set<String>, fault: inout RepositoryFault??
  ) async throws(RecoveryError) -> CatalogLook {
    let files = BackupFiles(tool: tool)
    async let listed = files.listings(of: likely)
    let info = try await PgBackRestInfo.ask(tool)
    if let complaint = info.complaint(tool), complaint.kind == .unreadable {
      fault = RepositoryFault(
        what: complaint.words, remedy: tool.remedy(complaint), source: "pgbackrest info", at: at)
    }
    let isElsewhere = info.complaint(tool)?.kind == .elsewhere
    try info.requireCatalog(tool, others: isElsewhere ? await tool.stanzas() : nil)
    let catalog = info.catalog(repository: tool.repository, segmentSize: segmentSize)
    let damage = try await files.damage(catalog, early: await listed)
    return CatalogLook(stamp: stamp, at: at, info: info, damage: damage)
  }

  /// What the catalog will name as the newest backup and what that depends on: as it did last, or as the directories
  /// have it. Those of a backup that is being taken are not finished.
  private func likelyLabels(_ lock: BackupLock) -> Set<String> {
    if let info = catalogLook?.info {
      return BackupFiles.labels(
        info.catalog(repository: tool.repository, segmentSize: segmentSize))
    }
    guard let path = place.path, !lock.isHeld,
      let names = LocalFile.names("\(path)/backup/\(stanza)")
    else { return [] }
    return BackupFiles.guess(directories: names)
  }

  private func observed(
    _ look: CatalogLook, lock: BackupLock, at: Date
  ) -> Observed<BackupCatalog> {
    var catalog = look.info.catalog(repository: tool.repository, segmentSize: segmentSize)
    for index in catalog.backups.indices {
      if let words = look.damage[catalog.backups[index].id] { catalog.backups[index].error = words }
    }
    if catalog.running != nil { catalog.running = lock.progress() ?? BackupProgress() }
    return .value(catalog, source: "pgbackrest info", at: at)
  }

  /// nil where the repository cannot be seen from here: then every look asks the tool.
  private func catalogStamp(_ lock: BackupLock) -> String? {
    guard let path = place.path,
      let stamp = LocalFile.stamp("\(path)/backup/\(stanza)/backup.info")
    else { return nil }
    return stamp + (lock.isHeld ? " held" : "")
  }

  // MARK: Settings and room

  func settings() -> ReportUpdate {
    var update = ReportUpdate()
    let at = now()
    let (options, unread) = tool.sources.read()
    let source = tool.sources.words
    if unread.isEmpty {
      update.retention = .value(retention(options), source: source, at: at)
      fileConfiguration.asynchronousWALFetch =
        options.value("archive-async", stanza: stanza, command: "archive-get").map {
          $0 == "y"
        } ?? false
      // pgBackRest's default is one process.
      fileConfiguration.restoreWorkers =
        options.value("process-max", stanza: stanza, command: "restore").flatMap { Int($0) } ?? 1
    } else {
      fileConfiguration = ServerConfiguration()
      let files = unread.joined(separator: ", ")
      let failure = Unavailable(
        part: "retention", reason: "\(files) cannot be read by \(Account.current.name)",
        remedy: "check that config names pgbackrest.conf and that this account may read it")
      update.retention = .unavailable(failure, at: at)
    }
    update.configuration = configuration(at: at)
    update.storage = .value(storage(), source: "statvfs, pgbackrest", at: at)
    return update
  }

  private func storage() -> StorageUsage {
    let base = catalogLook.map { look in
      look.info.catalog(repository: tool.repository, segmentSize: segmentSize)
        .backups.compactMap(\.repositoryAddedBytes).reduce(0, +)
    }
    let room = place.ownPath(stanza).flatMap { LocalFile.room($0) }
    return StorageUsage(
      repositoryBytes: base.flatMap { base in archiveLook.map { base + $0.listing.bytes } },
      repositoryFreeBytes: room?.free, repositoryCapacityBytes: room?.capacity,
      drillFreeBytes: LocalFile.room(drillPlace())?.free)
  }

  private func retention(_ options: PgBackRestConfiguration) -> RetentionPolicy {
    RetentionPolicy(options, stanza: stanza, repository: tool.repository)
  }

  // MARK: Other repositories

  private var standing: OtherRepositories.Standing? {
    guard let info = catalogLook?.info else { return nil }
    let size = segmentSize
    let catalog = info.catalog(repository: tool.repository, segmentSize: size)
    return OtherRepositories.Standing(
      newest: catalog.lastGood?.finishedAt,
      last: info.lastArchived(repository: tool.repository, segmentSize: size))
  }

  func repositories() async -> ReportUpdate {
    var update = ReportUpdate()
    let at = now()
    let findings = await OtherRepositories(
      tool: tool, others: others, own: standing, segmentSize: segmentSize, now: now
    ).findings(declaredIsUnknown: catalogIsLost)
    update.engineFindings = .value(
      findings.map { EngineFinding($0, .repository) }, source: "pgbackrest info", at: at)
    return update
  }
}

extension RetentionPolicy {
  /// `repoN-retention-*`, as `pgbackrest expire` reads them.
  package init(_ options: PgBackRestConfiguration, stanza: String, repository: Int) {
    func value(_ key: String) -> String? {
      options.value("repo\(repository)-retention-\(key)", stanza: stanza, command: "expire")
    }
    let prefix = "repo\(repository)-retention"
    if let text = value("full"), let count = Int(text) {
      let byTime = value("full-type") == "time"
      self.init(
        fullCount: byTime ? nil : count, period: byTime ? Double(count) * 86_400 : nil,
        text: "\(prefix)-full=\(count)" + (byTime ? " (days)" : ""))
    } else {
      self.init(text: "\(prefix)-full is not set: nothing expires")
    }
    guard let text = value("archive"), let count = Int(text), count > 0 else { return }
    let type = value("archive-type") ?? "full"
    let kinds: Set<BackupKind> =
      switch type {
      case "incr": [.full, .differential, .incremental]
      case "diff": [.full, .differential]
      default: [.full]
      }
    let setting = "\(prefix)-archive=\(count) (\(type))"
    wal = WALRetention(backups: count, kinds: kinds, text: setting)
    self.text += ", \(setting)"
  }
}

/// The lock file of a running backup, which since 2.4x also tells how far it is.
struct BackupLock: Sendable {
  private let path: String

  init(directory: String, stanza: String) { path = "\(directory)/\(stanza)-backup.lock" }

  private struct Content: Decodable {
    var pid: Int32?
    /// Hundredths of a percent.
    var pctCplt: Double?
    /// Bytes, since 2.48.
    var size: Double?
    var sizeCplt: Double?
  }

  /// False when no backup can be running on this host.
  var isHeld: Bool {
    guard LocalFile.stamp(path) != nil else { return false }
    return content()?.pid.map { LocalFile.processExists($0) } ?? true
  }

  /// nil when the file is not there or does not tell.
  func progress() -> BackupProgress? {
    guard let content = content() else { return nil }
    if let percent = content.pctCplt {
      return BackupProgress(fraction: min(1, max(0, percent / 10_000)))
    }
    guard let size = content.size, size > 0, let done = content.sizeCplt else { return nil }
    return BackupProgress(fraction: min(1, max(0, done / size)))
  }

  private func content() -> Content? {
    guard let text = LocalFile.text(path), let start = text.firstIndex(of: "{") else { return nil }
    return try? JSONDecoder().decode(Content.self, from: Data(text[start...].utf8))
  }
}

import FoundationEssentials
import RecoveryModel

extension PgBackRestObserver {
  /// Seconds after which the catalog is read anew although its file did not change.
  private static let catalogPace = 30.0

  private var stanza: String { tool.settings.stanza }
  private var repositoryOption: String { "--repo=\(tool.settings.repository)" }

  // MARK: Base backups

  func catalog() async -> ReportUpdate {
    var update = ReportUpdate()
    let at = now()
    let lock = BackupLock(directory: place.lockPath, stanza: stanza)
    let stamp = catalogStamp(lock)
    do {
      let info: PgBackRestInfo
      let damage: [String: String]
      if let look = catalogLook, let stamp, look.stamp == stamp,
        abs(at.timeIntervalSince(look.at)) < Self.catalogPace
      {
        info = look.info
        damage = look.damage
      } else {
        let json = try await tool.ask([repositoryOption, "--output=json", "info"])
        info = try PgBackRestInfo.stanza(stanza, in: json)
        let catalog = info.catalog(
          repository: tool.settings.repository, segmentSize: segmentSize)
        damage = try await BackupFiles(tool: tool).damage(catalog)
        catalogLook = CatalogLook(stamp: stamp, at: at, info: info, damage: damage)
      }
      await segmentSizeSettled()
      update.backups = try observed(info, damage: damage, lock: lock, at: now())
    } catch {
      catalogLook = nil
      update.backups = .unavailable(error.unavailable("backups"), at: now())
    }
    return update
  }

  private func observed(
    _ info: PgBackRestInfo, damage: [String: String], lock: BackupLock, at: Date
  ) throws(RecoveryError) -> Observed<BackupCatalog> {
    let status = info.repo?.first { $0.key == tool.settings.repository }?.status ?? info.status
    switch status.code {
    // 0 ok, 2 no valid backups, 4 and 5 speak of other repositories than ours.
    case 0, 2, 4, 5: break
    default:
      let lines = status.message.split(whereSeparator: \.isNewline).joined(separator: " ")
      let words = String(PlainText.stripped(lines).prefix(300))
      let message = "pgbackrest info: stanza \(stanza): \(words) (code \(status.code))"
      let remedy =
        status.code == 1 || status.code == 3
        ? "run pgbackrest stanza-create, or check the keys stanza and config"
        : tool.remedy(status: 0, words: words)
      throw RecoveryError(
        words.contains("ermission denied") ? .denied : .failed, message, remedy: remedy)
    }
    var catalog = info.catalog(
      repository: tool.settings.repository, segmentSize: segmentSize)
    for index in catalog.backups.indices {
      if let words = damage[catalog.backups[index].id] { catalog.backups[index].error = words }
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

  // MARK: WAL archive

  func archive() async -> ReportUpdate {
    var update = ReportUpdate()
    let stamp = archiveStamp()
    do {
      if stamp == nil || archiveLook?.stamp != stamp {
        let json = try await tool.ask([
          repositoryOption, "--output=json", "--recurse", "repo-ls", "archive/\(stanza)",
        ])
        let listing = try ArchiveListing(json: json)
        let switches = try await switches(listing)
        archiveLook = ArchiveLook(stamp: stamp, listing: listing, switches: switches)
      }
      await segmentSizeSettled()
      // No server tells it: the catalog does. With a wrong size every name means another place.
      if toldSegmentSize == 0, catalogLook == nil { _ = await catalog() }
      guard let look = archiveLook else { return update }
      let archive = look.listing.walArchive(segmentSize: segmentSize, switches: look.switches)
      update.walArchive = .value(archive, source: "pgbackrest repo-ls", at: now())
    } catch {
      archiveLook = nil
      update.walArchive = .unavailable(error.unavailable("WAL archive"), at: now())
    }
    return update
  }

  private func switches(_ listing: ArchiveListing) async throws(RecoveryError) -> [TimelineSwitch] {
    guard let id = listing.archiveID else { return [] }
    var all: Set<TimelineSwitch> = []
    for name in listing.histories {
      let path = "archive/\(stanza)/\(id)/\(name)"
      if histories[path] == nil, let timeline = UInt32(name.prefix(8), radix: 16) {
        let text = try await tool.ask([repositoryOption, "repo-get", path])
        histories[path] = TimelineHistory.switches(timeline: timeline, text: text)
      }
      all.formUnion(histories[path] ?? [])
    }
    return all.sorted { ($0.timeline, $0.parent) < ($1.timeline, $1.parent) }
  }

  /// A directory changes its time when a file comes or goes, so these few stand for all segments.
  private func archiveStamp() -> String? {
    guard let path = place.path else { return nil }
    let root = "\(path)/archive/\(stanza)"
    guard let ids = LocalFile.names(root) else { return nil }
    var stamps: [String] = []
    for id in ids {
      guard let stamp = LocalFile.stamp("\(root)/\(id)") else { return nil }
      stamps.append(stamp)
      for log in LocalFile.names("\(root)/\(id)") ?? [] {
        stamps.append(LocalFile.stamp("\(root)/\(id)/\(log)") ?? "")
      }
    }
    return stamps.joined(separator: " ")
  }

  // MARK: Settings and room

  func settings() -> ReportUpdate {
    var update = ReportUpdate()
    let at = now()
    let file = tool.settings.config
    if let text = LocalFile.text(file) {
      let configuration = PgBackRestConfiguration(text: text)
      update.retention = .value(retention(configuration), source: file, at: at)
      fileConfiguration.asynchronousWALFetch =
        configuration.value("archive-async", stanza: stanza, command: "archive-get").map {
          $0 == "y"
        } ?? false
      // pgBackRest's default is one process.
      fileConfiguration.restoreWorkers =
        configuration.value("process-max", stanza: stanza, command: "restore").flatMap { Int($0) }
        ?? 1
    } else {
      fileConfiguration = ServerConfiguration()
      let failure = Unavailable(
        part: "retention", reason: "\(file) cannot be read by \(Account.current.name)",
        remedy: "check that config names pgbackrest.conf and that this account may read it")
      update.retention = .unavailable(failure, at: at)
    }
    update.configuration = configuration(at: at)
    update.storage = .value(storage(), source: "statvfs, pgbackrest", at: at)
    return update
  }

  private func retention(_ configuration: PgBackRestConfiguration) -> RetentionPolicy {
    let key = "repo\(tool.settings.repository)-retention-full"
    guard let text = configuration.value(key, stanza: stanza, command: "expire"),
      let count = Int(text)
    else { return RetentionPolicy(text: "\(key) is not set: nothing expires") }
    let type = configuration.value("\(key)-type", stanza: stanza, command: "expire") ?? "count"
    return type == "time"
      ? RetentionPolicy(period: Double(count) * 86_400, text: "\(key)=\(count) (days)")
      : RetentionPolicy(fullCount: count, text: "\(key)=\(count)")
  }

  private func storage() -> StorageUsage {
    let base = catalogLook.map { look in
      look.info.catalog(repository: tool.settings.repository, segmentSize: segmentSize)
        .backups.compactMap(\.repositoryAddedBytes).reduce(0, +)
    }
    let wal = archiveLook.map { $0.listing.segments.map(\.bytes).reduce(0, +) }
    let room = place.path.flatMap { LocalFile.room($0) }
    return StorageUsage(
      repositoryBytes: base.flatMap { base in wal.map { base + $0 } },
      repositoryFreeBytes: room?.free, repositoryCapacityBytes: room?.capacity,
      drillFreeBytes: LocalFile.room(drillPlace())?.free)
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

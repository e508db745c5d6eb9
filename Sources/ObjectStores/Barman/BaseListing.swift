import FoundationEssentials
import RecoveryModel

/// What lies under `base/` of one server, by backup.
struct BaseListing: Sendable, Equatable {
  /// One backup's directory.
  struct Directory: Sendable, Equatable {
    var id: String
    var hasInfo = false
    var hasKeep = false
    /// Names of data objects with their bytes, as `data_0001.tar.gz`.
    var data: [String: Int64] = [:]
    var objects = 0
    var bytes: Int64 = 0
    var newestAt: Date?
    /// When the newest object of data was written.
    var dataAt: Date?
  }

  var backups: [String: Directory] = [:]
  /// The newest object of data, below `base/`; nil = there is none.
  var newestData: String?

  /// `path`: below `base/`.
  mutating func take(path: Substring, _ object: StoredObject) {
    guard let slash = path.firstIndex(of: "/") else { return }
    let id = String(path[..<slash])
    let name = path[path.index(after: slash)...]
    var directory = backups[id] ?? Directory(id: id)
    if !name.isEmpty { directory.objects += 1 }
    directory.bytes += object.bytes
    directory.newestAt = [directory.newestAt, object.modifiedAt].compactMap { $0 }.max()
    switch name {
    case "backup.info": directory.hasInfo = true
    case "annotations/keep": directory.hasKeep = true
    case _ where BarmanCompression.split(name).name.hasSuffix(".tar") && !name.contains("/"):
      directory.data[String(name)] = object.bytes
      directory.dataAt = [directory.dataAt, object.modifiedAt].compactMap { $0 }.max()
      newestData = [newestData, String(path)].compactMap { $0 }.max()
    default: break
    }
    backups[id] = directory
  }
}

extension BaseListing.Directory {
  func remains(_ reason: String?) -> BackupRemains {
    BackupRemains(id: id, objects: objects, bytes: bytes, newestAt: newestAt, reason: reason)
  }

  func backup(_ info: BackupInfo, keep: String?) -> StoredBackup {
    let isDone = info.status == "DONE"
    var backup = Backup(
      id: id, kind: .full,
      startedAt: info.beginTime ?? Self.time(ofID: id) ?? newestAt ?? .distantPast,
      finishedAt: isDone ? info.endTime : nil, error: error(info))
    backup.timeline = info.timeline
    let size = info.segmentSize ?? 16 << 20
    backup.startSegment = info.beginWAL.flatMap { WALSegment(name: $0, segmentSize: size) }
    backup.stopSegment = info.endWAL.flatMap { WALSegment(name: $0, segmentSize: size) }
    backup.startLSN = info.beginLSN
    backup.stopLSN = info.endLSN
    backup.databaseBytes = info.clusterBytes
    backup.writtenAt = dataAt
    let stored = data.values.reduce(0, +)
    if !data.isEmpty {
      backup.repositoryBytes = stored
      backup.repositoryAddedBytes = stored
    }
    backup.identity = DatabaseIdentity(
      systemIdentifier: info.systemIdentifier, majorVersion: info.version.map { $0 / 10_000 })
    backup.method = info.isSnapshot ? "volumeSnapshot" : "barman-cloud"
    backup.leftNothing = !isDone && data.isEmpty
    if !isDone { backup.failedAt = info.endTime ?? newestAt }
    if isDone, !info.isSnapshot {
      backup.lacks = missing(info.tablespaces)
      backup.lacksData = !backup.lacks.isEmpty
    }
    return entry(backup, info, keep: keep, bytes: stored)
  }

  private func entry(
    _ backup: Backup, _ info: BackupInfo, keep: String?, bytes: Int64
  ) -> StoredBackup {
    var stored = StoredBackup(backup: backup, status: info.status)
    stored.version = info.version
    stored.keep = keep
    stored.encryption = info.encryption
    stored.tablespaces = info.tablespaces.map(\.name)
    stored.dataObjects = data.count
    stored.dataBytes = bytes
    stored.segmentSize = info.segmentSize
    let kinds = Set(data.keys.map { BarmanCompression.split($0[...]).compression.words })
    stored.compression = kinds.isEmpty ? nil : kinds.sorted().joined(separator: ", ")
    return stored
  }

  /// Nil while it runs.
  private func error(_ info: BackupInfo) -> String? {
    switch info.status {
    case "DONE":
      return info.endTime == nil ? "its entry says DONE and names no end" : nil
    case "FAILED": return info.error ?? "it failed, and its entry does not say why"
    case "STARTED", "EMPTY", "SYNCING": return nil
    case "WAITING_FOR_WALS": return "it still waits for its WAL"
    default: return "its entry has the status \(info.status)"
    }
  }

  /// Pieces that the entry promises: the data directory and each tablespace, all parts of each, none of them empty.
  private func missing(_ tablespaces: [BackupInfo.Tablespace]) -> [String] {
    let wanted =
      [("data", "the data directory (data.tar)")]
      + tablespaces.map { ("\($0.oid)", "tablespace \($0.name) (\($0.oid).tar)") }
    return wanted.compactMap { piece, words in
      var parts: Set<Int> = []
      for (name, bytes) in data where bytes > 0 {
        let bare = BarmanCompression.split(name[...]).name.dropLast(4)
        if bare == piece { parts.insert(0) }
        if bare.hasPrefix("\(piece)_"), let number = Int(bare.dropFirst(piece.count + 1)) {
          parts.insert(number)
        }
      }
      guard let last = parts.max(), parts.contains(0) else { return words }
      let gap = (0...last).first { !parts.contains($0) }
      return gap.map { "part \($0) of \(words)" }
    }
  }

  /// `20261129T111417`, the clock of whoever took it; as UTC.
  private static func time(ofID id: String) -> Date? {
    let text = Array(id)
    guard text.count == 15, text[8] == "T" else { return nil }
    func part(_ range: Range<Int>) -> String { String(text[range]) }
    return TimestampText.parse(
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(9..<11)):\(part(11..<13)):\(part(13..<15))"
    )
  }
}

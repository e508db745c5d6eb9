import FoundationEssentials
import RecoveryModel

/// `pgbackrest info --output=json` (2.41 to 2.59), as far as we use it; unknown keys are ignored.
struct PgBackRestInfo: Decodable {
  struct Status: Decodable {
    struct Lock: Decodable {
      struct Held: Decodable { var held: Bool? }
      var backup: Held?
    }
    var code: Int
    var message: String
    var lock: Lock?
  }
  struct Database: Decodable {
    var id: Int
    var systemID: UInt64?
    var version: String?
    var repoKey: Int?
    var identity: DatabaseIdentity {
      DatabaseIdentity(
        systemIdentifier: systemID.map { String($0) },
        majorVersion: version?.split(separator: ".").first.flatMap { Int($0) }, catalogID: id)
    }
    enum CodingKeys: String, CodingKey {
      case id, version
      case repoKey = "repo-key"
      case systemID = "system-id"
    }
  }
  /// The WAL of one database in one repository.
  struct Archive: Decodable {
    struct Place: Decodable {
      var id: Int?
      var repoKey: Int?
      enum CodingKeys: String, CodingKey {
        case id
        case repoKey = "repo-key"
      }
    }
    var database: Place?
    /// Name of the last segment.
    var max: String?
  }
  struct Repository: Decodable {
    var key: Int
    var cipher: String?
    var status: Status?
  }
  var name: String
  var cipher: String?
  var db: [Database]?
  var repo: [Repository]?
  var status: Status
  var backup: [PgBackRestBackup]?
  var archive: [Archive]?

  /// Asks the tool about one repository. Throws `RecoveryError`.
  static func ask(_ tool: PgBackRestTool) async throws(RecoveryError) -> PgBackRestInfo {
    let answer = try await tool.ask([
      "--repo=\(tool.repository)", "--output=json", "info",
    ])
    return try stanza(tool.settings.stanza, in: answer) {
      tool.undecodable($0, command: "info")
    }
  }

  /// The stanza's part of the tool's answer. Throws `RecoveryError` (failed) for anything that is not its JSON.
  static func stanza(
    _ name: String, in answer: String,
    undecodable: (String) -> RecoveryError = { _ in
      RecoveryError(.failed, "pgbackrest info answered no JSON")
    }
  ) throws(RecoveryError) -> PgBackRestInfo {
    guard let data = TolerantJSON.payload(answer),
      let stanzas = try? JSONDecoder().decode([PgBackRestInfo].self, from: data)
    else { throw undecodable(answer) }
    guard let stanza = stanzas.first(where: { $0.name == name }) else {
      throw RecoveryError(
        .invalid, "pgbackrest info knows no stanza \(name)", remedy: "check the key stanza")
    }
    return stanza
  }

  /// WAL segment size in bytes, as positions and names of the same backup betray it; nil where none tells.
  var impliedSegmentSize: Int? {
    for backup in (backup ?? []).reversed() {
      guard let name = backup.archive?.start, let lsn = backup.lsn?.start.flatMap({ LSN(text: $0) })
      else { continue }
      let fitting = (20...30).map { 1 << $0 }.filter { size in
        WALSegment(name: name, segmentSize: size).map {
          $0.start(segmentSize: size) <= lsn && lsn < $0.end(segmentSize: size)
        } ?? false
      }
      if fitting.count == 1 { return fitting[0] }
    }
    return nil
  }

  /// Databases that a repository has had, the present one last: each stanza-upgrade adds one.
  func databases(repository: Int) -> [Database] {
    (db ?? []).filter { $0.repoKey ?? repository == repository }.sorted { $0.id < $1.id }
  }

  /// The last segment of the present database's WAL; nil = there is none. `segmentSize` in bytes.
  func lastArchived(repository: Int, segmentSize: Int) -> WALSegment? {
    let present = databases(repository: repository).last?.id
    return (archive ?? []).filter {
      ($0.database?.repoKey ?? repository, $0.database?.id ?? present) == (repository, present)
    }.compactMap { $0.max.flatMap { WALSegment(name: $0, segmentSize: segmentSize) } }.max()
  }

  func status(of repository: Int) -> Status {
    repo?.first { $0.key == repository }?.status ?? status
  }

  /// Catalog of one repository. `segmentSize` in bytes, for the names of segments.
  func catalog(repository: Int, segmentSize: Int) -> BackupCatalog {
    let here = repo?.first { $0.key == repository }
    let databases = databases(repository: repository)
    let entries = (backup ?? []).filter { $0.database?.repoKey ?? repository == repository }
    let cipher = here?.cipher ?? cipher
    var catalog = BackupCatalog(
      backups: entries.map { entry in
        var backup = entry.backup(segmentSize: segmentSize)
        if let number = entry.database?.id {
          backup.identity =
            databases.last { $0.id == number }?.identity ?? DatabaseIdentity(catalogID: number)
        }
        return backup
      }.sorted { $0.startedAt < $1.startedAt },
      running: status.lock?.backup?.held == true ? BackupProgress() : nil,
      encryption: cipher.map { $0 == "none" ? .none : .clientSide },
      systemIdentifier: databases.last?.systemID.map { String($0) },
      repositoryStatus: Sanitizer.clean(status(of: repository).message, limit: 200))
    catalog.current = databases.last?.identity ?? DatabaseIdentity()
    return catalog
  }
}

extension PgBackRestInfo {
  /// Throws `RecoveryError` where the repository's status says that its catalog is not known: what stands in it then is
  /// no list of backups, not even an empty one. `others` = the stanzas that are there; nil = nobody could tell.
  func requireCatalog(
    _ tool: PgBackRestTool, others: [String]? = nil
  ) throws(RecoveryError) {
    guard let complaint = complaint(tool) else { return }
    let others = others ?? []
    let there = others.map { Sanitizer.clean($0, limit: 60) }.joined(separator: ", ")
    let here = "repository \(tool.repository)"
    let message =
      switch complaint.kind {
      case .cipher:
        "\(here) cannot be decrypted: check repo\(tool.repository)-cipher-pass and "
          + "-cipher-type: \(complaint.words)"
      case .elsewhere:
        "pgbackrest info finds no stanza \(name) in \(here) as set by \(tool.sources.words): "
          + complaint.words + (others.isEmpty ? "" : "; there is \(there)")
      default: "pgbackrest info: stanza \(name), \(here): \(complaint.words)"
      }
    throw RecoveryError(
      complaint.kind == .denied ? .denied : .failed, message,
      remedy: others.isEmpty
        ? tool.remedy(complaint)
        : "set the key stanza to the one that archive_command names: "
          + (Suggestion.nearest(to: name, among: others)
            .map { "\(Sanitizer.clean($0, limit: 60))?" } ?? there))
  }

  /// nil = there is a catalog, be it an empty one.
  func complaint(_ tool: PgBackRestTool) -> RepositoryComplaint? {
    let status = status(of: tool.repository)
    let cipher = repo?.first { $0.key == tool.repository }?.cipher ?? cipher ?? "none"
    var complaint = RepositoryComplaint(status.message, encrypted: cipher != "none")
    switch status.code {
    // 2 no valid backups; 4 and 5 speak of other repositories than ours.
    case 0, 2, 4, 5: return nil
    case 1: complaint.kind = .elsewhere
    case 3:
      complaint.kind = .unreadable
      complaint.words = "backup.info and backup.info.copy are missing (\(complaint.words))"
    default: complaint.words += " (code \(status.code))"
    }
    return complaint
  }
}

/// One element of `backup[]`.
struct PgBackRestBackup: Decodable {
  struct Ends: Decodable {
    var start: String?
    var stop: String?
  }
  struct Times: Decodable {
    var start: Int64
    var stop: Int64?
  }
  struct Place: Decodable {
    var id: Int?
    var repoKey: Int?
    enum CodingKeys: String, CodingKey {
      case id
      case repoKey = "repo-key"
    }
  }
  struct Size: Decodable {
    struct Stored: Decodable {
      var size: Int64?
      var delta: Int64?
    }
    var size: Int64?
    var delta: Int64?
    var repository: Stored?
  }
  var label: String
  var type: String
  var error: Bool?
  var reference: [String]?
  var archive: Ends?
  var lsn: Ends?
  var timestamp: Times
  var info: Size?
  var database: Place?

  func backup(segmentSize: Int) -> Backup {
    let start = archive?.start.flatMap { WALSegment(name: $0, segmentSize: segmentSize) }
    var backup = Backup(
      id: label, kind: kind, startedAt: Date(timeIntervalSince1970: Double(timestamp.start)),
      finishedAt: timestamp.stop.map { Date(timeIntervalSince1970: Double($0)) },
      timeline: start?.timeline, startSegment: start,
      stopSegment: archive?.stop.flatMap { WALSegment(name: $0, segmentSize: segmentSize) },
      startLSN: lsn?.start.flatMap { LSN(text: $0) }, stopLSN: lsn?.stop.flatMap { LSN(text: $0) },
      databaseBytes: info?.size, copiedBytes: info?.delta,
      // Since 2.48 a bundled, block-incremental repository gives only the delta.
      repositoryBytes: info?.repository?.size, repositoryAddedBytes: info?.repository?.delta,
      dependsOn: reference ?? [])
    if error == true { backup.suspect = "page checksum errors were found while it was taken" }
    return backup
  }

  private var kind: BackupKind {
    switch type {
    case "full": .full
    case "diff": .differential
    default: .incremental
    }
  }
}

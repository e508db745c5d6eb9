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
    enum CodingKeys: String, CodingKey {
      case id, version
      case systemID = "system-id"
    }
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

  /// The stanza's part of the tool's answer. Throws `RecoveryError` (failed) for anything that is not its JSON.
  static func stanza(_ name: String, in json: String) throws(RecoveryError) -> PgBackRestInfo {
    let stanzas: [PgBackRestInfo]
    do { stanzas = try JSONDecoder().decode([PgBackRestInfo].self, from: Data(json.utf8)) } catch {
      throw RecoveryError(
        .failed, "pgbackrest info did not answer with the JSON that was expected",
        remedy: "pgvigil reads pgBackRest 2.41 and later")
    }
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

  /// Catalog of one repository. `segmentSize` in bytes, for the names of segments.
  func catalog(repository: Int, segmentSize: Int) -> BackupCatalog {
    let here = repo?.first { $0.key == repository }
    let entries = (backup ?? []).filter { $0.database?.repoKey ?? repository == repository }
    let cipher = here?.cipher ?? cipher
    return BackupCatalog(
      backups: entries.map { $0.backup(segmentSize: segmentSize) }
        .sorted { $0.startedAt < $1.startedAt },
      running: status.lock?.backup?.held == true ? BackupProgress() : nil,
      encryption: cipher.map { $0 == "none" ? .none : .clientSide },
      systemIdentifier: db?.max { $0.id < $1.id }?.systemID.map { String($0) },
      repositoryStatus: (here?.status ?? status).message)
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
    var repoKey: Int?
    enum CodingKeys: String, CodingKey { case repoKey = "repo-key" }
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
    return Backup(
      id: label, kind: kind, startedAt: Date(timeIntervalSince1970: Double(timestamp.start)),
      finishedAt: timestamp.stop.map { Date(timeIntervalSince1970: Double($0)) },
      error: error == true ? "page checksum errors were found while it was taken" : nil,
      timeline: start?.timeline, startSegment: start,
      stopSegment: archive?.stop.flatMap { WALSegment(name: $0, segmentSize: segmentSize) },
      startLSN: lsn?.start.flatMap { LSN(text: $0) }, stopLSN: lsn?.stop.flatMap { LSN(text: $0) },
      databaseBytes: info?.size, copiedBytes: info?.delta,
      // Since 2.48 a bundled, block-incremental repository gives only the delta.
      repositoryBytes: info?.repository?.size, repositoryAddedBytes: info?.repository?.delta,
      dependsOn: reference ?? [])
  }

  private var kind: BackupKind {
    switch type {
    case "full": .full
    case "diff": .differential
    default: .incremental
    }
  }
}

import RecoveryModel

/// The tool's own `verify`, run once for all backups: it reads every file of every one. Its exit status is 0 whatever it
/// finds (2.45 to 2.59); what counts is what it prints.
actor RepositoryVerification {
  private let ask: @Sendable () async throws(RecoveryError) -> String
  private var answer: Result<[String: ScrubReading], RecoveryError>?

  /// Seconds: it reads all that there is.
  static let deadline = 7 * 86_400.0

  init(ask: @escaping @Sendable () async throws(RecoveryError) -> String) { self.ask = ask }

  func reading(of label: String) async -> ScrubReading {
    if answer == nil {
      do throws(RecoveryError) {
        let text = try await ask()
        answer = .success(Self.readings(text))
      } catch {
        answer = .failure(error)
      }
    }
    switch answer {
    case .success(let readings):
      return readings[label] ?? .unread("pgbackrest verify says nothing of it")
    case .failure(let error): return .unread(error.message)
    case nil: return .unread("pgbackrest verify was not asked")
    }
  }

  /// By label. Of `backup: 20261129-180243F, status: invalid, total files checked: 1276, total valid files: 1275`, and
  /// what is counted in the lines below.
  static func readings(_ text: String) -> [String: ScrubReading] {
    var readings: [String: ScrubReading] = [:]
    var damaged: String?
    for line in text.split(whereSeparator: \.isNewline).map({ String($0.trimmed) }) {
      guard line.hasPrefix("backup: ") else {
        if let label = damaged, line.contains(": ") {
          readings[label] = .faulty("pgbackrest verify: \(Self.counts(line, of: readings[label]))")
        }
        damaged = nil
        continue
      }
      let fields = line.split(separator: ",").map { $0.trimmed }
      let label = String(fields[0].dropFirst("backup: ".count))
      damaged = nil
      switch fields.dropFirst().first {
      case "status: valid": readings[label] = .good(.files)
      case "status: invalid":
        readings[label] = .faulty("pgbackrest verify calls it invalid")
        damaged = label
      case let other?:
        readings[label] = .unread(
          "pgbackrest verify says \(Sanitizer.clean(String(other), limit: 40))")
      case nil: break
      }
    }
    return readings
  }

  /// Those that are not 0.
  private static func counts(_ line: String, of reading: ScrubReading?) -> String {
    let counts = line.split(separator: ",").map { $0.trimmed }.filter { !$0.hasSuffix(": 0") }
    return counts.isEmpty
      ? "it is invalid" : Sanitizer.clean(counts.joined(separator: ", "), limit: 120)
  }
}

extension PgBackRestObserver {
  /// All that lies in the repository of the database that runs now. Throws `RecoveryError`.
  func contents(_ reading: RepositoryReading) async throws -> ScrubInventory {
    let catalog = try await catalog().backups?.known(as: "the catalog")
    _ = try await archive().walArchive?.known(as: "the archive")
    guard let catalog, let look = archiveLook, let id = look.id else {
      throw RecoveryError(.failed, "the repository holds nothing of this database")
    }
    var files: [WALSegment: ArchivedFile] = [:]
    var items: [ScrubItem] = []
    for file in look.archive?.files ?? [] {
      guard
        let segment = WALSegment(
          timeline: file.timeline, log: file.log, index: file.index, segmentSize: segmentSize),
        files.updateValue(file, forKey: segment) == nil
      else { continue }
      items.append(
        ScrubItem(
          subject: .segment(segment), object: "\(id)/\(file.name.prefix(16))/\(file.fileName)",
          bytes: file.bytes, modifiedAt: file.at))
    }
    for backup in catalog.usable {
      items.append(
        ScrubItem(
          subject: .backup(backup.id), object: "backup/\(backup.id)",
          bytes: backup.repositoryAddedBytes ?? backup.repositoryBytes ?? 0, modifiedAt: nil))
    }
    let contents = RepositoryContents(
      tool: tool, reading: reading, segmentSize: segmentSize, archiveID: id,
      identity: catalog.current, switches: look.switches, files: files,
      verification: RepositoryVerification { [tool] () throws(RecoveryError) in
        try await tool.ask(
          ["--repo=\(tool.repository)", "--output=text", "--verbose", "verify"],
          deadline: RepositoryVerification.deadline, endsWithUs: true)
      })
    return ScrubInventory(
      items: items, segmentSize: segmentSize, switches: look.switches,
      plain: { try await contents.plain($0, pace: $1) },
      read: { await contents.read($0, pace: $1) })
  }
}

extension Observed {
  /// The value. Throws `RecoveryError` where there is none.
  fileprivate func known(as what: String) throws(RecoveryError) -> Value {
    if let value { return value }
    throw RecoveryError(
      failure?.code ?? .unreachable, failure?.reason ?? "\(what) is not known yet",
      remedy: failure?.remedy ?? "")
  }
}

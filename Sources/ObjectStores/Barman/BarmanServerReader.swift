import FoundationEssentials
import RecoveryModel
import Transports

/// Reads one server's part of a bucket: two listings, each backup's catalog entry, the newest history file, and what is
/// known of one object.
struct BarmanServerReader {
  let client: S3Client
  /// With a slash at its end.
  let prefix: String
  let now: @Sendable () -> Date

  /// What a look found, and what a later one need not ask for again.
  struct Look: Sendable {
    var server: StoredServer
    /// Catalog entries by backup, with the listing of its directory that they were read at.
    var entries: [String: (directory: BaseListing.Directory, entry: Entry)] = [:]
    /// nil = could not be had.
    var wal: WALListing?
    var histories = Histories()
  }

  /// How far a look goes.
  enum Extent: Sendable {
    /// What was archived since: a request.
    case archived
    /// And what was expired or added to the catalog: some more.
    case catalog
    case whole
    /// All of catalog and WAL, and nothing of the bucket: for who reads the contents.
    case contents
  }

  func read() async -> StoredServer { await look(.whole, after: nil).server }

  func look(_ extent: Extent, after former: Look?) async -> Look {
    let trimmed = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    let name = trimmed.split(separator: "/").last.map(String.init) ?? client.place.bucket
    let extent = former?.wal == nil && extent != .contents ? .whole : extent
    var look =
      former ?? Look(server: StoredServer(name: name, path: client.place.words(trimmed)))
    if extent != .archived {
      let newestData = await lookAtCatalog(&look)
      if extent == .whole {
        look.server.uploads = await uploads()
        look.server.encryption = await encryption(newestData)
        look.server.posture = await client.posture(of: prefix, now: now())
      }
    }
    await lookAtWAL(extent, &look)
    return look
  }

  /// The newest object of data.
  private func lookAtCatalog(_ look: inout Look) async -> String? {
    var base = BaseListing()
    let began = now()
    do throws(RecoveryError) {
      try await client.listAll(prefix: prefix + "base/") { page in
        for object in page.objects {
          base.take(path: object.key.dropFirst(prefix.count + 5), object)
        }
      }
      look.entries = try await entries(of: base, known: look.entries)
      let read = look.entries.values.map(\.entry)
      look.server.backups = .value(
        read.compactMap(\.backup).sorted { $0.backup.id < $1.backup.id },
        source: "\(look.server.path)/base/", at: began)
      look.server.remains = read.compactMap(\.remains).sorted { $0.id < $1.id }
    } catch {
      look.server.backups = .unavailable(error.part("base backups"), at: now())
    }
    return base.newestData
  }

  /// That of the newest backup that tells one.
  private func segmentSize(_ backups: [StoredBackup]) -> Int? {
    backups.last { $0.segmentSize != nil }?.segmentSize
  }

  // MARK: Base backups

  /// What a backup's directory holds: a backup, or what is left where one should be.
  enum Entry: Sendable {
    case backup(StoredBackup)
    case remains(BackupRemains)

    var backup: StoredBackup? { if case .backup(let backup) = self { backup } else { nil } }
    var remains: BackupRemains? { if case .remains(let rest) = self { rest } else { nil } }
    /// It will not change while its directory does not.
    var isFinal: Bool { backup.map { $0.status == "DONE" || $0.status == "FAILED" } ?? false }
  }

  private func entries(
    of base: BaseListing, known: [String: (directory: BaseListing.Directory, entry: Entry)]
  ) async throws(RecoveryError) -> [String: (directory: BaseListing.Directory, entry: Entry)] {
    let (client, prefix) = (client, prefix)
    let directories = base.backups.sorted { $0.key < $1.key }.map(\.value)
    let answers = try await concurrently(directories) { directory throws(RecoveryError) in
      if let former = known[directory.id], former.directory == directory, former.entry.isFinal {
        return former.entry
      }
      return await Self.entry(of: directory, prefix: prefix, client: client)
    }
    let pairs = zip(directories, answers).map { ($0.id, (directory: $0, entry: $1)) }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  private static func entry(
    of directory: BaseListing.Directory, prefix: String, client: S3Client
  ) async -> Entry {
    guard directory.hasInfo else { return .remains(directory.remains(nil)) }
    let path = prefix + "base/\(directory.id)/"
    do throws(RecoveryError) {
      let text = try await client.get(path + "backup.info", limit: 4 << 20)
      guard let info = BackupInfo(text: String(decoding: text, as: UTF8.self)) else {
        return .remains(directory.remains("it names no status"))
      }
      var keep: String?
      if directory.hasKeep {
        let text = try await client.get(path + "annotations/keep", limit: 64 << 10)
        keep = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
          .map(String.init)
      }
      return .backup(directory.backup(info, keep: keep))
    } catch {
      return .remains(directory.remains(error.message))
    }
  }

  // MARK: WAL

  /// What the history files tell, and of which files that is.
  struct Histories: Sendable {
    var files: [WALListing.HistoryFile] = []
    var switches: [TimelineSwitch] = []
    /// Files whose text could not be had, each with the reason.
    var unread: [UInt32: String] = [:]
  }

  private func lookAtWAL(_ extent: Extent, _ look: inout Look) async {
    let began = now()
    let directory = WALDirectory(client: client, prefix: prefix + "wals/")
    let size = segmentSize(look.server.backups.value ?? [])
    do throws(RecoveryError) {
      var listing: WALListing
      if extent != .whole, extent != .contents, let former = look.wal {
        listing = try await directory.advanced(former)
        if extent == .catalog { listing = try await directory.trimmed(listing) }
      } else {
        listing = try await directory.listing()
      }
      if look.histories.files != listing.histories || !look.histories.unread.isEmpty {
        look.histories = await histories(listing.histories)
      }
      look.wal = listing
      var wal = StoredWAL(listing, told: size, switches: look.histories.switches)
      wal.unreadHistories = look.histories.unread
      look.server.wal = .value(wal, source: "\(look.server.path)/wals/", at: began)
    } catch {
      look.wal = nil
      look.server.wal = .unavailable(error.part("WAL"), at: now())
    }
  }

  /// A history file holds all switches before its own: only those are read that no later one speaks for. Bounded.
  private func histories(_ files: [WALListing.HistoryFile]) async -> Histories {
    var switches: [UInt32: TimelineSwitch] = [:]
    var result = Histories(files: files)
    for file in files.reversed() where switches[file.timeline] == nil {
      do throws(RecoveryError) {
        let text = try HistoryText.text(
          try await client.get(file.key, limit: 1 << 20), file.compression)
        for change in TimelineSwitch.switches(timeline: file.timeline, text: text) {
          switches[change.timeline] = change
        }
        result.unread[file.timeline] = nil
        if switches[file.timeline] == nil { result.unread[file.timeline] = "it names no switch" }
      } catch {
        result.unread[file.timeline] = error.message
      }
    }
    result.switches = switches.values.sorted { $0.timeline < $1.timeline }
    return result
  }

  // MARK: What else there is

  private func uploads() async -> Observed<UploadRemains> {
    do throws(RecoveryError) {
      let found = try await client.unfinishedUploads(prefix: prefix).uploads
      return .value(
        UploadRemains(count: found.count, oldestAt: found.compactMap(\.since).min()),
        source: "ListMultipartUploads", at: now())
    } catch {
      return .unavailable(error.part("unfinished uploads"), at: now())
    }
  }

  /// As the newest object of data has it.
  private func encryption(_ key: String?) async -> Observed<String> {
    guard let key else { return .pending }
    do throws(RecoveryError) {
      let headers = try await client.head(prefix + "base/" + key)
      let kind =
        headers["x-amz-server-side-encryption"]
        ?? headers["x-amz-server-side-encryption-customer-algorithm"].map { "SSE-C \($0)" }
      return .value(kind ?? "none", source: "\(key)", at: now())
    } catch {
      return .unavailable(error.part("encryption"), at: now())
    }
  }
}

extension RecoveryError {
  fileprivate func part(_ name: String) -> Unavailable {
    Unavailable(part: name, reason: message, remedy: remedy)
  }
}

extension StoredWAL {
  init(_ listing: WALListing, told: Int?, switches: [TimelineSwitch]) {
    let size = told ?? listing.impliedSegmentSize ?? 16 << 20
    var twins = 0
    self.init(archive: listing.archive(segmentSize: size, switches: switches, twins: &twins))
    self.twins = twins
    objects = listing.objects
    bytes = listing.bytes
    histories = listing.histories.map(\.timeline)
    partials = listing.files.count(where: \.isPartial)
    marks = listing.marks
    strays = listing.strays
    for file in listing.files where !file.isPartial {
      compressions[file.compression.words, default: 0] += 1
    }
    isSegmentSizeAssumed = told == nil
    contradictsSegmentSize = listing.contradicts(segmentSize: size)
  }
}

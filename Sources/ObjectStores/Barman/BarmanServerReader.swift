import FoundationEssentials
import RecoveryModel
import Transports

/// Reads one server's part of a bucket: two listings, each backup's catalog entry, the newest history file, and what is
/// known of one object.
struct BarmanServerReader {
  let client: any ObjectStore
  /// With a slash at its end.
  let prefix: String
  let now: @Sendable () -> Date

  /// What a look found, and what a later one need not ask for again.
  struct Look: Sendable {
    var server: StoredServer
    /// Catalog entries by backup, with the listing of its directory that they were read at.
    var entries: [String: (directory: BaseListing.Directory, entry: Entry)] = [:]
    /// nil = was never had.
    var wal: WALListing?
    /// Of a segment, as the catalog told it when the WAL was judged.
    var segmentSize: Int?
    var histories = Histories()
  }

  /// How far a look goes beside what was archived since, which is a request.
  struct Extent: OptionSet, Sendable {
    let rawValue: Int

    /// What was added to the catalog or expired from it: one more, and one for each new backup.
    static let catalog = Extent(rawValue: 1)
    /// Where the timelines begin: one more for each.
    static let beginnings = Extent(rawValue: 2)
    private static let rest = Extent(rawValue: 4)
    /// All of catalog and WAL, and nothing of the bucket: for who reads the contents.
    static let contents: Extent = [.catalog, .beginnings]
    static let whole: Extent = [.catalog, .beginnings, .rest]
  }

  /// As `s3://bucket/prefix/server`.
  var path: String { client.words(trimmed) }

  private var trimmed: String { prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix }

  func read() async -> StoredServer { await look(.whole, after: nil).server }

  func look(_ extent: Extent, after former: Look?) async -> Look {
    let name = trimmed.split(separator: "/").last.map(String.init) ?? client.name
    var extent = former == nil && extent != .contents ? .whole : extent
    var look = former ?? Look(server: StoredServer(name: name, path: path))
    if extent.contains(.catalog) {
      let known = Set(look.entries.keys)
      let newestData = await lookAtCatalog(&look)
      // A backup that is gone has taken its WAL along.
      if !known.isSubset(of: look.entries.keys) { extent.insert(.beginnings) }
      if extent == .whole { await lookAtRest(newestData, &look.server) }
    }
    await lookAtWAL(extent, &look)
    if extent == .whole {
      look.server.walEncryption = await encryption(look.wal?.newest.map { "wals/\($0.path)" })
    }
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
      look.server.backups = look.server.backups.kept(after: error, "base backups", at: now())
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
      return try await Self.entry(of: directory, prefix: prefix, client: client)
    }
    let pairs = zip(directories, answers).map { ($0.id, (directory: $0, entry: $1)) }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  private static func entry(
    of directory: BaseListing.Directory, prefix: String, client: any ObjectStore
  ) async throws(RecoveryError) -> Entry {
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
    } catch  where error.detail == .storeLimit {
      throw error
    } catch {
      return .remains(directory.remains(error.message))
    }
  }

  // MARK: WAL

  /// What the history files tell, and of which files that is.
  struct Histories: Sendable, Equatable {
    var files: [WALListing.HistoryFile] = []
    var switches: [TimelineSwitch] = []
    /// Files whose text could not be had, each with the reason.
    var unread: [UInt32: String] = [:]
  }

  private func lookAtWAL(_ extent: Extent, _ look: inout Look) async {
    let began = now()
    do throws(RecoveryError) {
      let listing = try await listing(extent, look.wal)
      let known = look.histories
      if known.files != listing.histories || !known.unread.isEmpty || look.wal == nil {
        look.histories = await histories(listing.histories)
      }
      let size = segmentSize(look.server.backups.value ?? [])
      var wal = look.server.wal.value
      if wal == nil || look.wal != listing || look.segmentSize != size || look.histories != known {
        // Before it is judged: what comes of that lies in the same memory.
        let listing = listing.compacted
        wal = StoredWAL(listing, told: size, switches: look.histories.switches)
        wal?.unreadHistories = look.histories.unread
        look.wal = listing
        look.segmentSize = size
      }
      guard let wal else { return }
      look.server.wal = .value(wal, source: "\(path)/wals/", at: began)
    } catch {
      look.server.wal = look.server.wal.kept(after: error, "WAL", at: now())
    }
  }

  private func listing(
    _ extent: Extent, _ former: WALListing?
  ) async throws(RecoveryError) -> WALListing {
    let directory = WALDirectory(client: client, prefix: prefix + "wals/")
    guard extent != .whole, let former else { return try await directory.listing() }
    let listing = try await directory.advanced(former)
    return extent.contains(.beginnings) ? try await directory.corrected(listing) : listing
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
        if switches[file.timeline] == nil { result.unread[file.timeline] = StoredWAL.noSwitch }
      } catch {
        result.unread[file.timeline] = error.message
      }
    }
    result.switches = switches.values.sorted { $0.timeline < $1.timeline }
    return result
  }

  // MARK: What else there is

  private func lookAtRest(_ newestData: String?, _ server: inout StoredServer) async {
    server.encryption = await encryption(newestData.map { "base/" + $0 })
    server.posture = await client.posture(of: prefix, now: now())
    let (client, prefix) = (client, prefix)
    server.uploads = await part("unfinished uploads", "ListMultipartUploads") {
      () throws(RecoveryError) in try await client.uploadRemains(prefix: prefix)
    }
    // A listing of versions is one of everything.
    guard !server.posture.isNeverVersioned else {
      server.oldVersions = .value(
        OldVersions(), source: server.posture.versioning.source ?? "versioning", at: now())
      return
    }
    server.oldVersions = await part("old versions", "ListObjectVersions") {
      () throws(RecoveryError) in try await client.oldVersions(prefix: prefix)
    }
  }

  private func part<Value: Sendable & Equatable>(
    _ name: String, _ source: String, _ ask: () async throws(RecoveryError) -> Value
  ) async -> Observed<Value> {
    do throws(RecoveryError) {
      return .value(try await ask(), source: source, at: now())
    } catch {
      return .unavailable(error.part(name), at: now())
    }
  }

  /// As an object has it; nil = there is none to look at.
  private func encryption(_ path: String?) async -> Observed<String> {
    guard let path else { return .pending }
    let (client, prefix) = (client, prefix)
    return await part("encryption", path) { () throws(RecoveryError) in
      client.encryption(try await client.head(prefix + path))
    }
  }
}

extension Observed {
  /// What is known after a look that failed: of a limit that is reached, what was seen before it.
  fileprivate func kept(after error: RecoveryError, _ part: String, at: Date) -> Observed {
    if error.detail == .storeLimit, value != nil { return self }
    return .unavailable(error.part(part), at: at)
  }
}

extension RecoveryError {
  fileprivate func part(_ name: String) -> Unavailable {
    Unavailable(part: name, reason: message, remedy: remedy, code: code, detail: detail)
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
    partials = listing.partials
    marks = listing.marks
    strays = listing.strays
    compressions = listing.compressions
    isSegmentSizeAssumed = told == nil
    contradictsSegmentSize = listing.contradicts(segmentSize: size)
  }
}

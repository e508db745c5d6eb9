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

  func read() async -> StoredServer {
    let trimmed = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    let name = trimmed.split(separator: "/").last.map(String.init) ?? client.place.bucket
    var server = StoredServer(name: name, path: client.place.words(trimmed))
    var base = BaseListing()
    do throws(RecoveryError) {
      try await client.listAll(prefix: prefix + "base/") { page in
        for object in page.objects {
          base.take(path: object.key.dropFirst(prefix.count + 5), object)
        }
      }
      let read = try await entries(of: base)
      server.backups = .value(read.backups, source: "\(server.path)/base/", at: now())
      server.remains = read.remains
    } catch {
      server.backups = .unavailable(error.part("base backups"), at: now())
    }
    server.wal = await wal(segmentSize: segmentSize(server.backups.value ?? []), server.path)
    server.uploads = await uploads()
    server.encryption = await encryption(base.newestData)
    return server
  }

  /// That of the newest backup that tells one.
  private func segmentSize(_ backups: [StoredBackup]) -> Int? {
    backups.last { $0.segmentSize != nil }?.segmentSize
  }

  // MARK: Base backups

  private func entries(
    of base: BaseListing
  ) async throws(RecoveryError) -> (backups: [StoredBackup], remains: [BackupRemains]) {
    let (client, prefix) = (client, prefix)
    let directories = base.backups.sorted { $0.key < $1.key }.map(\.value)
    let answers = try await concurrently(directories) { directory throws(RecoveryError) in
      await Self.entry(of: directory, prefix: prefix, client: client)
    }
    var result: (backups: [StoredBackup], remains: [BackupRemains]) = ([], [])
    for answer in answers {
      switch answer {
      case .success(let backup): result.backups.append(backup)
      case .failure(let remains): result.remains.append(remains.value)
      }
    }
    return result
  }

  private struct Unread: Error { var value: BackupRemains }

  private static func entry(
    of directory: BaseListing.Directory, prefix: String, client: S3Client
  ) async -> Result<StoredBackup, Unread> {
    guard directory.hasInfo else { return .failure(Unread(value: directory.remains(nil))) }
    let path = prefix + "base/\(directory.id)/"
    do throws(RecoveryError) {
      let text = try await client.get(path + "backup.info", limit: 4 << 20)
      guard let info = BackupInfo(text: String(decoding: text, as: UTF8.self)) else {
        return .failure(Unread(value: directory.remains("it names no status")))
      }
      var keep: String?
      if directory.hasKeep {
        let text = try await client.get(path + "annotations/keep", limit: 64 << 10)
        keep = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
          .map(String.init)
      }
      return .success(directory.backup(info, keep: keep))
    } catch {
      return .failure(Unread(value: directory.remains(error.message)))
    }
  }

  // MARK: WAL

  private func wal(segmentSize: Int?, _ path: String) async -> Observed<StoredWAL> {
    let began = now()
    do throws(RecoveryError) {
      let listing = try await WALDirectory(client: client, prefix: prefix + "wals/").listing()
      let read = await histories(listing.histories)
      var wal = StoredWAL(listing, told: segmentSize, switches: read.switches)
      wal.unreadHistories = read.unread
      return .value(wal, source: "\(path)/wals/", at: began)
    } catch {
      return .unavailable(error.part("WAL"), at: now())
    }
  }

  /// A history file holds all switches before its own: only those are read that no later one speaks for. Bounded.
  private func histories(
    _ files: [WALListing.HistoryFile]
  ) async -> (switches: [TimelineSwitch], unread: [UInt32: String]) {
    var switches: [UInt32: TimelineSwitch] = [:]
    var unread: [UInt32: String] = [:]
    for file in files.reversed() where switches[file.timeline] == nil {
      do throws(RecoveryError) {
        let text = try HistoryText.text(
          try await client.get(file.key, limit: 1 << 20), file.compression)
        for change in TimelineSwitch.switches(timeline: file.timeline, text: text) {
          switches[change.timeline] = change
        }
        unread[file.timeline] = nil
        if switches[file.timeline] == nil { unread[file.timeline] = "it names no switch" }
      } catch {
        unread[file.timeline] = error.message
      }
    }
    return (switches.values.sorted { $0.timeline < $1.timeline }, unread)
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

import FoundationEssentials
import LocalFiles
import PostgresServers
import RecoveryModel

/// The WAL archive of the repository.
extension PgBackRestObserver {
  func archive() async -> ReportUpdate {
    var update = ReportUpdate()
    let began = now()
    let stamp = archiveStamp()
    let isSame = stamp != nil && archiveLook?.stamp == stamp
    do throws(RecoveryError) {
      if !isSame { try await lookAtArchive(stamp: stamp, began: began) }
      await segmentSizeSettled()
      // No server tells it: the catalog does. With a wrong size every name means another place.
      if toldSegmentSize == 0, catalogLook == nil { _ = await catalog() }
      // By now the servers have said which database runs.
      if let look = archiveLook, look.id != look.listing.id(of: runningDatabase) {
        archiveLook = try await sorted(look.listing, stamp: look.stamp, at: look.at)
      }
      guard let look = archiveLook else { return update }
      let archive = (look.archive ?? ArchiveListing.Archive()).walArchive(
        segmentSize: segmentSize, switches: look.switches)
      stored = archive
      update.walArchive = .value(
        archive, source: "pgbackrest repo-ls", at: isSame ? began : look.at)
    } catch {
      archiveLook = nil
      update.walArchive = .unavailable(error.unavailable("WAL archive"), at: now())
    }
    return update
  }

  private func lookAtArchive(stamp: String?, began: Date) async throws(RecoveryError) {
    let look = try await lister.look()
    archiveLook = try await sorted(
      look.listing, stamp: look.at >= began ? stamp : nil, at: look.at)
  }

  /// What of a listing is the running database's. It may not have archived anything yet: then the former one's WAL is not
  /// its own.
  private func sorted(
    _ listing: ArchiveListing, stamp: String?, at: Date
  ) async throws(RecoveryError) -> ArchiveLook {
    let id = listing.id(of: runningDatabase)
    let archive = id.flatMap { listing.archives[$0] }
    let switches = try await switches(archive?.histories ?? [], id: id ?? "")
    return ArchiveLook(stamp: stamp, listing: listing, at: at, switches: switches, id: id)
  }

  /// The catalog's number for the database that runs: the newest, unless the primary says that it is an earlier one, as
  /// after a stanza-upgrade that somebody went back from.
  private var runningDatabase: Int? {
    let known = catalogLook?.info.databases(repository: tool.repository) ?? []
    let system = board.primary?.instance.systemIdentifier
    return
      (system.flatMap { id in known.last { $0.identity.systemIdentifier == id } }
      ?? known.last)?.id
  }

  private func switches(
    _ files: [ArchiveListing.HistoryFile], id: String
  ) async throws(RecoveryError) -> [TimelineSwitch] {
    var all: Set<TimelineSwitch> = []
    for file in files {
      let path = "archive/\(stanza)/\(id)/\(file.name)"
      if histories[path]?.file != file, let timeline = WALSegment.timeline(ofFile: file.name) {
        let text = try await tool.ask([repositoryOption, "repo-get", path])
        histories[path] = (file, TimelineSwitch.switches(timeline: timeline, text: text))
      }
      all.formUnion(histories[path]?.switches ?? [])
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
}

extension PgBackRestObserver.ArchiveLook {
  /// Of the database that runs now.
  package var archive: ArchiveListing.Archive? { id.flatMap { listing.archives[$0] } }
}

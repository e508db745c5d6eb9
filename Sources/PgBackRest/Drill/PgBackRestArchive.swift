import DrillParts
import Glibc
import RecoveryModel
import Synchronization
import Transports

/// A stanza as a drill restores from it.
struct PgBackRestArchive: HostDrillArchive {
  var site: OperationSite
  var processes: ProcessRunner
  /// Seconds that a drill may take.
  var timeout: Double

  let fetcher = "pgbackrest archive-get"

  /// The backup is still there, its own WAL is complete, and its PostgreSQL is installed.
  func check(_ order: DrillOrder) async throws {
    let probe: StanzaProbe
    do {
      probe = try await StanzaProbe.ask(site, processes)
    } catch let error as RecoveryError where error.code != .cancelled {
      throw DrillEnd.couldNotRun(error.message)
    }
    guard let entry = probe.backup.first(where: { $0.label == order.label }) else {
      throw DrillEnd.couldNotRun("backup \(order.label) is no longer in the catalog")
    }
    guard let database = probe.database(of: entry) else {
      throw DrillEnd.couldNotRun("the catalog does not say which PostgreSQL made \(order.label)")
    }
    try site.host.requireServer(major: database.major)
    let own = Set([entry.archive?.start, entry.archive?.stop].compactMap { $0 })
    for segment in own.sorted() {
      let archived = try await StanzaProbe.archived(
        near: segment, archive: database.archive, site, processes)
      guard archived.contains(segment) else {
        throw DrillEnd.failed(
          "segment \(segment), which backup \(order.label) needs to become consistent, is missing "
            + "from the archive: this backup cannot be restored")
      }
    }
  }

  func restore(
    _ order: DrillOrder, into directory: DrillDirectory, tell: @escaping @Sendable (String) -> Void
  ) async throws {
    let command = RestoreCommand(
      label: order.label, target: order.target, timeline: order.timeline,
      repository: site.repository, directory: directory, moment: order.moment)
    let said = Mutex(BackupTranscript())
    let request = site.request(
      command.arguments, environment: command.environment,
      deadline: (order.keep == nil ? timeout : KeepOrder.limit) + 60)
    let status = try await processes.follow(request) { line in
      said.withLock { $0.read(line) }
      if let text = BackupTranscript.message(line) { tell(text) }
    }
    guard status == 0 else {
      let said = said.withLock { $0 }
      let free = FileText.freeBytes(directory.path) ?? .max
      throw ToolEnding(
        number: status, said: said.lastError ?? "it gave no reason",
        // pgBackRest does not always say what made a write fail.
        isCramped: said.isDiskFull || free < CopyEnding.cramped
      ).end("restore", status: status, place: order.place)
    }
  }

  func environment(_ directory: DrillDirectory) -> [String: String] {
    site.variables(RestoreCommand.environment(directory: directory, console: "warn"))
  }

  func end(fetching log: RecoveryLog, isCramped: Bool, place: String) async -> DrillEnd? {
    guard let last = log.complaints.last,
      // One that was ended itself has said nothing of the repository.
      !log.fatals.contains(where: { $0.hasPrefix("could not restore file ") })
    else { return nil }
    let ending = ToolEnding(number: last.number, said: last.text, isCramped: isCramped)
    switch ending.end("archive-get", status: last.number, place: place) {
    case .failed: return nil
    case let end: return end
    }
  }
}

extension OperationSite {
  /// The same for what is no matter of pgBackRest's.
  package var host: HostDrillSite {
    var host = HostDrillSite(account: account, programs: programs)
    host.addresses = addresses
    host.passwords = passwords
    host.database = database
    host.roles = (1...8).compactMap { file.value("pg\($0)-user", stanza: stanza) }
    host.forbidden = dataDirectories.map { .init(path: $0, what: "the data directory") }
    if let repository = place.path {
      host.forbidden.append(.init(path: repository, what: "the repository"))
      host.neighbour = repository
    }
    return host
  }
}

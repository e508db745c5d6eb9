import FoundationEssentials
import PostgresServers
import RecoveryModel
import Transports

/// Answers the sources of one cluster, and keeps between them what one learns from another.
actor PgBackRestObserver {
  let tool: PgBackRestTool
  let place: RepositoryPlace
  /// Numbers of the repositories that are configured too.
  let others: [Int]
  private let shared: SharedPlaceFinder?
  /// Path that a drill would restore to now.
  let drillPlace: @Sendable () -> String
  /// Recoveries that were carried out here and stay.
  private let kept: @Sendable () -> [KeptRecovery]
  private let sight: RecoverySight
  private var recoveryMemory = RecoveryMemory()
  /// What the archive held when it was last listed.
  var stored: WALArchive?
  let now: @Sendable () -> Date
  private let watches: [String: InstanceWatch]
  private(set) var board: InstanceBoard
  /// From pgbackrest.conf: restore workers, asynchronous fetch.
  var fileConfiguration = ServerConfiguration()
  /// Bytes per segment, as a server last told; 0 = never.
  private(set) var toldSegmentSize = 0
  /// Seconds; a listing goes on while looks at it end.
  private static let listingDeadline = 1800.0
  /// Looks at servers that are under way, and who waits for what they tell of the segment size.
  private var looking = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []
  var catalogLook: CatalogLook?
  /// The catalog was asked for and told nothing.
  var catalogIsLost = false
  let lister: ArchiveLister
  var archiveLook: ArchiveLook?
  /// Contents of history files by path.
  var histories: [String: (file: ArchiveListing.HistoryFile, switches: [TimelineSwitch])] = [:]

  struct CatalogLook: Sendable {
    var stamp: String?
    var at: Date
    var info: PgBackRestInfo
    /// What `BackupFiles` found, by label.
    var damage: [String: String]
  }
  struct ArchiveLook: Sendable {
    var stamp: String?
    var listing: ArchiveListing
    var at: Date
    var switches: [TimelineSwitch]
    /// Archive id of the database that runs now.
    var id: String?
  }

  init(
    tool: PgBackRestTool, place: RepositoryPlace, others: [Int] = [],
    shared: SharedPlaceFinder? = nil,
    drillPlace: @escaping @Sendable () -> String,
    kept: @escaping @Sendable () -> [KeptRecovery] = { [] }, ownDirectory: String? = nil,
    logDirectory: String? = nil,
    cluster: String, clients: [(String, SQLClient)], now: @escaping @Sendable () -> Date
  ) {
    self.tool = tool
    self.place = place
    self.others = others
    self.shared = shared
    self.drillPlace = drillPlace
    self.kept = kept
    sight = RecoverySight(
      stanza: tool.settings.stanza, configuration: tool.settings.config, ownDirectory: ownDirectory,
      drillPlace: drillPlace, logDirectory: logDirectory)
    self.now = now
    board = InstanceBoard(names: clients.map(\.0), cluster: cluster)
    lister = ArchiveLister(
      ask: { path, recurse throws(RecoveryError) in
        let place = "archive/\(tool.settings.stanza)" + (path.isEmpty ? "" : "/\(path)")
        return try await tool.ask(
          ["--repo=\(tool.repository)", "--output=json"] + (recurse ? ["--recurse"] : [])
            + ["repo-ls", place], deadline: Self.listingDeadline, endsWithUs: true)
      },
      undecodable: { tool.undecodable($0, command: "repo-ls") }, now: now)
    let address = { (name: String) in tool.settings.instances.first { $0.name == name } }
    watches = Dictionary(
      clients.map {
        (
          $0.0,
          InstanceWatch(
            name: $0.0, client: $0.1, promotion: address($0.0)?.promotion,
            socket: address($0.0).flatMap(ServerSocket.init),
            configured: { [conninfo = address($0.0)?.conninfo] in
              conninfo.flatMap {
                tool.sources.dataDirectory(at: $0, stanza: tool.settings.stanza)
              }
            }, now: now)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  func observe(_ source: String) async -> ReportUpdate {
    switch source {
    case "catalog": return await catalog()
    case "archive": return await archive()
    case "settings": return settings()
    case "repositories": return await repositories()
    case "recoveries": return await recoveries()
    default:
      guard source.hasPrefix("instance:"),
        let watch = watches[String(source.dropFirst("instance:".count))]
      else { return ReportUpdate() }
      looking += 1
      let answer = await watch.look()
      looking -= 1
      if let size = answer.segmentSize { toldSegmentSize = size }
      let update = joined(after: answer)
      if segmentSizeIsSettled {
        for continuation in waiting { continuation.resume() }
        waiting = []
      }
      return update
    }
  }

  /// One look after the other: each tells by the one before it.
  private func recoveries() async -> ReportUpdate {
    await segmentSizeSettled()
    var sight = sight
    sight.systemIdentifier = board.primary?.instance.systemIdentifier
    let (size, now, memory, archive) = (segmentSize, now(), recoveryMemory, stored)
    var update = ReportUpdate()
    update.kept = kept()
    (update.recoveries, recoveryMemory) = await withCheckedContinuation { [sight] answer in
      startDetachedThread {
        var memory = memory
        let seen = sight.sightings(segmentSize: size, at: now)
        answer.resume(returning: (memory.take(seen, archive: archive, at: now), memory))
      }
    }
    return update
  }

  /// All sources are asked at once, and a segment's name says nothing before its size is known: whoever reads
  /// names comes back when a server has told it, or when none is being asked (any more) that could.
  func segmentSizeSettled() async {
    guard !segmentSizeIsSettled else { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  private var segmentSizeIsSettled: Bool {
    toldSegmentSize > 0 || looking == 0 || board.everybodyAsked
  }

  /// WAL segment size in bytes: the server's word, else what the catalog or the archive's names betray, else the
  /// default.
  var segmentSize: Int {
    if toldSegmentSize > 0 { return toldSegmentSize }
    let implied = catalogLook?.info.impliedSegmentSize ?? archiveLook?.archive?.impliedSegmentSize
    return implied ?? 16 << 20
  }

  private func joined(after answer: InstanceAnswer) -> ReportUpdate {
    var update = board.take(answer)
    guard board.primary?.instance.name == answer.instance.name else { return update }
    if case .value(var archive, let source, let at) = update.archive {
      archive.checkCommand = tool.checkCommand
      archive.stopped = stopped()
      update.archive = .value(archive, source: source, at: at)
    }
    update.configuration = configuration(at: answer.instance.observedAt)
    update.sharedPlace = .some(
      shared?.find(primary: answer.instance.name, at: answer.instance.observedAt))
    return update
  }

  /// `pgbackrest stop` was said on this host.
  private func stopped() -> StoppedTool? {
    StopFile.find(lockPath: place.lockPath, stanza: tool.settings.stanza).map { stop in
      StoppedTool(
        what: stop.words, since: stop.since,
        remedy: "run: "
          + stop.command(
            tool.settings.executable, tool.sources.arguments, stanza: tool.settings.stanza))
    }
  }

  /// Server and tool settings together; what the primary last told is kept while it is away.
  func configuration(at: Date) -> Observed<ServerConfiguration> {
    var value = fileConfiguration
    var source = tool.sources.words
    if let primary = board.primary {
      value.sharedBuffers = primary.sharedBuffers
      value.dataChecksums = primary.dataChecksums
      value.databaseBytes = primary.databaseBytes
      source = "\(primary.instance.name), \(source)"
    }
    return .value(value, source: source, at: at)
  }
}

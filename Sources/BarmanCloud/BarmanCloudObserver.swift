import FoundationEssentials
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// Answers the sources of one cluster, and keeps between them what one learns from another.
actor BarmanCloudObserver {
  nonisolated let settings: BarmanCloudSettings
  private let seams: StoreSeams
  /// No place for drills is given.
  private let isWithoutPlace: Bool
  /// Recoveries that were carried out here and stay.
  private let kept: @Sendable () -> [KeptRecovery]
  private let now: @Sendable () -> Date
  private let watches: [String: InstanceWatch]
  private var board: InstanceBoard
  private let store: StoreWatch
  /// Rings when a look at the store ends that nobody has waited for to its end.
  nonisolated let late: QuestionBell

  init(
    settings: BarmanCloudSettings, seams: StoreSeams, isWithoutPlace: Bool = true,
    kept: @escaping @Sendable () -> [KeptRecovery] = { [] },
    cluster: String, connect: (ServerAddress) -> SQLClient, now: @escaping @Sendable () -> Date
  ) {
    self.settings = settings
    self.seams = seams
    self.isWithoutPlace = isWithoutPlace
    self.kept = kept
    self.now = now
    store = StoreWatch(
      prefix: settings.address.prefix, now: now, limit: settings.limit,
      reading: PatientTask(pause: seams.sleep),
      open: { () throws(RecoveryError) in
        try seams.store(settings.question, at: settings.address)
      })
    late = store.late
    board = InstanceBoard(names: settings.instances.map(\.name), cluster: cluster)
    watches = Dictionary(
      settings.instances.map {
        (
          $0.name,
          InstanceWatch(
            name: $0.name, client: connect($0), promotion: $0.promotion,
            socket: ServerSocket($0), now: now)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  func contents() async throws -> ScrubInventory {
    try await BarmanContents(
      client: seams.store(settings.question, at: settings.address),
      prefix: settings.address.prefix, tools: seams.tools, now: now
    ).inventory()
  }

  func observe(_ source: String) async -> ReportUpdate {
    if source == "store" { return await lookAtStore() }
    guard let watch = watches[String(source.dropFirst("instance:".count))] else {
      return ReportUpdate()
    }
    return joined(after: await watch.look())
  }

  // MARK: Store

  private func lookAtStore() async -> ReportUpdate {
    var update = ReportUpdate()
    update.obstacles = Self.obstacles(settings, isWithoutPlace: isWithoutPlace)
    update.kept = kept()
    if settings.instances.isEmpty {
      update.isStoreAlone = true
      func nobody(_ part: String) -> Unavailable {
        Unavailable(
          part: part, reason: "no server is known: a store alone",
          remedy: "where one runs, name it under instances of the engine barman-cloud")
      }
      update.instances = .unavailable(nobody("instances"), at: now())
      update.archive = .unavailable(nobody("archive"), at: now())
    }
    do throws(RecoveryError) {
      take(try await store.server(mark: ""), into: &update)
      update.ownPaces = [.backups: StoreWatch.catalogPace]
    } catch {
      func missing(_ part: String) -> Unavailable {
        Unavailable(part: part, reason: error.message, remedy: error.remedy, code: error.code)
      }
      update.backups = .unavailable(missing("backups"), at: now())
      update.walArchive = .unavailable(missing("WAL archive"), at: now())
    }
    update.traffic = .some(await store.traffic)
    return update
  }

  private func take(_ server: StoredServer, into update: inout ReportUpdate) {
    let report = server.report(now: now())
    update.backups = report.backups
    update.walArchive = report.walArchive
    update.storeFacts = server.facts
    let at = server.wal.at ?? now()
    var policy = RetentionPolicy(text: "not known: whoever runs barman-cloud-backup-delete decides")
    policy.wal = report.backups.value.flatMap { server.retention($0) }
    update.retention = .value(policy, source: server.path, at: at)
    update.storage = .value(
      StorageUsage(repositoryBytes: server.bytes), source: server.path, at: at)
    update.engineFindings = .value(
      server.findings(in: report, now: now()).map { EngineFinding($0, .repository) },
      source: server.path, at: at)
  }

  /// What it cannot do, and by what somebody can.
  static func obstacles(
    _ settings: BarmanCloudSettings, isWithoutPlace: Bool
  ) -> [OperationKind: PlanObstacle] {
    let place = settings.question.address
    let backup =
      settings.instances.isEmpty
      ? PlanObstacle(
        why: "nobody is known here that could be backed up",
        remedy: "where the cluster still runs, take a base backup of it there")
      : PlanObstacle(
        why: "barman-cloud takes a base backup on the server's own host",
        remedy: "run barman-cloud-backup there, for \(place)")
    guard isWithoutPlace else { return [.backup: backup] }
    return [
      .backup: backup,
      .drill: PlanObstacle(
        why: "no place is given for drills",
        remedy: "set drill.place to a directory on a host that has room and PostgreSQL of that "
          + "major version, and drill there"),
    ]
  }

  // MARK: Servers

  /// Both are on this host.
  private func sharedPlace(_ primary: Instance) -> SharedPlace? {
    guard !settings.acceptsSharedPlace, let endpoint = settings.question.endpointURL,
      let address = settings.instances.first(where: { $0.name == primary.name }),
      address.isOnThisHost
    else { return nil }
    let server = HTTPRequest.server(of: endpoint)
    let host = server.firstRange(of: "://").map { server[$0.upperBound...] } ?? server[...]
    guard ServerAddress.isThisHost(String(host.prefix { $0 != ":" && $0 != "/" })) else {
      return nil
    }
    return SharedPlace(
      extent: .machine, what: "\(server) is on the host that \(primary.name) runs on",
      source: "endpoint_url", at: primary.observedAt)
  }

  private func joined(after answer: InstanceAnswer) -> ReportUpdate {
    var update = board.take(answer)
    guard let primary = board.primary, primary.instance.name == answer.instance.name else {
      return update
    }
    update.sharedPlace = .some(sharedPlace(primary.instance))
    update.configuration = .value(
      ServerConfiguration(
        sharedBuffers: primary.sharedBuffers, dataChecksums: primary.dataChecksums,
        databaseBytes: primary.databaseBytes), source: primary.instance.name,
      at: answer.instance.observedAt)
    return update
  }
}

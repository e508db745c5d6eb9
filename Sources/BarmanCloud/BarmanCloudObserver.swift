import FoundationEssentials
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// Answers the sources of one cluster, and keeps between them what one learns from another.
actor BarmanCloudObserver {
  nonisolated let settings: BarmanCloudSettings
  private let seams: StoreSeams
  private let now: @Sendable () -> Date
  private let watches: [String: InstanceWatch]
  private var board: InstanceBoard
  private var watch: StoreWatch?
  private var openedAt = Date.distantPast
  private var listener: Task<Void, Never>?
  /// Rings when a look at the store ends that nobody has waited for to its end.
  nonisolated let late = QuestionBell()

  /// Seconds after which credentials are looked for anew.
  private static let credentialsPace = 3600.0

  init(
    settings: BarmanCloudSettings, seams: StoreSeams,
    connect: (ServerAddress) -> SQLClient, now: @escaping @Sendable () -> Date
  ) {
    self.settings = settings
    self.seams = seams
    self.now = now
    board = InstanceBoard(names: settings.instances.map(\.name))
    watches = Dictionary(
      settings.instances.map {
        ($0.name, InstanceWatch(name: $0.name, client: connect($0), now: now))
      }, uniquingKeysWith: { first, _ in first })
  }

  deinit { listener?.cancel() }

  func observe(_ source: String) async -> ReportUpdate {
    if source == "store" { return await store() }
    guard let watch = watches[String(source.dropFirst("instance:".count))] else {
      return ReportUpdate()
    }
    return joined(after: await watch.look())
  }

  // MARK: Store

  private func store() async -> ReportUpdate {
    var update = ReportUpdate()
    update.obstacles = Self.obstacles(settings)
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
      let watch = try opened()
      guard let server = await watch.server(mark: "") else {
        throw RecoveryError(
          .timedOut,
          "the store is still being read, for \(Format.duration(await watch.waited)) so far",
          remedy: "wait: it goes on in a running console or exporter, and later looks are short")
      }
      if server.wal.failure != nil, server.backups.failure != nil { self.watch = nil }
      take(server, into: &update)
    } catch {
      func missing(_ part: String) -> Unavailable {
        Unavailable(part: part, reason: error.message, remedy: error.remedy, code: error.code)
      }
      update.backups = .unavailable(missing("backups"), at: now())
      update.walArchive = .unavailable(missing("WAL archive"), at: now())
    }
    return update
  }

  private func take(_ server: StoredServer, into update: inout ReportUpdate) {
    let report = server.report(now: now())
    var backups = report.backups
    if case .value(let catalog, let source, _) = backups {
      backups = .value(catalog, source: source, at: server.backups.at ?? now())
    }
    update.backups = backups
    update.walArchive = server.archive(from: backups.value?.lastGood?.timeline)
    let at = server.wal.at ?? now()
    var policy = RetentionPolicy(text: "not known: whoever runs barman-cloud-backup-delete decides")
    policy.wal = backups.value.flatMap { server.retention($0) }
    update.retention = .value(policy, source: server.path, at: at)
    update.storage = .value(
      StorageUsage(repositoryBytes: server.bytes), source: server.path, at: at)
    update.engineFindings = .value(
      server.findings(now: now()).map { EngineFinding($0, .repository) }, source: server.path,
      at: at)
  }

  private func opened() throws(RecoveryError) -> StoreWatch {
    let began = now()
    if let watch, began.timeIntervalSince(openedAt) < Self.credentialsPace { return watch }
    let client = try seams.client(
      StoreQuestion(
        address: "", endpointURL: settings.endpointURL, region: settings.region,
        profile: settings.profile, authorityFile: settings.authorityFile,
        usesPathStyle: settings.usesPathStyle), bucket: settings.address.bucket)
    let watch = StoreWatch(
      client: client, prefix: settings.address.prefix, now: now,
      reading: PatientTask(pause: seams.sleep))
    (self.watch, openedAt) = (watch, began)
    listener?.cancel()
    let rings = watch.late.rings()
    listener = Task { [late] in for await _ in rings { late.announce() } }
    return watch
  }

  /// What it cannot do, and by what somebody can.
  static func obstacles(_ settings: BarmanCloudSettings) -> [OperationKind: PlanObstacle] {
    let place = "s3://\(settings.address.bucket)/\(settings.address.prefix)"
    let backup =
      settings.instances.isEmpty
      ? PlanObstacle(
        why: "nobody is known here that could be backed up",
        remedy: "where the cluster still runs, take a base backup of it there")
      : PlanObstacle(
        why: "barman-cloud takes a base backup on the server's own host",
        remedy: "run barman-cloud-backup there, for \(place)")
    return [
      .backup: backup,
      .drill: PlanObstacle(
        why: "a drill from a bucket is not made by pgvigil",
        remedy: "restore it by hand: barman-cloud-restore, with barman-cloud-wal-restore as "
          + "restore_command, for \(place)"),
    ]
  }

  // MARK: Servers

  private func joined(after answer: InstanceAnswer) -> ReportUpdate {
    board.record(answer)
    let at = answer.instance.observedAt
    var update = ReportUpdate()
    update.instances = .value(board.instances(), source: "PostgreSQL", at: at)
    if let primary = board.primary {
      guard primary.instance.name == answer.instance.name else { return update }
      if let archive = primary.archive {
        update.archive = .value(
          archive, source: "pg_stat_archiver on \(primary.instance.name)", at: at)
      }
      update.configuration = .value(
        ServerConfiguration(
          sharedBuffers: primary.sharedBuffers, dataChecksums: primary.dataChecksums,
          databaseBytes: primary.databaseBytes), source: primary.instance.name, at: at)
    } else if board.everybodyAsked {
      update.archive = .unavailable(board.withoutPrimary(at: at), at: at)
    }
    return update
  }
}

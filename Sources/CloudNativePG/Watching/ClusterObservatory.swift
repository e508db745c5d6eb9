import FoundationEssentials
import Kubernetes
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// Keeps what is known of one cluster: its objects are read from the watches, its instances are asked here.
package actor ClusterObservatory {
  package nonisolated let key: ObjectKey
  package nonisolated let context: ClusterContext
  let archives: ArchivePlaces
  package let settings: CloudNativePGSettings
  package let now: @Sendable () -> Date
  let openSQL: @Sendable (ServerAddress) -> SQLClient

  /// The last answer of each instance manager.
  var statuses: [String: Observed<InstanceManagerStatus>] = [:]
  var earlier: PrimaryLook?
  var waiting: WaitingWAL?
  var metrics: [String: [MetricsLook]] = [:]
  var metricsAt: Date?
  var servers: [String: InstanceAnswer] = [:]
  var watches: [String: InstanceWatch] = [:]
  var look: Task<Void, Never>?
  private var logs = FailureLogs()
  /// How the recovery that made it compares with the archive: judged when its log was read, for as long as it is there.
  private var replay: (pod: String, short: RecoveryShortfall?, isWhole: Bool)?
  private var logLook: Task<Void, Never>?
  /// Of the recovery that makes it, while one runs; not asked again before a refusal has had its time.
  var recoveryReading: RecoveryReading?
  var followRefusedUntil: Date?
  /// Of the recoveries that others are made by from what it has stored.
  var besides: [ObjectKey: BesideRecovery] = [:]
  /// By namespace.
  var warnings: [String: StartWarnings] = [:]
  /// Told when a report of the objects finds that a log has the reason of something.
  nonisolated let questions = QuestionBell()
  nonisolated let store: ClusterStore
  private var stored: Observed<StoredServer> = .pending
  private var storeFindings: [Finding] = []
  private var storeSecretFault: String?
  private var traffic: StoreTraffic?
  var nightly: [NightlyJob] = []
  var nightlyAt: Date?
  var knowsOperator = false
  var snapshots: Observed<[String: VolumeSnapshot.Status]> = .pending
  var snapshotsAt: Date?
  /// Sources that somebody has asked for before.
  private var asked: Set<Source> = []
  private var wasSeen = false
  /// When it was first found to be gone; nil while it is there, or never was.
  private var deletedAt: Date?
  /// The proxy was refused: not asked again before then.
  var refusedUntil: Date?

  /// What is asked by itself.
  package enum Source: String, CaseIterable, Sendable {
    case objects, instances, sizes, logs, store, nightly

    /// What it speaks for.
    func part(of full: ReportUpdate) -> ReportUpdate {
      var update = ReportUpdate()
      switch self {
      case .objects: return full
      case .instances:
        update.instances = full.instances
        update.archive = full.archive
        (update.engineFindings, update.obstacles) = (full.engineFindings, full.obstacles)
      case .sizes:
        update.storage = full.storage
        update.configuration = full.configuration
      case .logs:
        update.archive = full.archive
        update.backups = full.backups
        update.descent = full.descent
        (update.engineFindings, update.obstacles) = (full.engineFindings, full.obstacles)
        update.activities = full.activities
        update.recoveries = full.recoveries
      case .nightly: update.engineFindings = full.engineFindings
      case .store:
        update.walArchive = full.walArchive
        update.backups = full.backups
        update.descent = full.descent
        update.retention = full.retention
        update.storage = full.storage
        (update.engineFindings, update.obstacles) = (full.engineFindings, full.obstacles)
      }
      return update
    }
  }

  /// Seconds that a refusal of the proxy is taken as lasting.
  static let refusalLifetime = 30.0
  /// Seconds between two looks at sizes.
  static let metricsPace = 290.0
  /// Seconds after which sizes say nothing any more.
  private static let metricsLifetime = 3600.0

  init(
    key: ObjectKey, context: ClusterContext, archives: ArchivePlaces,
    settings: CloudNativePGSettings,
    now: @escaping @Sendable () -> Date,
    openSQL: @escaping @Sendable (ServerAddress) -> SQLClient, store: StoreSeams
  ) {
    self.key = key
    self.context = context
    self.archives = archives
    self.settings = settings
    self.now = now
    self.openSQL = openSQL
    self.store = ClusterStore(
      access: StoreAccess(
        options: settings.store, client: { context.connection?.client },
        namespace: key.namespace, seams: store), now: now)
  }

  var reading: ClusterReading {
    ClusterReading(context: context, archives: archives, key: key)
  }

  /// What is known now; nil while the Cluster is not known.
  package func facts() -> CloudNativePGFacts? {
    guard var facts = reading.facts() else { return nil }
    facts.typed = settings.typed ?? facts.typed
    facts.statuses = statuses.filter { isKnown($0.key, facts) }
    facts.servers = servers.filter { facts.statuses[$0.key]?.value == nil }
    facts.earlier = earlier
    facts.logReasons = logs.reasons
    facts.stored = stored
    facts.storeFindings = storeFindings
    facts.storeSecretFault = storeSecretFault
    facts.nightly = nightly
    facts.operators = context.companion.operators
    facts.waitingSince = waiting?.since
    facts.snapshots = snapshots
    judgeReplay(&facts)
    addWarnings(&facts)
    addRecovery(&facts)
    addBeside(&facts)
    facts.operatorVersion = operatorVersion(facts)
    for (instance, looks) in metrics {
      guard let last = looks.last, now().timeIntervalSince(last.at) < Self.metricsLifetime else {
        continue
      }
      facts.apply(looks, of: instance)
    }
    if facts.databaseBytes == nil {
      facts.databaseBytes = facts.currentPrimary.flatMap { servers[$0]?.databaseBytes }
    }
    return facts
  }

  private func judgeReplay(_ facts: inout CloudNativePGFacts) {
    guard let ending = logs.reasons.ending else { return }
    if replay?.pod != ending.pod || replay?.short == nil && replay?.isWhole != true {
      let source = facts.recoverySource(context: context.name)
      let reach = archives.reach
      replay = (
        ending.pod, reach.shortfall(ending, of: source), reach.isWhole(ending, of: source)
      )
    }
    facts.shortfall = replay?.short
    facts.isReplayWhole = replay?.isWhole ?? false
  }

  private func isKnown(_ instance: String, _ facts: CloudNativePGFacts) -> Bool {
    facts.cluster.status?.instanceNames?.contains(instance) ?? true
      || facts.pods.value?.contains { $0.name == instance } ?? true
  }

  /// Instance managers are of the operator's version; so was whoever made the pods.
  private func operatorVersion(_ facts: CloudNativePGFacts) -> String? {
    let managers = facts.statuses.values.compactMap { $0.value?.instanceManagerVersion }
    let noted = (facts.pods.value ?? []).compactMap {
      $0.metadata.annotations?["cnpg.io/operatorVersion"]
    }
    return (managers.isEmpty ? noted : managers).max {
      InTreeRule.numbers($0) ?? (0, 0) < InTreeRule.numbers($1) ?? (0, 0)
    }
  }

  // MARK: Reports

  /// What a source has to say now.
  @inline(never)
  package func report(_ source: Source) -> ReportUpdate {
    var update = parts(source)
    update.outage = .some(context.outage(of: key.namespace))
    return update
  }

  private func parts(_ source: Source) -> ReportUpdate {
    guard let facts = facts() else {
      if wasSeen, reading.isInStep { deletedAt = deletedAt ?? now() }
      let absence = reading.absence(deletedAt: deletedAt)
      return source.part(of: CloudNativePGReport.without(absence, at: now()))
    }
    (wasSeen, deletedAt) = (true, nil)
    switch source {
    case .objects:
      if hasOpenQuestions(facts) { questions.announce() }
      return CloudNativePGReport.make(facts: facts, now: now())
    case .instances: return CloudNativePGReport.instances(facts: facts, now: now())
    case .sizes: return CloudNativePGReport.sizes(facts: facts)
    case .logs, .nightly: return source.part(of: CloudNativePGReport.make(facts: facts, now: now()))
    case .store:
      var update = source.part(of: CloudNativePGReport.make(facts: facts, now: now()))
      update.traffic = .some(traffic)
      update.storeFacts = stored.value?.facts ?? []
      return update
    }
  }

  // MARK: Logs

  /// Something has failed whose reason stands in a log that was not read yet.
  private func hasOpenQuestions(_ facts: CloudNativePGFacts) -> Bool {
    !logs.open(LogQuestion.all(facts, now: now()), now: now()).isEmpty
      || facts.beside.contains { !openQuestions(of: $0).isEmpty } || wantsWarnings(facts)
  }

  /// Reads the logs of new failures, each once; whoever comes meanwhile waits for the same. False when there is
  /// nothing to ask.
  func readLogs() async -> Bool {
    if let logLook {
      await logLook.value
      return true
    }
    guard context.outage(of: key.namespace) == nil, let client = context.connection?.client,
      let facts = facts()
    else { return false }
    let questions = LogQuestion.all(facts, now: now())
    let before = logs.reasons
    logs.keep(questions)
    besides = besides.filter { key, _ in facts.beside.contains { $0.cluster.key == key } }
    let open = logs.open(questions, now: now())
    let followed = followRefusedUntil.map { $0 > now() } ?? false ? nil : facts.followedLog
    let isWaiting = wantsWarnings(facts)
    guard
      !open.isEmpty || followed != nil || isWaiting || facts.beside.contains(where: hasLogToRead)
    else { return logs.reasons != before }
    let log = PodLog(client: client, namespace: key.namespace)
    let task = Task {
      await self.ask(open, log)
      if let (pod, containers) = followed {
        self.recoveryReading = await self.follow(
          pod, containers, log, after: self.recoveryReading)
      }
      for beside in facts.beside { await self.readLogs(of: beside, client) }
      if isWaiting { await self.readWarnings(facts, client) }
    }
    logLook = task
    await task.value
    logLook = nil
    return true
  }

  private func ask(_ questions: [LogQuestion], _ log: PodLog) async {
    for (question, answer) in await answers(to: questions, log) {
      logs.take(answer, to: question, now: now())
    }
  }
}

// MARK: Store

extension ClusterObservatory {
  /// True once for each.
  func isFirstCall(for source: Source) -> Bool { asked.insert(source).inserted }

  func contents() async throws -> ScrubInventory {
    guard context.connection != nil, let facts = reading.facts() else {
      throw RecoveryError(.unreachable, "\(key.name) is not known yet")
    }
    return try await store.contents(facts.storePlace)
  }

  /// Whether nothing lies in the store under that server name. Throws where it cannot be told.
  func isArchiveEmpty(_ server: String) async throws -> Bool {
    try await store.isEmpty(reading.facts()?.storePlace, server: server)
  }

  /// Reads what lies in the cluster's store. False where it has none.
  func lookAtStore() async -> Bool {
    guard let client = context.connection?.client, let facts = reading.facts() else { return false }
    let hasSnapshots = await lookAtSnapshots(facts, client)
    let answer = await store.look(facts.storePlace, mark: facts.catalogMark)
    guard answer != nil || stored != .pending else { return hasSnapshots }
    stored = answer ?? .pending
    storeSecretFault = await store.secretFault
    traffic = answer == nil ? nil : await store.traffic
    // Once a look: what it takes grows with the archive, and reports are made far more often.
    let now = now()
    storeFindings = stored.value.map { $0.findings(in: $0.report(now: now), now: now) } ?? []
    return true
  }
}

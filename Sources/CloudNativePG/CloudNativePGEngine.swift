import FoundationEssentials
import Kubernetes
import ObjectStores
import PostgresServers
import RecoveryModel
import Synchronization
import Transports

/// PostgreSQL on Kubernetes under CloudNativePG.
package final class CloudNativePGEngine: BackupEngine {
  package static let descriptor = EngineDescriptor(
    id: "cloudnativepg", title: "CloudNativePG", options: CloudNativePGSettings.options,
    check: { CloudNativePGDiscovery.faults(of: $0) },
    make: { declaration, environment in
      try CloudNativePGEngine.alone(declaration: declaration, environment: environment)
    })

  package let sources: [ObservationSource]
  /// Every base backup of CloudNativePG is a full one.
  package let backupKinds: [BackupKind] = [.full]
  let observatory: ClusterObservatory
  private let declaration: ClusterDeclaration
  private let settings: CloudNativePGSettings
  private let now: @Sendable () -> Date
  private let isSmallFleet: Bool
  private let makeOperations: @Sendable (ClusterSite) -> any ClusterOperations
  private let operations = Mutex<(any ClusterOperations)?>(nil)
  /// Keeps the context's watches up where nobody else does.
  private let lifetime: Lifetime?

  /// Seconds between two looks at the watched objects: what time alone changes moves at this pace.
  static let objectsPace = 60.0

  /// `fleet` = how many clusters are watched along with it: the more, the less often their instances are asked while
  /// nobody looks at them. With a `lifetime`, the context is this engine's own.
  package init(
    declaration: ClusterDeclaration, settings: CloudNativePGSettings,
    observatory: ClusterObservatory, fleet: Int, now: @escaping @Sendable () -> Date,
    lifetime: Lifetime? = nil,
    makeOperations: @escaping @Sendable (ClusterSite) -> any ClusterOperations
  ) {
    self.declaration = declaration
    self.settings = settings
    self.observatory = observatory
    self.now = now
    self.lifetime = lifetime
    self.makeOperations = makeOperations
    isSmallFleet = fleet <= 50
    typealias Source = ClusterObservatory.Source
    let crowd = max(1, Double(fleet) / 100)
    sources = [
      ObservationSource(id: Source.objects.rawValue, pace: .slow(seconds: Self.objectsPace)),
      ObservationSource(
        id: Source.instances.rawValue, pace: .attended(otherwise: min(300, 60 * crowd))),
      ObservationSource(
        id: Source.sizes.rawValue, pace: .attended(otherwise: min(1800, 300 * crowd))),
      ObservationSource(
        id: Source.logs.rawValue, pace: .attended(otherwise: min(600, 60 * crowd))),
      ObservationSource(
        id: Source.store.rawValue, pace: .slow(seconds: min(3600, StoreWatch.pace * crowd))),
      // Asked of the server far less often than that; what it told lasts as long as the objects.
      ObservationSource(id: Source.nightly.rawValue, pace: .slow(seconds: Self.objectsPace)),
    ]
  }

  package var ledger: (any DrillLedger)? { try? ready().ledger }
  package var scrubs: (any ScrubLedger)? { try? ready().scrubs }

  package var reapScope: String? {
    "\(observatory.context.name)/\(settings.drillNamespace)"
  }

  package func listen(
    _ tell: @escaping @Sendable (ObservationSource.ID) -> Void
  ) -> @Sendable () -> Void {
    typealias Source = ClusterObservatory.Source
    lifetime?.begin()
    let ends = [
      observatory.context.hub.listen(to: observatory.key) { tell(Source.objects.rawValue) },
      // A failure that is new is explained at once: whoever reports the objects finds it.
      observatory.questions.listen { tell(Source.logs.rawValue) },
      observatory.store.late.listen { tell(Source.store.rawValue) },
    ]
    return { for end in ends { end() } }
  }

  package func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    guard let source = ClusterObservatory.Source(rawValue: source) else { return ReportUpdate() }
    // A big fleet has more to ask when it is first seen; the objects tell of sizes too.
    let isDear = source == .sizes || source == .store || source == .nightly
    if isDear, !isSmallFleet, await observatory.isFirstCall(for: source) { return ReportUpdate() }
    guard await ask(source) else { return ReportUpdate() }
    return await observatory.report(source)
  }

  /// A step of its own: a thousand clusters wait here at once, and what they hold meanwhile adds up.
  /// False when there is nothing new to tell.
  @inline(never)
  private func ask(_ source: ClusterObservatory.Source) async -> Bool {
    lifetime?.begin()
    // A declared cluster can be asked for before its server was: then nobody knows yet what to wait for.
    await observatory.context.waitForScope()
    await observatory.context.set(for: observatory.key.namespace)?.waitForAnswers()
    switch source {
    case .objects: break
    case .instances: await observatory.lookAtInstances()
    case .sizes: await observatory.readMetrics()
    case .logs:
      // Whether the archiver fails is known when its instance has answered.
      await observatory.waitForInstances()
      return await observatory.readLogs()
    case .store: return await observatory.lookAtStore()
    case .nightly:
      let crowd = isSmallFleet ? 1.0 : 6
      let isNews = await observatory.lookAtNightlyJobs(
        pace: crowd * ClusterObservatory.nightlyPace)
      return await observatory.waitForOperator() || isNews
    }
    return true
  }

  package func contents() async throws -> ScrubInventory {
    _ = await ask(.objects)
    return try await observatory.contents()
  }

  package func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    var search = try await ActSearchRun(
      try await contents(), waldump: observatory.store.waldump, names: names
    ).run(order, report: report, progress: progress)
    search.restorer = .cluster
    return search
  }

  // MARK: Operations

  package func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    try await ready().plan(request, report: report)
  }

  private var names: ActNameReader {
    ActNameReader(servers: settings.servers) {
      SQLClient.live(conninfo: $0.conninfo, password: $0.password)
    }
  }

  package func recovery(
    _ order: RecoveryOrder, report: EngineReport
  ) async throws -> RecoveryPlan {
    let site = try site()
    guard let facts = await site.facts() else {
      throw RecoveryError(
        .refused, "the Cluster \(site.namespace)/\(site.name) is not known",
        remedy: "it does not exist, or the API server does not answer; recover from its bucket: "
          + "pgvigil plan recovery s3://BUCKET/PREFIX --at …")
    }
    return await names.checking(
      try await ClusterRecoveryPlanning(site: site, facts: facts, order: order).plan())
  }

  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    try await ready().plan(drillTo: outlook, report: report)
  }

  package func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    await names.checking(
      try await ready().plan(recovering: order, report: report), of: order)
  }

  package func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement {
    do { return try await ready().markerCheck(place) } catch {
      return .unknown(MarkerPlanter.check, "\(error)")
    }
  }

  package func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker {
    try await ready().plant(place, token: token)
  }

  package func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    do { return try ready().start(plan) } catch {
      return AsyncThrowingStream { $0.finish(throwing: error) }
    }
  }

  package func settled(_ plan: OperationPlan) async -> DrillRecord? {
    guard let operations = try? ready() else { return nil }
    return await operations.settled(plan)
  }

  package func reap() async throws -> [ReapedDrill] { try await ready().reap() }

  package func living() async throws -> [LivingDrill] { try await ready().living() }

  /// The cluster's operations. Throws `RecoveryError` while there is no way to its API server.
  private func ready() throws -> any ClusterOperations {
    try operations.withLock { made in
      if let made { return made }
      let operations = makeOperations(try site())
      made = operations
      return operations
    }
  }

  private func site() throws -> ClusterSite {
    let context = observatory.context
    let connection = try context.connected()
    guard let ledgers = context.notes(in: settings.drillNamespace) else {
      throw RecoveryError(.unreachable, "no connection to context \(connection.context)")
    }
    return ClusterSite(
      context: connection.context, client: connection.client, namespace: observatory.key.namespace,
      name: observatory.key.name, declaration: declaration, settings: settings,
      kubeconfig: settings.kubeconfig, facts: { [observatory] in await observatory.facts() },
      look: { [observatory] patience in
        await observatory.lookAtInstances(patience: patience)
        return await observatory.facts()
      },
      changes: { [observatory] in
        let news = context.hub.changes(of: observatory.key)
        return AsyncStream { continuation in
          continuation.yield()
          let task = Task {
            for await _ in news { continuation.yield() }
            continuation.finish()
          }
          continuation.onTermination = { _ in task.cancel() }
        }
      },
      isArchiveEmpty: { [observatory] server in
        try await observatory.isArchiveEmpty(server)
      },
      ledgers: ledgers)
  }
}

/// Keeps a context watching for as long as it is itself kept.
package final class Lifetime: Sendable {
  private let context: ClusterContext
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(_ context: ClusterContext) { self.context = context }

  package func begin() {
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [context] in await context.run() }
    }
  }

  deinit { task.withLock { $0 }?.cancel() }
}

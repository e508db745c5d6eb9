import DrillParts
import FoundationEssentials
import Glibc
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// What barman-cloud has put into an object store: of servers on hosts, or what is left when nobody runs any more.
package struct BarmanCloudEngine: BackupEngine {
  package static let descriptor = EngineDescriptor(
    id: "barman-cloud", title: "Barman Cloud", options: BarmanCloudSettings.options,
    make: { try BarmanCloudEngine(declaration: $0, environment: $1, seams: .live) })
  /// A bucket alone.
  package static let storeDescriptor = EngineDescriptor(
    id: "store", title: "Object store", options: BarmanCloudSettings.storeOptions,
    make: { try BarmanCloudEngine(declaration: $0, environment: $1, seams: .live) })

  package let sources: [ObservationSource]
  package let backupKinds: [BackupKind] = [.full]
  private let observer: BarmanCloudObserver
  private let waldump: WALDump
  private let names: ActNameReader
  private let operations: StoreDrills

  /// Throws `RecoveryError` (invalid) for options that make no sense; whatever else is wrong shows when asked.
  package init(
    declaration: ClusterDeclaration, environment: EngineEnvironment, seams: StoreSeams,
    processes: ProcessRunner = .live,
    connect: @escaping @Sendable (ServerAddress) -> SQLClient = {
      SQLClient.live(conninfo: $0.conninfo, password: $0.password)
    }
  ) throws {
    let settings = try BarmanCloudSettings(declaration: declaration)
    sources =
      settings.instances.map { ObservationSource(id: "instance:\($0.name)", pace: .live) } + [
        ObservationSource(id: "store", pace: .slow(seconds: StoreWatch.pace))
      ]
    waldump = seams.tools.waldump
    names = ActNameReader(servers: settings.instances, connect: connect)
    let operations = StoreDrills(
      declaration: declaration, settings: settings, seams: seams, environment: environment,
      processes: processes,
      connect: { conninfo in
        let known = settings.instances.first { $0.conninfo == conninfo }
        return connect(known ?? ServerAddress(name: "drill", conninfo: conninfo, password: nil))
      })
    self.operations = operations
    observer = BarmanCloudObserver(
      settings: settings, seams: seams, isWithoutPlace: declaration.drill.place == nil,
      kept: { operations.kept }, cluster: declaration.typed, connect: connect,
      now: environment.now)
  }

  package func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    await observer.observe(source)
  }

  package func contents() async throws -> ScrubInventory { try await observer.contents() }

  package func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    var search = try await ActSearchRun(try await contents(), waldump: waldump, names: names)
      .run(order, report: report, progress: progress)
    search.restorer = .postgres
    return search
  }

  package func listen(
    _ tell: @escaping @Sendable (ObservationSource.ID) -> Void
  ) -> @Sendable () -> Void {
    observer.late.listen { tell("store") }
  }

  // MARK: Operations

  package func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    switch request {
    case .drill(let label, _): return try operations.plan(label, to: nil, report: report)
    case .remove(let recovery): return try await operations.removal(recovery)
    case .backup, .clear, .recover, .markerDrill:
      let obstacle = BarmanCloudObserver.obstacles(observer.settings, isWithoutPlace: false)[
        request.kind]
      throw RecoveryError(
        .refused, obstacle?.why ?? "nothing here is ever stuck", remedy: obstacle?.remedy ?? "")
    }
  }

  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    try operations.plan(outlook.base?.id, to: outlook, report: report)
  }

  package func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    await names.checking(try operations.plan(recovering: order, report: report), of: order)
  }

  package func recovery(
    _ order: RecoveryOrder, report: EngineReport
  ) async throws -> RecoveryPlan {
    let running = report.instances.value?.compactMap(\.version).max().map { $0 / 10_000 }
    let recovery = BarmanRecovery(
      order: order, question: observer.settings.question,
      major: order.base?.identity.majorVersion ?? running)
    guard let kept = try operations.recovered(order) else {
      return await names.checking(try recovery.plan())
    }
    return await names.checking(
      recovery.plan(goingOnFrom: kept.recovery, kept.side, of: operations.drills.declaration))
  }

  package func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement {
    await operations.drills.markerCheck(place, report: report)
  }

  package func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker {
    try await operations.drills.plant(place, token: token, report: report)
  }

  package func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    operations.start(plan)
  }

  package func settled(_ plan: OperationPlan) async -> DrillRecord? {
    await operations.settled(plan)
  }

  package func reap() async throws -> [ReapedDrill] { await operations.reap() }
}

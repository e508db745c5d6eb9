import DrillParts
import FoundationEssentials
import Glibc
import LocalFiles
import PostgresServers
import RecoveryModel
import Transports

/// PostgreSQL on hosts, backed up by pgBackRest.
package struct PgBackRestEngine: BackupEngine {
  package static let descriptor = EngineDescriptor(
    id: "pgbackrest", title: "pgBackRest", options: PgBackRestSettings.options,
    check: { PgBackRestCheck(declaration: $0)?.faults ?? [] },
    make: { declaration, environment in
      try PgBackRestEngine(declaration: declaration, environment: environment)
    })

  package let sources: [ObservationSource]
  private let observer: PgBackRestObserver
  private let operations: PgBackRestOperations
  private let reading: RepositoryReading
  private let names: ActNameReader

  /// Throws `RecoveryError` (invalid) for options that make no sense; whatever else is wrong shows when asked.
  package init(
    declaration: ClusterDeclaration, environment: EngineEnvironment,
    processes: ProcessRunner = .live, reading: RepositoryReading = RepositoryReading(),
    connect: @escaping @Sendable (ServerAddress) -> SQLClient = {
      SQLClient.live(conninfo: $0.conninfo, password: $0.password)
    }
  ) throws {
    self.reading = reading
    let settings = try PgBackRestSettings(declaration: declaration)
    names = ActNameReader(servers: settings.instances, connect: connect)
    let optionSources = OptionSources(settings: settings)
    let options = optionSources.read().options
    let numbers = options.repositories(stanza: settings.stanza)
    let repository = settings.repository ?? numbers.first ?? 1
    let others = numbers.filter { $0 != repository }
    let place = RepositoryPlace(options, stanza: settings.stanza, repository: repository)
    let account = try RunningAccount.find(settings, optionSources, options, place: place)
    let local = place.path.map { LocalFile.isReadable(directory: $0) } ?? false
    // What starts programs first: it takes longest.
    sources =
      [
        ObservationSource(id: "archive", pace: .slow(seconds: local ? 5 : 60)),
        ObservationSource(id: "catalog", pace: local ? .live : .slow(seconds: 30)),
      ] + settings.instances.map { ObservationSource(id: "instance:\($0.name)", pace: .live) } + [
        ObservationSource(id: "settings", pace: .slow(seconds: 60)),
        ObservationSource(id: "recoveries", pace: .attended(otherwise: 10)),
      ] + (others.isEmpty ? [] : [ObservationSource(id: "repositories", pace: .slow(seconds: 60))])
    let site = OperationSite(
      settings: settings, sources: optionSources, options: options, repository: repository,
      account: account)
    let passwords = settings.instances
    let operations = PgBackRestOperations(
      declaration: declaration, site: site, environment: environment, processes: processes,
      connect: { conninfo in
        let known = passwords.first { $0.conninfo == conninfo }
        return connect(
          known ?? ServerAddress(name: "drill", conninfo: conninfo, password: nil))
      })
    self.operations = operations
    observer = PgBackRestObserver(
      tool: PgBackRestTool(
        settings: settings, sources: optionSources, repository: repository, account: account,
        processes: processes),
      place: place, others: others,
      shared: SharedPlaceFinder(settings, options, repository: repository, others: others),
      drillPlace: { operations.drills.place.path }, kept: { operations.drills.kept },
      ownDirectory: options.value("pg1-path", stanza: settings.stanza),
      logDirectory: options.value("log-path", stanza: settings.stanza) ?? "/var/log/pgbackrest",
      cluster: declaration.typed, clients: settings.instances.map { ($0.name, connect($0)) },
      now: environment.now)
  }

  package func listen(
    _ tell: @escaping @Sendable (ObservationSource.ID) -> Void
  ) -> @Sendable () -> Void {
    observer.lister.late.listen { tell("archive") }
  }

  package func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    await observer.observe(source)
  }

  package func contents() async throws -> ScrubInventory { try await observer.contents(reading) }

  package func findActs(
    _ order: ActSearchOrder, report: EngineReport,
    progress: @escaping @Sendable (ActSearchProgress) -> Void
  ) async throws -> ActSearch {
    var search = try await ActSearchRun(
      try await contents(), waldump: reading.waldump, names: names
    ).run(order, report: report, progress: progress)
    await BackedUpDatabases(site: operations.site, processes: operations.processes)
      .name(&search, by: report.backups.value?.backups ?? [])
    return search
  }

  package func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    try await operations.plan(request, report: report)
  }

  package func recovery(
    _ order: RecoveryOrder, report: EngineReport
  ) async throws -> RecoveryPlan {
    await names.checking(
      try await HostRecoveryPlanning(operations: operations, order: order, report: report).plan())
  }

  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    try await operations.plan(drillTo: outlook, report: report)
  }

  package func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    await names.checking(
      try await HostRecoveryPlanning(operations: operations, order: order, report: report)
        .operation(id: operations.environment.newID()), of: order)
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

  package func reap() async -> [ReapedDrill] { await operations.reap() }
}

import FoundationEssentials
import Glibc
import RecoveryModel

/// PostgreSQL on hosts, backed up by pgBackRest.
public struct PgBackRestEngine: BackupEngine {
  public static let descriptor = EngineDescriptor(
    id: "pgbackrest", title: "pgBackRest", options: PgBackRestSettings.options,
    make: { declaration, environment in
      try PgBackRestEngine(declaration: declaration, environment: environment)
    })

  public let sources: [ObservationSource]
  private let observer: PgBackRestObserver
  private let operations: PgBackRestOperations

  /// Throws `RecoveryError` (invalid) for options that make no sense; whatever else is wrong shows when asked.
  public init(
    declaration: ClusterDeclaration, environment: EngineEnvironment,
    processes: ProcessRunner = .live,
    connect: @escaping @Sendable (ServerAddress) -> SQLClient = {
      SQLClient.live(conninfo: $0.conninfo, password: $0.password)
    }
  ) throws {
    let settings = try PgBackRestSettings(declaration: declaration)
    let configuration = PgBackRestConfiguration(text: LocalFile.text(settings.config) ?? "")
    let place = RepositoryPlace(
      configuration, stanza: settings.stanza, repository: settings.repository)
    let account = try Self.account(settings, place: place)
    let local = place.path.map { LocalFile.isReadable(directory: $0) } ?? false
    sources =
      settings.instances.map { ObservationSource(id: "instance:\($0.name)", pace: .live) } + [
        ObservationSource(id: "catalog", pace: local ? .live : .slow(seconds: 30)),
        ObservationSource(id: "archive", pace: .slow(seconds: local ? 5 : 30)),
        ObservationSource(id: "settings", pace: .slow(seconds: 60)),
      ]
    var resolved = settings
    resolved.runAs = account?.name
    let passwords = settings.instances
    let operations = PgBackRestOperations(
      declaration: declaration, settings: resolved, environment: environment,
      processes: processes,
      connect: { conninfo in
        let known = passwords.first { $0.conninfo == conninfo }
        return connect(
          known ?? ServerAddress(name: "drill", conninfo: conninfo, password: nil))
      })
    self.operations = operations
    observer = PgBackRestObserver(
      tool: PgBackRestTool(settings: settings, account: account, processes: processes),
      place: place, drillPlace: { operations.place.path },
      clients: settings.instances.map { ($0.name, connect($0)) }, now: environment.now)
  }

  public func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    await observer.observe(source)
  }

  public func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    try await operations.plan(request, report: report)
  }

  public func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    operations.start(plan)
  }

  public func settled(_ plan: OperationPlan) async -> DrillRecord? {
    await operations.settled(plan)
  }

  public func reap() async -> [ReapedDrill] { await operations.reap() }

  /// Root never runs pgBackRest against somebody else's repository: it would leave files behind that the owner
  /// can no longer write (engines.md E). Everybody else runs it as they are.
  private static func account(
    _ settings: PgBackRestSettings, place: RepositoryPlace
  ) throws -> Account? {
    guard geteuid() == 0 else { return nil }
    if let name = settings.runAs {
      guard let account = Account.named(name) else {
        throw RecoveryError(
          .invalid, "run_as: there is no account \(name) on this host",
          remedy: "name the account that owns the repository")
      }
      return account
    }
    let owner = place.path.flatMap { LocalFile.owner($0) } ?? LocalFile.owner(settings.config)
    guard let owner, owner != 0 else { return nil }
    return Account.numbered(owner)
  }
}

import DrillParts
import Glibc
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// Verify drills on this host of what lies in a store.
struct StoreDrills: Sendable {
  private let declaration: ClusterDeclaration
  private let settings: BarmanCloudSettings
  private let drills: HostDrills
  private let register: OperationRegister
  /// Why nobody is here to run them; nil = somebody is.
  private let accountFailure: RecoveryError?

  init(
    declaration: ClusterDeclaration, settings: BarmanCloudSettings, seams: StoreSeams,
    environment: EngineEnvironment, processes: ProcessRunner,
    connect: @escaping @Sendable ([String: String]) -> SQLClient
  ) {
    self.declaration = declaration
    self.settings = settings
    let (account, failure) = Self.account(settings)
    accountFailure = failure
    var site = HostDrillSite(
      account: account, programs: settings.bindir, instances: settings.instances,
      database: settings.database)
    site.roles = [settings.role].compactMap { $0 }
    let register = OperationRegister()
    self.register = register
    drills = HostDrills(
      declaration: declaration, site: site, environment: environment, processes: processes,
      archive: StoreArchive(
        settings: settings, seams: seams, site: site, processes: processes, now: environment.now),
      register: register, connect: connect)
  }

  /// PostgreSQL does not start as root.
  private static func account(
    _ settings: BarmanCloudSettings
  ) -> (Account?, RecoveryError?) {
    guard geteuid() == 0 else { return (nil, nil) }
    let name = settings.runAs ?? "postgres"
    guard let account = Account.named(name), account.user != 0 else {
      return (
        nil,
        RecoveryError(
          .refused, "PostgreSQL does not run as root, and there is no account \(name)",
          remedy: "name one: run_as")
      )
    }
    return (account, nil)
  }

  func plan(
    _ label: String?, to outlook: RecoveryOutlook?, report: EngineReport
  ) throws(RecoveryError) -> OperationPlan {
    let isWithoutPlace = declaration.drill.place == nil
    if let obstacle = BarmanCloudObserver.obstacles(settings, isWithoutPlace: isWithoutPlace)[
      .drill]
    {
      throw RecoveryError(.refused, obstacle.why, remedy: obstacle.remedy)
    }
    if let accountFailure { throw accountFailure }
    let address = settings.question.address
    let planning = HostDrillPlanning(
      site: drills.site, declaration: declaration, report: report
    ) { order, _ in
      [
        "Base backup: every file of base/\(order.label) below \(address), unpacked by tar as it comes",
        "WAL: from \(address), as the copy asks for it; credentials stay with pgvigil",
      ]
    }
    return try planning.plan(label: label, to: outlook, id: drills.environment.newID())
  }

  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    OperationFeed.stream(id: plan.id, in: register) { [drills] feed in
      guard plan.request.kind == .drill else {
        throw RecoveryError(.refused, "this engine carries out drills alone")
      }
      try await drills.run(plan, feed)
    }
  }

  func settled(_ plan: OperationPlan) async -> DrillRecord? { await register.settled(plan.id) }

  func reap() async -> [ReapedDrill] {
    declaration.drill.place == nil ? [] : await drills.reap()
  }
}

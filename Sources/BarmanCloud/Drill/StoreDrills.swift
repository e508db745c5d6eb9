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
  let drills: HostDrills
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
    try planning(report).plan(
      label: label, to: outlook, id: outlook?.operation ?? drills.environment.newID())
  }

  private func planning(_ report: EngineReport) throws(RecoveryError) -> HostDrillPlanning {
    let isWithoutPlace = declaration.drill.place == nil
    if let obstacle = BarmanCloudObserver.obstacles(settings, isWithoutPlace: isWithoutPlace)[
      .drill]
    {
      throw RecoveryError(.refused, obstacle.why, remedy: obstacle.remedy)
    }
    if let accountFailure { throw accountFailure }
    let address = settings.question.address
    return HostDrillPlanning(
      site: drills.site, declaration: declaration, report: report
    ) { order, _ in
      [
        "Base backup: every file of base/\(order.label) below \(address), unpacked by tar as it comes",
        "WAL: from \(address), as the copy asks for it; credentials stay with pgvigil",
      ]
    }
  }

  /// A recovery on this host that stays.
  func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) throws(RecoveryError) -> OperationPlan {
    let planning = try planning(report)
    let base = try order.baseToRestore()
    let running = report.instances.value?.compactMap(\.version).max().map { $0 / 10_000 }
    guard let major = base.identity.majorVersion ?? running else {
      throw RecoveryError(
        .refused, "nobody tells which PostgreSQL made backup \(base.id)",
        remedy: "backup.info in the store says so: see `version` in it")
    }
    let name = declaration.name.split(separator: "/").last.map(String.init) ?? declaration.name
    let listening = SideDirectory.listening()
    let side = SideDirectory(
      path: try SideDirectory.place(
        order.place
          ?? SideDirectory.unused("/var/lib/postgresql/\(RecoveryPlan.fileName(name))-recovered")),
      port: SideDirectory.freePort(after: [], listening: listening),
      account: drills.site.account?.name ?? "", programs: drills.site.programs(major: major),
      major: major, superuser: settings.role ?? "postgres")
    let kept = try recovered(order)?.recovery.refusal(for: declaration)
    return try planning.plan(
      recovering: order,
      keep: KeepOrder(side: side, configuration: nil, moment: order.outlook.moment.text),
      checks: order.checks + [
        side.programsCheck, side.unused,
        side.room(for: base.databaseBytes, replaying: order.outlook.route?.load),
        side.portCheck(listening),
      ] + [kept].compactMap { $0 }, id: drills.environment.newID())
  }

  /// What stays already of the very moment; nil = nothing.
  func recovered(
    _ order: RecoveryOrder
  ) throws(RecoveryError) -> (recovery: KeptRecovery, side: SideDirectory)? {
    guard declaration.drill.place != nil else { return nil }
    return try drills.recovered(of: order, superuser: settings.role ?? "postgres")
  }

  func removal(_ recovery: String) async throws -> OperationPlan {
    try await drills.removal(recovery).plan()
  }

  var kept: [KeptRecovery] { declaration.drill.place == nil ? [] : drills.kept }

  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    OperationFeed.stream(id: plan.id, in: register) { [drills] feed in
      switch plan.request {
      case .drill, .markerDrill: try await drills.run(plan, feed)
      case .recover: try await drills.recover(plan, feed)
      case .remove(let recovery): try await drills.removal(recovery).run(plan, feed)
      case .backup, .clear:
        throw RecoveryError(.refused, "this engine takes no backups")
      }
    }
  }

  func settled(_ plan: OperationPlan) async -> DrillRecord? { await register.settled(plan.id) }

  func reap() async -> [ReapedDrill] {
    declaration.drill.place == nil ? [] : await drills.reap()
  }
}

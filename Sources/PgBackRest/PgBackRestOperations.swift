import DrillParts
import RecoveryModel
import Transports

/// Base backups and verify drills of one cluster through pgBackRest. Every program runs as the account that
/// owns the repository, never as root; nothing is written to production from a drill.
package struct PgBackRestOperations: Sendable {
  package let declaration: ClusterDeclaration
  package let site: OperationSite
  package let environment: EngineEnvironment
  package let processes: ProcessRunner
  package let connect: @Sendable ([String: String]) -> SQLClient
  private let register: OperationRegister
  package let drills: HostDrills

  init(
    declaration: ClusterDeclaration, site: OperationSite, environment: EngineEnvironment,
    processes: ProcessRunner, connect: @escaping @Sendable ([String: String]) -> SQLClient
  ) {
    self.declaration = declaration
    self.site = site
    self.environment = environment
    self.processes = processes
    self.connect = connect
    let register = OperationRegister()
    self.register = register
    drills = HostDrills(
      declaration: declaration, site: site.host, environment: environment, processes: processes,
      archive: PgBackRestArchive(
        site: site, processes: processes, timeout: declaration.drill.timeout),
      register: register, connect: connect)
  }

  /// Changes nothing. Throws `RecoveryError` when it cannot be done at all.
  package func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    let id = environment.newID()
    switch request {
    case .backup(_, .some(let name)):
      throw RecoveryError(
        .invalid, "a backup cannot be called \(Sanitizer.clean(name, limit: 60))",
        remedy: "pgBackRest labels its backups by time: ask again without a name")
    case .backup(let kind, nil):
      return BackupPlanning(site: site, cluster: declaration.name, report: report)
        .plan(kind, id: id)
    case .drill(let label, _):
      return try planning(report).plan(label: label, id: id)
    case .remove(let recovery): return try await drills.removal(recovery).plan()
    case .clear, .recover, .markerDrill:
      throw Self.nothingToClear
    }
  }

  /// The same of a drill to a moment.
  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    if let objection = outlook.moment.objection(isVerbatim: true) { throw objection }
    return try planning(report).plan(
      label: outlook.base?.id, to: outlook, id: outlook.operation ?? environment.newID())
  }

  func planning(_ report: EngineReport) -> HostDrillPlanning {
    HostDrillPlanning(site: site.host, declaration: declaration, report: report) {
      order, directory in
      let restore = RestoreCommand(
        label: order.label, target: order.target, timeline: order.timeline,
        repository: site.repository, directory: directory, moment: order.moment)
      return [.command(site.shown(restore.arguments))]
    }
  }

  private static let nothingToClear = RecoveryError(
    .invalid, "a failed pgBackRest backup blocks no other",
    remedy: "take a new backup; the next expire removes what the failed one left")

  /// Runs a plan at once. A cancelled reader gets the drill's record as its last element, after the clean-up.
  package func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    OperationFeed.stream(id: plan.id, in: register) { feed in
      switch plan.request {
      case .backup:
        try await BackupRun(
          site: site, processes: processes, now: environment.now, feed: feed
        ).run(plan)
      case .drill, .markerDrill:
        try await drills.run(plan, feed)
      case .recover: try await drills.recover(plan, feed)
      case .remove(let recovery): try await drills.removal(recovery).run(plan, feed)
      case .clear: throw Self.nothingToClear
      }
    }
  }

  /// Waits until an operation whose stream was abandoned has cleaned up; the record of a drill.
  package func settled(_ plan: OperationPlan) async -> DrillRecord? {
    await register.settled(plan.id)
  }

  /// Removes what dead drills left behind, and tells of those that a new drill found in its way.
  package func reap() async -> [ReapedDrill] { await drills.reap() }
}

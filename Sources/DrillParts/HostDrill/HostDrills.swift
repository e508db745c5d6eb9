import PostgresServers
import RecoveryModel
import Transports

/// The drills of one cluster on this host: what they are made with, and what they leave.
package struct HostDrills: Sendable {
  package let declaration: ClusterDeclaration
  package let site: HostDrillSite
  package let environment: EngineEnvironment
  package let processes: ProcessRunner
  package let connect: @Sendable ([String: String]) -> SQLClient
  package let archive: any HostDrillArchive
  private let shelf = ReapedShelf()
  private let register: OperationRegister

  package init(
    declaration: ClusterDeclaration, site: HostDrillSite, environment: EngineEnvironment,
    processes: ProcessRunner, archive: any HostDrillArchive,
    register: OperationRegister = OperationRegister(),
    connect: @escaping @Sendable ([String: String]) -> SQLClient
  ) {
    self.declaration = declaration
    self.site = site
    self.environment = environment
    self.processes = processes
    self.archive = archive
    self.register = register
    self.connect = connect
  }

  /// Where a drill that began now would run.
  package var place: DrillPlace { site.place(declared: declaration.drill.place) }

  /// Carries out a plan that was made for this host. Throws `RecoveryError` for one that was not.
  package func run(_ plan: OperationPlan, _ feed: OperationFeed) async throws {
    guard let order = plan.order?.as(DrillOrder.self) else {
      throw RecoveryError(.invalid, "the plan of drill \(plan.id) was made elsewhere")
    }
    let record = await DrillRun(drills: self, plan: plan, order: order, feed: feed).run()
    register.close(record)
    feed.emit(OperationEvent(at: record.finishedAt, kind: .drillFinished(record)))
  }

  /// Carries out a recovery that stays. Throws `RecoveryError` where it does not: then nothing of it is left but what the
  /// message names.
  package func recover(_ plan: OperationPlan, _ feed: OperationFeed) async throws {
    guard let order = plan.order?.as(DrillOrder.self), order.keep != nil else {
      throw RecoveryError(.invalid, "the plan of recovery \(plan.id) was made elsewhere")
    }
    let run = DrillRun(drills: self, plan: plan, order: order, feed: feed)
    let record = await run.run()
    register.close(record)
    guard let kept = await run.kept else {
      let left =
        record.leftBehind.isEmpty
        ? "; nothing of it is left" : "; left: " + record.leftBehind.joined(separator: ", ")
      throw RecoveryError(
        record.outcome == .cancelled ? .cancelled : record.outcome == .failed ? .failed : .refused,
        (record.reason ?? "no reason given") + left)
    }
    feed.emit(OperationEvent(at: environment.now(), kind: .kept(kept, record)))
  }

  /// nil = no primary is known that could be asked. Throws `RecoveryError`.
  private func planter(
    _ place: MarkerPlace, _ report: EngineReport
  ) throws(RecoveryError) -> MarkerPlanter {
    guard let primary = report.instances.value?.first(where: \.isRunningPrimary)?.name,
      let address = site.address(of: primary)
    else {
      throw RecoveryError(
        .refused, "no primary is known that a marker could be planted on",
        remedy: "name it under instances")
    }
    return MarkerPlanter(client: connect(address.adding("dbname", place.database)), place: place)
  }

  package func markerCheck(_ place: MarkerPlace, report: EngineReport) async -> Requirement {
    do throws(RecoveryError) { return await (try planter(place, report)).requirement() } catch {
      return .notMet(MarkerPlanter.check, error.message)
    }
  }

  package func plant(
    _ place: MarkerPlace, token: String, report: EngineReport
  ) async throws -> PlantedMarker {
    try await planter(place, report).plant(token)
  }

  /// Recoveries that stay, and their notes.
  package var copies: KeptCopies {
    KeptCopies(
      place: FileText.resolved(place.path).map { DrillPlace(path: $0) } ?? place,
      cluster: declaration.name, owner: site.owner, account: site.account)
  }

  package var kept: [KeptRecovery] { copies.kept(host: environment.host) }

  package func removal(_ id: String) throws(RecoveryError) -> KeptRemoval {
    try KeptRemoval(id, of: self)
  }

  /// Removes what dead drills left behind, and tells of those that a new drill found in its way.
  package func reap() async -> [ReapedDrill] { shelf.takeAll() + (await reaper(place).reap()) }

  package func reaper(_ place: DrillPlace) -> DrillReaper {
    DrillReaper(
      place: place, site: site, processes: processes, host: environment.host,
      now: environment.now, cluster: declaration.name)
  }

  /// Reaps in a drill's way; the records wait for the next `reap`.
  func clear(_ place: DrillPlace) async -> [ReapedDrill] {
    let reaped = await reaper(place).reap()
    shelf.put(reaped)
    return reaped
  }
}

import DrillParts
import Glibc
import Kubernetes
import PostgresServers
import RecoveryModel
import Transports

/// Backups, clearing and verify drills of one CloudNativePG cluster. Only the API server is told what to do; nothing is
/// written to production's archive from a drill.
package struct CloudNativePGOperations: ClusterOperations {
  package let site: ClusterSite
  package let environment: EngineEnvironment
  package let processes: ProcessRunner
  package let connect: @Sendable ([String: String], Secret?) -> SQLClient
  package let limits: OperationLimits
  /// The program, by name or path.
  package let kubectl: String
  /// We run in a pod of this very cluster, so that services are reached by their names.
  let isInCluster: Bool
  let configMapLedger: ConfigMapLedger
  private let shelf = ReapedShelf()
  private let register = OperationRegister()

  package init(
    site: ClusterSite, environment: EngineEnvironment, processes: ProcessRunner = .live,
    connect: @escaping @Sendable ([String: String], Secret?) -> SQLClient = {
      SQLClient.live(conninfo: $0, password: $1)
    }
  ) {
    self.init(
      site: site, environment: environment, processes: processes, connect: connect,
      limits: OperationLimits())
  }

  init(
    site: ClusterSite, environment: EngineEnvironment, processes: ProcessRunner,
    connect: @escaping @Sendable ([String: String], Secret?) -> SQLClient, limits: OperationLimits,
    kubectl: String = "kubectl"
  ) {
    self.site = site
    self.environment = environment
    self.processes = processes
    self.connect = connect
    self.limits = limits
    self.kubectl = kubectl
    isInCluster = site.context == KubernetesAccess.inClusterContext
    configMapLedger = ConfigMapLedger(
      store: LedgerStore(
        client: site.client, namespace: site.drillNamespace,
        cluster: ObjectKey(namespace: site.namespace, name: site.name), now: environment.now),
      watched: site.ledgers, limits: limits)
  }

  package var ledger: (any DrillLedger)? { configMapLedger }
  package var scrubs: (any ScrubLedger)? { ConfigMapScrubLedger(ledger: configMapLedger) }

  /// Changes nothing. Throws `RecoveryError` when it cannot be done at all.
  package func plan(
    _ request: OperationRequest, report: EngineReport
  ) async throws -> OperationPlan {
    let facts = try await facts()
    let id = environment.newID()
    switch request {
    case .backup(let kind, let name):
      guard kind == .full else {
        throw RecoveryError(
          .invalid, "CloudNativePG takes full backups only", remedy: "ask for a full backup")
      }
      return try await ClusterBackupPlanning(site: site, facts: facts, now: environment.now())
        .plan(named: name, id: id)
    case .drill(let label, _):
      return try await drillPlanning.plan(label, facts: facts, report: report, id: id)
    case .clear(let backup):
      return try await clearing.plan(backup, facts: facts, id: id)
    case .remove(let recovery):
      return try await removal.plan(recovery, operation: id, facts: facts)
    case .recover, .markerDrill: throw unreadable(id)
    }
  }

  /// The same of a drill to a moment.
  package func plan(
    drillTo outlook: RecoveryOutlook, report: EngineReport
  ) async throws -> OperationPlan {
    let facts = try await facts()
    if let objection = outlook.moment.objection(isVerbatim: true) { throw objection }
    return try await drillPlanning.plan(
      outlook.base?.id, to: outlook, facts: facts, report: report,
      id: outlook.operation ?? environment.newID())
  }

  /// Throws `RecoveryError` where nobody knows the Cluster.
  private func facts() async throws(RecoveryError) -> CloudNativePGFacts {
    guard let facts = await site.facts() else {
      throw RecoveryError(
        .refused, "the Cluster \(site.namespace)/\(site.name) is not known",
        remedy: "it does not exist, or the API server does not answer")
    }
    return facts
  }

  /// Throws `RecoveryError` where no way to the primary is declared.
  private func planter(_ place: MarkerPlace) throws(RecoveryError) -> MarkerPlanter {
    guard let conninfo = site.settings.conninfo else {
      throw RecoveryError(
        .refused, "no way to the primary is declared: nobody plants a marker there",
        remedy: "set clusters[].conninfo, with a role that may write to \(place.table)")
    }
    return MarkerPlanter(
      client: connect(conninfo.adding("dbname", place.database), site.settings.password),
      place: place)
  }

  package func markerCheck(_ place: MarkerPlace) async -> Requirement {
    do throws(RecoveryError) { return await (try planter(place)).requirement() } catch {
      return .notMet(MarkerPlanter.check, "\(error.message) (\(error.remedy))")
    }
  }

  package func plant(_ place: MarkerPlace, token: String) async throws -> PlantedMarker {
    try await planter(place).plant(token)
  }

  /// A recovery into a new Cluster that stays.
  package func plan(
    recovering order: RecoveryOrder, report: EngineReport
  ) async throws -> OperationPlan {
    let facts = try await facts()
    return try await ClusterRecoveryPlanning(site: site, facts: facts, order: order)
      .operation(environment)
  }

  /// Runs a plan at once. A cancelled reader gets the drill's record as its last element, after the clean-up.
  package func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    OperationFeed.stream(id: plan.id, in: register) { [register] feed in
      switch plan.request {
      case .backup:
        guard let order = plan.order?.as(ClusterBackupOrder.self) else {
          throw unreadable(plan.id)
        }
        try await ClusterBackupRun(
          site: site, limits: limits, now: environment.now, feed: feed
        ).run(order)
      case .drill, .markerDrill:
        guard let order = plan.order?.as(ClusterDrillOrder.self) else {
          throw unreadable(plan.id)
        }
        let record = await ClusterDrillRun(
          operations: self, plan: plan, order: order, feed: feed
        ).run()
        register.close(record)
        feed.emit(OperationEvent(at: record.finishedAt, kind: .drillFinished(record)))
      case .clear: try await clearing.run(plan, feed: feed)
      case .recover:
        guard let order = plan.order?.as(ClusterRecoveryOrder.self) else {
          throw unreadable(plan.id)
        }
        try await ClusterRecoveryRun(
          site: site, limits: limits, environment: environment, order: order, feed: feed
        ).run()
      case .remove: try await removal.run(plan, feed: feed)
      }
    }
  }

  /// Waits until an operation whose stream was abandoned has cleaned up; the record of a drill.
  package func settled(_ plan: OperationPlan) async -> DrillRecord? {
    await register.settled(plan.id)
  }

  /// Removes what dead drills of any cluster left in the drill namespace, and tells of those that a new drill found in
  /// its way. Throws when there are none of these and the namespace cannot be looked at.
  package func reap() async throws -> [ReapedDrill] {
    let told = shelf.takeAll()
    do { return told + (try await reaper.reap()) } catch {
      guard !told.isEmpty else { throw error }
      return told
    }
  }

  /// Drills in the drill namespace that are under way.
  package func living() async throws -> [LivingDrill] { try await reaper.living() }

  private func unreadable(_ id: String) -> RecoveryError {
    RecoveryError(.invalid, "the plan of operation \(id) was made elsewhere")
  }

  // MARK: Parts

  var drillPlanning: ClusterDrillPlanning {
    ClusterDrillPlanning(
      site: site, environment: environment, process: getpid(), isInCluster: isInCluster,
      kubectlFailure: kubectlFailure, limits: limits)
  }

  package var reaper: ClusterDrillReaper {
    ClusterDrillReaper(
      site: site, limits: limits, environment: environment, process: getpid())
  }

  private var removal: ClusterRemoval {
    ClusterRemoval(site: site, limits: limits, now: environment.now)
  }

  private var clearing: ClusterClearing { ClusterClearing(site: site, now: environment.now) }

  /// Why no kubectl can be run; nil when it can.
  var kubectlFailure: String? {
    guard !isInCluster else { return nil }
    do {
      _ = try ExecutablePath.resolve(kubectl)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Reaps in a drill's way; the records wait for the next `reap`.
  package func clear(_ reaper: ClusterDrillReaper, sparing id: String) async -> [ReapedDrill] {
    // Where it cannot be looked, the drill's own look at the namespace ends it.
    let reaped = (try? await reaper.reap(thisClusterOnly: true, sparing: id)) ?? []
    shelf.put(reaped)
    return reaped
  }
}

import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel
import Synchronization

/// One verify drill on Kubernetes, from the first check to the proof that nothing is left.
actor ClusterDrillRun {
  let operations: CloudNativePGOperations
  let plan: OperationPlan
  let order: ClusterDrillOrder
  private let feed: OperationFeed
  let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  var journal: DrillJournal
  var log = CopyLog()
  /// Something may have been made.
  private var hasBegun = false
  private var timedOut = false
  var link: CopyLink?

  init(
    operations: CloudNativePGOperations, plan: OperationPlan, order: ClusterDrillOrder,
    feed: OperationFeed
  ) {
    self.operations = operations
    self.plan = plan
    self.order = order
    self.feed = feed
    started = clock.now
    let environment = operations.environment
    let now = environment.now()
    var record = DrillRecord(
      id: plan.id, cluster: plan.cluster, engine: operations.site.declaration.engine,
      startedAt: now, finishedAt: now, outcome: .couldNotRun, backup: order.backup,
      backupFinishedAt: order.backupFinishedAt,
      targetLSN: order.momentCheck == nil ? order.target : order.moment?.position,
      timeline: order.timeline, predicted: plan.expected, host: environment.host,
      user: environment.user, version: environment.version)
    record.moment = order.asked
    journal = DrillJournal(record)
  }

  var site: ClusterSite { operations.site }
  var limits: OperationLimits { operations.limits }
  var elapsed: Double { (clock.now - started).secondsTaken }

  /// Ends with a record, whatever happens; destroying is never skipped and never cancelled.
  func run() async -> DrillRecord {
    ActiveDrills.begin(plan.id)
    enter(.planned)
    let work = Task { try await self.attempt() }
    let timer = Task {
      try await Task.sleep(for: .seconds(site.declaration.drill.timeout))
      self.giveUp(work)
    }
    do {
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
    } catch {
      conclude(error)
    }
    timer.cancel()
    await Task { await self.destroy() }.value
    enter(.recorded)
    ActiveDrills.end(plan.id)
    return journal.closed(at: operations.environment.now(), elapsed: elapsed)
  }

  private func attempt() async throws {
    try await preflight()
    try await provision()
    let pod = try await restore()
    try await smokeTest(pod)
  }

  private func giveUp(_ work: Task<Void, any Error>) {
    timedOut = true
    work.cancel()
  }

  private func conclude(_ error: any Error) {
    let limit = Format.duration(site.declaration.drill.timeout)
    switch error {
    case _ where timedOut:
      // Before anything is restored, it is not the backup that takes so long.
      let isTelling = ![.planned, .preflight, .provisioning].contains(journal.state)
      journal.conclude(
        isTelling ? .failed : .couldNotRun,
        reason: "\(journal.state.words) went beyond the limit of \(limit)",
        cause: .timedOut)
    case DrillEnd.failed(let reason): journal.conclude(.failed, reason: reason)
    case DrillEnd.momentNotReached(let reason):
      journal.conclude(.failed, reason: reason, cause: .momentNotReached)
    case DrillEnd.couldNotRun(let reason): journal.conclude(.couldNotRun, reason: reason)
    case DrillEnd.credentialsRefused(let reason):
      journal.conclude(.couldNotRun, reason: reason, cause: .credentials)
    case DrillEnd.notTested(let reason): journal.conclude(.notTested, reason: reason)
    case is CancellationError: journal.conclude(.cancelled, reason: "cancelled")
    case let error as RecoveryError where error.code == .cancelled:
      journal.conclude(.cancelled, reason: "cancelled in \(journal.state.words)")
    case _ where Task.isCancelled: journal.conclude(.cancelled, reason: "cancelled")
    default:
      // What the API server or kubectl refuses says nothing about the backup.
      journal.conclude(.couldNotRun, reason: "\(error)")
    }
  }

  // MARK: What the states share

  func enter(_ state: DrillState) {
    journal.enter(state, elapsed: elapsed)
    emit(.drillEntered(state))
    // Until its way is clear, a dead predecessor's journal stands in the ledger.
    guard ![.planned, .preflight, .recorded].contains(state) else { return }
    let (ledger, journal) = (operations.configMapLedger, journal)
    // In its own time: a slow server must not hold up the drill.
    saving = Task { [saving] in
      await saving?.value
      await ledger.keep(journal)
    }
  }

  private var saving: Task<Void, Never>?

  nonisolated func emit(_ kind: OperationEvent.Kind) {
    feed.emit(OperationEvent(at: operations.environment.now(), kind: kind))
  }

  // MARK: Preflight

  /// Looks at everything that would spoil the drill, as it is now and not as it was planned.
  private func preflight() async throws {
    enter(.preflight)
    let isSafeID = plan.id.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    guard isSafeID, !plan.id.isEmpty, order.tag.id == plan.id else {
      throw DrillEnd.couldNotRun("\(plan.id) is no drill id")
    }
    guard order.namespace != site.namespace else {
      throw DrillEnd.couldNotRun("\(order.namespace) is production's namespace")
    }
    let planning = operations.drillPlanning
    let check = try await planning.access(order)
    guard check.missing.isEmpty else {
      let rules = [site.namespace, order.namespace].flatMap { namespace in
        check.rules(in: namespace).map { "in \(namespace): \($0)" }
      }
      throw DrillEnd.couldNotRun(
        "rights are missing: \(rules.joined(separator: ", ")); pgvigil manifest rbac --role "
          + ClusterDrillPlanning.role(order, site: site))
    }
    if !operations.isInCluster, let failure = operations.kubectlFailure {
      throw DrillEnd.couldNotRun("the copy could not be reached: \(failure)")
    }
    try await clearWay()
    for requirement in try await planning.tried(order) where requirement.satisfied == false {
      throw DrillEnd.couldNotRun(requirement.refusal)
    }
    let backup = try await site.client.get(
      CNPGBackup.resource, in: site.namespace, order.backup)?.decoded(CNPGBackup.self)
    guard let backup, backup.phase == .completed, backup.status?.backupId == order.backupID else {
      throw DrillEnd.couldNotRun("Backup \(order.backup) is no longer there, or is another one")
    }
  }

  private func clearWay() async throws {
    let reaper = operations.reaper
    let cleared = await shielded { [operations, plan] in
      await operations.clear(reaper, sparing: plan.id)
    }
    guard !Task.isCancelled else {
      throw RecoveryError(
        .cancelled, "cancelled; what an earlier drill left is removed by the next or pgvigil reap")
    }
    for reaped in cleared {
      emit(.log("removed what drill \(reaped.id) had left behind"))
      if let remaining = reaped.remaining.first {
        throw DrillEnd.couldNotRun("drill \(reaped.id) left something behind: \(remaining)")
      }
    }
    if let other = try await reaper.living(besides: plan.id) {
      throw DrillEnd.couldNotRun(
        "drill \(other.id) of this cluster is running (\(other.user) on \(other.host))")
    }
  }

  /// What our own cancellation must not spoil: it goes on, though not for ever.
  private func shielded<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) async -> Value {
    let work = Task { await body() }
    let grace = limits.farewell
    return await withTaskCancellationHandler {
      await work.value
    } onCancel: {
      Task {
        try? await Task.sleep(for: .seconds(grace))
        work.cancel()
      }
    }
  }

  // MARK: Provisioning

  private func provision() async throws {
    enter(.provisioning)
    hasBegun = true
    for secret in order.secrets { try await copy(secret) }
    if let store = order.store {
      let made = try await site.client.create(
        BarmanObjectStore.resource, in: order.namespace, store)
      try refuse(DrillSafety.violations(ofStore: made))
    }
    try Task.checkCancellation()
  }

  private func copy(_ secret: ClusterDrillOrder.SecretCopy) async throws {
    guard
      let source = try await site.client.get(.secrets, in: site.namespace, secret.source)
    else {
      throw DrillEnd.couldNotRun(
        "the Secret \(secret.source) that the object store is read with does not exist in "
          + site.namespace)
    }
    let data = source.at("data")?.map ?? [:]
    let missing = secret.keys.filter { data[$0] == nil }
    guard missing.isEmpty else {
      throw DrillEnd.couldNotRun(
        "the Secret \(secret.source) has no key \(missing.joined(separator: ", "))")
    }
    let kept = secret.keys.isEmpty ? data : data.filter { secret.keys.contains($0.key) }
    _ = try await site.client.create(
      .secrets, in: order.namespace,
      .object([
        "apiVersion": "v1", "kind": "Secret",
        "metadata": order.tag.metadata(secret.copy, in: order.namespace),
        // A type may demand keys that were left out.
        "type": secret.keys.isEmpty ? source.at("type") : "Opaque", "data": .map(kept),
      ]))
  }

  /// Creates the Cluster, and looks at what the server made of it.
  func createCluster() async throws {
    try refuse(DrillSafety.violations(of: order.cluster))
    _ = try await site.client.create(CNPGCluster.resource, in: order.namespace, order.cluster)
    guard
      let made = try await site.client.get(CNPGCluster.resource, in: order.namespace, order.copy)
    else { throw DrillEnd.couldNotRun("the copy vanished as soon as it was made") }
    try refuse(DrillSafety.violations(of: made))
    emit(.log("made Cluster \(order.namespace)/\(order.copy)"))
  }

  private func refuse(_ violations: [String]) throws {
    guard violations.isEmpty else {
      throw DrillEnd.couldNotRun(
        "the copy could have written to production's archive and is deleted at once: "
          + "\(violations.joined(separator: "; ")) (a mutating webhook may have added it)")
    }
  }

  // MARK: Destroying

  private func destroy() async {
    if hasBegun { enter(.destroying) }
    await link?.end()
    await saving?.value
    guard hasBegun else { return }
    let report = await DrillCleanup(
      client: site.client, namespace: order.namespace, limits: limits
    ).destroy(order.tag.id, copy: order.copy, storeToo: order.store != nil)
    for line in report.removed { emit(.log("removed \(line)")) }
    for line in report.remaining { emit(.log("left behind: \(line)")) }
    journal.learn { $0.leftBehind = report.remaining }
    await operations.configMapLedger.keep(nil)
  }
}

/// Drills that run in this process, so that nobody in it takes them for dead.
enum ActiveDrills {
  private static let ids = Mutex<Set<String>>([])

  static func begin(_ id: String) { ids.withLock { _ = $0.insert(id) } }
  static func end(_ id: String) { ids.withLock { _ = $0.remove(id) } }
  static func contains(_ id: String) -> Bool { ids.withLock { $0.contains(id) } }
}

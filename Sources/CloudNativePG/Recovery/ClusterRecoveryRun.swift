import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// One recovery into a new Cluster, until it serves and stays, or until nothing of it is left.
actor ClusterRecoveryRun {
  private let site: ClusterSite
  private let limits: OperationLimits
  private let environment: EngineEnvironment
  private let order: ClusterRecoveryOrder
  private let feed: OperationFeed
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private var log = CopyLog()
  private var hasBegun = false
  private var state = DrillState.planned

  init(
    site: ClusterSite, limits: OperationLimits, environment: EngineEnvironment,
    order: ClusterRecoveryOrder, feed: OperationFeed
  ) {
    self.site = site
    self.limits = limits
    self.environment = environment
    self.order = order
    self.feed = feed
    started = clock.now
  }

  private var elapsed: Double { (clock.now - started).secondsTaken }

  /// Throws `RecoveryError` where it does not come to its end: then what was made is gone, or the message names it.
  func run() async throws {
    do {
      try await preflight()
      try await make()
      try await follow()
    } catch {
      let failure = failure(error)
      guard hasBegun else { throw failure }
      enter(.destroying)
      let undoing = ClusterUndoing(
        client: site.client, key: order.key, id: order.tag.id, limits: limits)
      // Whoever cancels it wants it gone.
      let report = await Task { await undoing.run() }.value
      for line in report.removed { emit(.log("removed \(line)")) }
      let end =
        report.remaining.isEmpty
        ? "nothing of it is left" : "left: \(report.remaining.joined(separator: ", "))"
      throw RecoveryError(failure.code, "\(failure.message); \(end)", remedy: failure.remedy)
    }
    let made = try? await site.client.get(
      CNPGCluster.resource, in: order.namespace, order.name)?.decoded(CNPGCluster.self)
    let kept = made?.kept(context: site.context)
    emit(
      .kept(
        kept
          ?? KeptRecovery(
            id: order.tag.id, place: "\(order.namespace)/\(order.name)", moment: order.tag.moment,
            since: environment.now(), by: "\(order.tag.user) on \(order.tag.host)", connect: ""),
        record))
  }

  /// What a drill would have recorded of it, as far as its log told.
  private var record: DrillRecord {
    let recovery = log.recovery
    var record = DrillRecord(
      id: order.tag.id, cluster: order.recovery.cluster, engine: CloudNativePGEngine.descriptor.id,
      startedAt: order.tag.started, finishedAt: environment.now(), outcome: .passed,
      backup: order.recovery.baseID,
      reachedLSN: recovery.redoDone
        ?? order.recovery.segmentSize.flatMap { recovery.position(segmentSize: $0) },
      reachedTime: recovery.lastTransactionAt, host: environment.host, user: environment.user,
      version: environment.version)
    if order.recovery.moment != .latest {
      record.moment = order.recovery.outlook.drillMoment
      record.moment?.stop = recovery.stop
    }
    return record
  }

  private nonisolated func emit(_ kind: OperationEvent.Kind) {
    feed.emit(OperationEvent(at: environment.now(), kind: kind))
  }

  private func enter(_ next: DrillState) {
    let states = DrillState.allCases
    guard states.firstIndex(of: next) ?? 0 > states.firstIndex(of: state) ?? 0 else { return }
    state = next
    emit(.drillEntered(next))
  }

  private func failure(_ error: any Error) -> RecoveryError {
    switch error {
    case DrillEnd.failed(let words), DrillEnd.momentNotReached(let words):
      RecoveryError(.failed, "failed while \(state.words): \(words)")
    case DrillEnd.couldNotRun(let words), DrillEnd.notTested(let words),
      DrillEnd.credentialsRefused(let words):
      RecoveryError(.refused, words)
    case is CancellationError: RecoveryError(.cancelled, "cancelled while \(state.words)")
    default: error as? RecoveryError ?? RecoveryError(.failed, "\(error)")
    }
  }

  // MARK: Making it

  /// Looks once more at what the server would make of it, now and not as it was planned.
  private func preflight() async throws {
    enter(.preflight)
    try refuse(order.safety.violations(of: order.cluster))
    let tried = try await site.make(
      CNPGCluster.resource, in: order.namespace, order.cluster, dryRun: true)
    try refuse(order.safety.violations(of: tried))
    try Task.checkCancellation()
  }

  private func make() async throws {
    enter(.provisioning)
    if let store = order.store,
      try await site.client.get(
        BarmanObjectStore.resource, in: order.namespace,
        store.at("metadata", "name")?.string ?? "") == nil
    {
      _ = try await site.client.create(BarmanObjectStore.resource, in: order.namespace, store)
      emit(.log("made an ObjectStore in \(order.namespace), which stays"))
    }
    hasBegun = true
    _ = try await site.make(CNPGCluster.resource, in: order.namespace, order.cluster)
    guard
      let made = try await site.client.get(
        CNPGCluster.resource, in: order.namespace, order.name)
    else { throw DrillEnd.couldNotRun("the new Cluster vanished as soon as it was made") }
    try refuse(order.safety.violations(of: made))
    emit(.log("made Cluster \(order.namespace)/\(order.name)"))
  }

  private func refuse(_ violations: [String]) throws {
    guard violations.isEmpty else {
      throw DrillEnd.couldNotRun(
        "it could have written to production's archive: \(violations.joined(separator: "; ")) (a "
          + "mutating webhook may have added it)")
    }
  }

  // MARK: Following it

  private func follow() async throws {
    let pursuit = CopyPursuit(
      client: site.client, subject: order.subject, limits: limits, patience: limits)
    switch try await pursuit.end(tell: take) {
    case .ready?: try prove()
    case .failed(let words)?: throw RecoveryFailureText.end(of: log.errors, fallback: words)
    case .hindered(let words)?: throw DrillEnd.couldNotRun(words)
    case nil: throw RecoveryError(.cancelled, "cancelled while \(state.words)")
    }
  }

  private func take(_ step: CopyPursuit.Step) -> DrillState? {
    switch step {
    case .heard(let text): tell(log.read(text, at: elapsed))
    case .told(let words): emit(.log(words))
    case .entered(let state): enter(state)
    }
    return log.moments.state
  }

  private func tell(_ effect: CopyLog.Effect) {
    switch effect {
    case .none: break
    case .worthTelling(let text): emit(.log(text))
    case .progress:
      guard let size = order.recovery.segmentSize, let start = log.recovery.redoStart,
        let position = log.recovery.position(segmentSize: size)
      else { return }
      let done = position.bytes(since: start)
      let total = order.recovery.outlook.route?.load.walBytes
      emit(
        .progress(
          fraction: total.map { min(1, Double(done) / Double(max($0, 1))) }, bytesDone: done,
          bytesTotal: total))
    }
  }

  /// What its log says of where it came out. Throws `DrillEnd` where that is not where it was to.
  private func prove() throws {
    let recovery = log.recovery
    let moment = order.recovery.moment
    if moment == .latest {
      guard let reached = recovery.redoDone, let floor = order.recovery.floor else {
        emit(.log("its log does not tell how far it came: the plan's last step asks it"))
        return
      }
      guard reached >= floor else {
        throw DrillEnd.failed("WAL was missing: replay ended at \(reached), before \(floor)")
      }
      return
    }
    guard recovery.stop != nil else {
      emit(.log("its log does not tell where it stopped; PostgreSQL promotes only at its target"))
      return
    }
    let check = MomentCheck(moment, backup: order.recovery.baseID)
    if let objection = check.objection(log: recovery, reached: recovery.redoDone) {
      throw DrillEnd.failed(objection)
    }
  }
}

import FoundationEssentials
import RecoveryModel

/// Whether the next drill could run: once a day all that it would need is asked for, by planning it.
extension FleetService {
  /// Seconds between two questions: where nothing was in the way, where something was, and from the first look on.
  static let readinessPace = (day: 86_400.0, hour: 3600.0, first: 60.0)

  /// Plans the next drill of these clusters where that has not been done for a day, as who drills them. For whoever has
  /// just found that none is due.
  package func askReadiness(of names: [String]) async {
    for name in names {
      await freshen(name)
      guard isOutdated(name, pace: Self.readinessPace.day - Self.readinessPace.hour) else {
        continue
      }
      await ask(name, isDriller: true)
    }
  }

  func askReadinessIfDue(of name: String) async {
    guard isReadinessDue(of: name) else { return }
    await ask(name, isDriller: false)
  }

  /// A console asks for itself alone: what another account may do, it cannot tell.
  func isReadinessDue(of name: String) -> Bool {
    guard let state = clusters[name], beat.isRunning, state.operation == nil, isDriller(name),
      state.report.outage == nil, state.ledger.failure == nil
    else { return false }
    let now = environment.engine.now()
    guard let since = state.keeping.watchedSince else {
      clusters[name]?.keeping.watchedSince = now
      return false
    }
    // Who has just begun to look has other things to ask.
    guard now.timeIntervalSince(since) >= Self.readinessPace.first else { return false }
    let isBlocked = state.ledger.notes.readiness?.obstacle != nil
    return isOutdated(
      name, pace: isBlocked ? Self.readinessPace.hour : Self.readinessPace.day)
  }

  /// Neither a question nor a drill has told for so long.
  private func isOutdated(_ name: String, pace: Double) -> Bool {
    guard let state = clusters[name], state.report.backups.value?.lastGood != nil else {
      return false
    }
    let now = environment.engine.now()
    let told = [
      state.ledger.notes.readiness?.checkedAt, state.ledger.drills.last?.finishedAt,
    ].compactMap { $0 }.max()
    let asked = state.keeping.askedAt.map { now.timeIntervalSince($0) } ?? .infinity
    return asked >= Self.readinessPace.hour
      && now.timeIntervalSince(told ?? .distantPast) >= pace
  }

  private func ask(_ name: String, isDriller: Bool) async {
    clusters[name]?.keeping.askedAt = environment.engine.now()
    if isDriller { clusters[name]?.keeping.drillsHere = true }
    do { _ = try await plan(.nextDrill, cluster: name) } catch {
      // It is noted there.
    }
    await keepNotes(of: name, sharing: true)
  }

  /// What a plan of the next drill says of it. What could not be tried says nothing; nor does an account that does not
  /// drill, nor a cluster without anything to restore.
  func noteReadiness(_ plan: Result<OperationPlan, RecoveryError>, of name: String) async {
    guard let state = clusters[name], isDriller(name) || state.keeping.drillsHere,
      state.report.backups.value?.lastGood != nil
    else { return }
    var obstacle: String?
    var remedy = ""
    switch plan {
    case .success(let plan):
      obstacle = plan.unmet.isEmpty ? nil : plan.unmet.map(\.refusal).joined(separator: "; ")
    case .failure(let error):
      switch error.code {
      case .cancelled, .unreachable, .timedOut, .underWay: return
      case .refused, .invalid, .failed, .denied: (obstacle, remedy) = (error.message, error.remedy)
      }
    }
    clusters[name]?.ledger.notes.note(
      DrillReadiness(
        checkedAt: environment.engine.now(), obstacle: obstacle, remedy: remedy,
        account: "\(environment.engine.user) on \(environment.engine.host)"))
    clusters[name]?.keeping.sharedAt = nil
    reassess(name)
    publish()
    await keepNotes(of: name, sharing: false)
    // Whoever waits for the plan does not wait for that.
    if beat.isRunning { Task { await self.keepNotes(of: name, sharing: true) } }
  }
}

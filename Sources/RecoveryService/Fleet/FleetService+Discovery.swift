import FoundationEssentials
import RecoveryModel

/// How a fleet finds clusters by itself.
package struct FleetDiscovery: Sendable {
  package var source: any ClusterDiscovery
  /// Where the drills of a cluster are kept whose engine keeps no ledger of its own.
  package var ledger: @Sendable (ClusterDeclaration) -> any DrillLedger
  /// Where what was read of a cluster's contents is kept; nil = nowhere.
  package var scrubs: @Sendable (ClusterDeclaration) -> (any ScrubLedger)? = { _ in nil }
  /// Where what is kept of a cluster between looks lies; nil = nowhere.
  package var notes: @Sendable (ClusterDeclaration) -> NotesFile? = { _ in nil }

  package init(
    source: any ClusterDiscovery,
    ledger: @escaping @Sendable (ClusterDeclaration) -> any DrillLedger
  ) {
    self.source = source
    self.ledger = ledger
  }
}

/// The search for clusters, and who waits for it.
struct ClusterSearch {
  /// Somebody who waits for clusters to be found.
  struct Waiter {
    /// nil = for all of them.
    var names: [String]?
    var continuation: CheckedContinuation<Void, Never>
  }
  /// What was found last.
  var found: DiscoveredFleet
  var task: Task<Void, Never>?
  var waiters: [Int: Waiter] = [:]
  var nextWaiter = 0
  /// Somebody has waited in vain for the search to end: nobody does so again.
  var hasGivenUp = false
}

extension FleetService {
  /// Returns when every place has been asked once, or when all of these (full) names are known, or after
  /// `patience` (which is spent once); at once where nothing is looked for.
  package func findClusters(
    named names: [String]? = nil, patience: Double = patience
  ) async {
    startSearch()
    guard !hasFound(names) else { return }
    search.nextWaiter += 1
    let id = search.nextWaiter
    let limit = Task { [environment] in
      do { try await environment.sleep(patience) } catch { return }
      self.giveUp(id)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !Task.isCancelled else { return continuation.resume() }
        search.waiters[id] = ClusterSearch.Waiter(names: names, continuation: continuation)
      }
    } onCancel: {
      Task { await self.endSearch(of: id) }
    }
    limit.cancel()
    publishNow()
  }

  /// Begins to look for clusters, unless that has begun.
  func startSearch() {
    guard let discovery, search.task == nil, !closed else { return }
    search.task = Task { [weak self] in
      for await found in discovery.source.findings() { await self?.adopt(found) }
    }
  }

  /// Takes over what has been found: new clusters come in, those that are gone retire. A cluster with an
  /// operation under way stays until that has ended.
  func adopt(_ found: DiscoveredFleet) {
    guard let discovery, !closed else { return }
    search.found = found
    album.fleetChanged =
      album.fleetChanged || found.notices != album.current.notices
      || found.isComplete != album.current.isComplete
      || found.departures != album.current.departures
      || found.contexts != album.current.contexts
    var names: Set<String> = []
    for cluster in found.clusters {
      let name = cluster.declaration.name
      guard !fixed.contains(name), names.insert(name).inserted else { continue }
      adopt(cluster, ledger: discovery.ledger)
    }
    for name in order where !names.contains(name) && !fixed.contains(name) { retire(name) }
    if album.fleetChanged {
      let others = clusters.names.filter { !fixed.contains($0) }.sorted()
      order = fixed + others
    }
    publish()
    for (id, waiter) in search.waiters where hasFound(waiter.names) { endSearch(of: id) }
  }

  private func adopt(
    _ cluster: DiscoveredCluster, ledger: @Sendable (ClusterDeclaration) -> any DrillLedger
  ) {
    let name = cluster.declaration.name
    if let state = clusters[name] {
      if cluster.engine.isSame(as: state.watched.engine) {
        guard state.watched.declaration != cluster.declaration else { return }
        clusters[name]?.watched.declaration = cluster.declaration
        return reassess(name)
      }
      retire(name)
      guard clusters[name] == nil else { return }
    }
    epoch += 1
    clusters[name] = ClusterState(
      watched: WatchedCluster(
        declaration: cluster.declaration, engineTitle: cluster.engineTitle,
        engine: cluster.engine,
        ledger: cluster.engine.ledger ?? ledger(cluster.declaration),
        scrubs: cluster.engine.scrubs(beside: discovery?.scrubs(cluster.declaration)),
        notes: discovery?.notes(cluster.declaration)),
      epoch: epoch, interval: beat.interval, now: environment.engine.now(), assess: assess)
    album.fleetChanged = true
    guard beat.isRunning else { return }
    listen(to: name)
    if !beat.isPaused { askSources(of: name, force: false) }
  }

  private func retire(_ name: String) {
    guard var state = clusters[name], state.operation == nil else { return }
    state.stopListening()
    clusters[name] = nil
    reassessDescendants(of: state.watched.declaration.place)
    beat.agenda.forget(name)
    gathering.leave(name)
    if beat.attended == name { beat.attended = nil }
    album.changed.remove(name)
    album.fleetChanged = true
    dropFlights(of: state)
  }

  private func hasFound(_ names: [String]?) -> Bool {
    if search.found.isComplete || search.hasGivenUp { return true }
    return names.map { $0.allSatisfy { clusters[$0] != nil } } ?? false
  }

  private func giveUp(_ id: Int) {
    search.hasGivenUp = true
    endSearch(of: id)
  }

  private func endSearch(of id: Int) {
    search.waiters.removeValue(forKey: id)?.continuation.resume()
  }
}

extension BackupEngine {
  /// The engine's own place for what scrubs have read, with a file of this host's for want of rights there.
  func scrubs(beside own: (any ScrubLedger)?) -> (any ScrubLedger)? {
    guard let shared = scrubs else { return own }
    return own.map { SharedScrubLedger(shared: shared, own: $0) } ?? shared
  }

  /// The very same instance. Engines that are values have no identity: they count as the same.
  fileprivate func isSame(as other: any BackupEngine) -> Bool {
    guard type(of: self) is AnyClass, type(of: other) is AnyClass else {
      return type(of: self) == type(of: other)
    }
    return (self as AnyObject) === (other as AnyObject)
  }
}

import FoundationEssentials
import RecoveryModel

/// The newest picture, and what has changed since it was taken.
struct PictureAlbum {
  var current: FleetSnapshot
  /// Clusters that look different now.
  var changed: Set<String> = []
  /// Clusters have come or gone, or what is to be said of the fleet is new.
  var fleetChanged = false
  var takenAt = Date.distantPast
  /// Takes the next picture when the gap has passed.
  var pending: Task<Void, Never>?
  private var places: [String: Int] = [:]

  init(_ first: FleetSnapshot) {
    current = first
    index()
  }

  var isStale: Bool { !changed.isEmpty || fleetChanged || current.generation == 0 }

  /// Puts what has changed into the picture.
  mutating func develop(
    order: [String], clusters: ClusterTable, found: DiscoveredFleet, now: Date
  ) {
    if fleetChanged {
      current.clusters = ClusterSnapshots(order.compactMap { clusters[$0]?.$assessed })
      current.notices = found.notices
      current.isComplete = found.isComplete
      current.departures = found.departures
      current.contexts = found.contexts
      index()
    } else {
      for name in changed {
        guard let place = places[name], let state = clusters[name] else { continue }
        current.clusters.replace(at: place, by: state.$assessed)
      }
    }
    changed = []
    fleetChanged = false
    current.generation += 1
    current.takenAt = now
    takenAt = now
  }

  private mutating func index() {
    places = [:]
    for (place, cluster) in current.clusters.enumerated() {
      places[cluster.declaration.name] = place
    }
  }
}

extension FleetService {
  /// Shortest time, in seconds, between two pictures of a big fleet.
  static let pictureGap = 0.05

  /// Judges a cluster by all that is known of it now.
  func reassess(_ name: String) {
    guard let state = clusters[name] else { return }
    let now = environment.engine.now()
    let looking: Looking = isAttended(name) ? .attended : .unattended
    var assessed = assess(
      AssessmentInput(
        declaration: state.watched.declaration, engineTitle: state.watched.engineTitle,
        interval: beat.interval, report: state.report, drills: state.ledger.drills,
        operation: state.operation?.running, outcomes: state.outcomes, clock: state.clock, now: now,
        paces: state.paces(interval: beat.interval, looking: looking), scrubs: state.ledger.scrubs,
        notes: state.ledger.notes, previous: state.assessed,
        origin: origin(of: state.report)))
    // A ledger that lies where nobody answers is no news beside that.
    let isCut = state.report.outage != nil && state.ledger.failure != nil
    for finding in isCut ? [] : state.ledger.findings(path: state.watched.ledger.place) {
      assessed.add(finding)
    }
    let ended =
      clusters[name]?.followed.note(
        assessed.recoveries, all: state.report.recoveries, at: now) ?? []
    for followed in ended where !isToldElsewhere(followed) { record(followed, of: state) }
    clusters[name]?.assessed = assessed
    clusters[name]?.assessedAt = now
    gathering.leave(name)
    // Only its time would be new.
    assessed.takenAt = state.assessed.takenAt
    if assessed != state.assessed { album.changed.insert(name) }
    if assessed.verdict != state.assessed.verdict
      || assessed.window?.restorable != state.assessed.window?.restorable
    {
      reassessDescendants(of: state.watched.declaration.place)
    }
  }

  /// What is known of the cluster that one is recovered from, or was.
  private func origin(of report: EngineReport) -> RecoveryOrigin? {
    guard let place = report.origins.first else { return nil }
    return clusters.states.first { $0.watched.declaration.place == place }
      .map { RecoveryOrigin($0.assessed, for: report) }
  }

  /// Those that were recovered from it and rest on what it has stored; of any other it ends here.
  func reassessDescendants(of place: ClusterPlace?) {
    guard let place else { return }
    for state in clusters.states where state.report.descent?.origin == place {
      reassess(state.name)
    }
  }

  /// Its origin follows it as well: one end is told once.
  private func isToldElsewhere(_ followed: FollowedRecovery) -> Bool {
    guard let origin = followed.origin else { return false }
    return clusters.states.contains { $0.watched.declaration.place == origin }
  }

  /// A line of what was said of its time, and what came. It is nobody's act: that it cannot be written stops nothing.
  private func record(_ followed: FollowedRecovery, of state: ClusterState) {
    let engine = environment.engine
    let entry = AuditEntry(
      at: followed.endedAt, event: .followed, user: engine.user, host: engine.host,
      process: environment.process, cluster: state.name,
      operation: "recovery-\(Format.timestamp(followed.begunAt))", kind: .recovery,
      what: "recovery into \(followed.place)",
      outcome: followed.hasFailed ? .failed : followed.leftAt == nil ? .done : nil,
      summary: followed.words, of: state.watched.declaration)
    Task { [audit] in try? await audit.append(entry) }
  }

  /// Shows the picture to everybody who listens, if there is something new; a big fleet's at most twenty times a
  /// second.
  func publish() {
    guard album.isStale, album.pending == nil else { return }
    let wait =
      Self.pictureGap - environment.engine.now().timeIntervalSince(album.takenAt)
    guard order.count > Self.few, wait > 0, wait <= Self.pictureGap else { return publishNow() }
    album.pending = Task { [environment] in
      do { try await environment.sleep(wait) } catch {}
      self.publishNow()
    }
  }

  /// The same without waiting for its turn.
  func publishNow() {
    album.pending?.cancel()
    album.pending = nil
    guard album.isStale else { return }
    album.develop(
      order: order, clusters: clusters, found: search.found, now: environment.engine.now())
    broadcast.publish(album.current)
  }
}

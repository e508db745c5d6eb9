import FoundationEssentials
import RecoveryModel

/// What the service needs of the world besides its engines; tests give their own.
package struct ServiceEnvironment: Sendable {
  package var engine: EngineEnvironment
  /// Waits so many seconds, or throws when cancelled.
  package var sleep: @Sendable (Double) async throws -> Void
  package var process: Int32

  package init(
    engine: EngineEnvironment, process: Int32,
    sleep: @escaping @Sendable (Double) async throws -> Void = { seconds in
      try await Task.sleep(for: .seconds(seconds))
    }
  ) {
    self.engine = engine
    self.process = process
    self.sleep = sleep
  }
}

/// The shared truth about every watched cluster, and the only way to act on one.
///
/// Every source of every cluster is asked in a task of its own, one question at a time, so that one that hangs
/// costs its own parts and nobody else's time. Nothing is awaited between the reading and the writing of state.
/// Clusters are declared, or found while it runs; those that are found come and go.
package actor FleetService {
  /// Longest time, in seconds, that `refresh` waits for answers; engines have shorter deadlines of their own.
  package static let patience = 30.0
  /// Longest time, in seconds, that `close` waits for cancelled questions: a program gets two to end in.
  static let farewell = 5.0
  /// Up to so many clusters each is looked after as if somebody looked at it.
  static let few = 10

  let environment: ServiceEnvironment
  let audit: AuditLog
  let assess: Assess
  let discovery: FleetDiscovery?
  /// Names that were declared to stay, in their order.
  let fixed: [String]
  /// All names, as pictures list them.
  var order: [String]
  var clusters = ClusterTable()
  /// How it refreshes by itself.
  var beat: Beat
  /// When each plan was made, so that a fresh one is not made twice.
  var plannedAt: [OperationPlan.ID: Date] = [:]
  var questions = OpenQuestions()
  var gathering = Gathering()
  var search: ClusterSearch
  var closed = false
  /// Counts the states that clusters have had, so that answers to a former one are told apart.
  var epoch = 0
  var album: PictureAlbum
  nonisolated let broadcast = SnapshotBroadcast()

  package init(
    clusters watched: [WatchedCluster], discovery: FleetDiscovery? = nil, interval: Double,
    environment: ServiceEnvironment, audit: AuditLog, assess: @escaping Assess = assessByRules
  ) {
    self.environment = environment
    self.audit = audit
    self.assess = assess
    beat = Beat(interval: interval)
    search = ClusterSearch(found: DiscoveredFleet(isComplete: discovery == nil))
    self.discovery = discovery
    let now = environment.engine.now()
    fixed = watched.map(\.declaration.name)
    order = fixed
    var states = ClusterTable()
    for (index, cluster) in watched.enumerated() {
      states[cluster.declaration.name] = ClusterState(
        watched: cluster, epoch: index, interval: interval, now: now, assess: assess)
    }
    clusters = states
    epoch = watched.count
    album = PictureAlbum(
      FleetSnapshot(
        takenAt: now,
        clusters: ClusterSnapshots(
          watched.compactMap { states[$0.declaration.name]?.$assessed }),
        isComplete: discovery == nil))
  }

  /// The newest picture; cheap. Before the first answer it shows every cluster with all parts pending.
  package func snapshot() -> FleetSnapshot { album.current }

  /// The newest picture, if there has been one, and every new one; a slow reader gets only the newest.
  package nonisolated func snapshots() -> AsyncStream<FleetSnapshot> { broadcast.subscribe() }

  /// Looks for clusters and refreshes by itself every `interval` seconds until the task that awaits it is cancelled.
  package func run(interval seconds: Double) async {
    setInterval(seconds)
    beat.isRunning = true
    let reader = readNews()
    startSearch()
    for name in order { listen(to: name) }
    while !Task.isCancelled {
      tick()
      let rest = Task { [environment, interval = beat.interval] in
        do { try await environment.sleep(interval) } catch {}
      }
      beat.pause = rest
      await withTaskCancellationHandler {
        await rest.value
      } onCancel: {
        rest.cancel()
      }
    }
    beat.pause = nil
    beat.isRunning = false
    for name in order { clusters[name]?.stopListening() }
    reader.cancel()
  }

  /// Takes effect at once: the wait that is under way ends.
  package func setInterval(_ seconds: Double) {
    beat.interval = min(
      max(seconds, Configuration.intervals.lowerBound), Configuration.intervals.upperBound)
    beat.agenda.forget()
    beat.pause?.cancel()
  }

  /// While paused nothing is asked by itself and nothing is judged anew; operations go on and show.
  package func setPaused(_ paused: Bool) {
    beat.isPaused = paused
    if !paused { beat.pause?.cancel() }
  }

  /// Names the cluster that somebody looks at (nil = none): its sources are asked as often as the interval says.
  package func attend(_ cluster: String?) {
    let former = beat.attended
    beat.attended = cluster
    if let former { beat.agenda.forget(former) }
    guard let cluster, beat.isRunning, !beat.isPaused, clusters[cluster] != nil else { return }
    askSources(of: cluster, force: false)
    reassess(cluster)
    publish()
  }

  /// Asks the sources that are due (all of them when `force`), one child task per (cluster, source); returns when
  /// all have answered or met their deadline. Sources still busy with an earlier question are waited for.
  /// `names` = only these clusters; nil = all. Where nobody will look again by itself, what says that it is still being
  /// asked is asked again, some `rounds` times; each takes as long as the engine waits for it.
  package func refresh(force: Bool, only names: [String]? = nil) async {
    var wanted = names ?? order
    for _ in 0..<(beat.isRunning ? 1 : Self.rounds) {
      var flights: Set<Flight> = []
      for name in wanted { flights.formUnion(askSources(of: name, force: force)) }
      questions.refreshes += 1
      await wait(for: flights)
      questions.refreshes -= 1
      for name in wanted { reassess(name) }
      wanted = wanted.filter { clusters[$0]?.report.isUnderWay ?? false }
      guard !wanted.isEmpty, !Task.isCancelled else { break }
    }
    if let names { await askOrigins(of: names) }
    for name in names ?? order { await keepLooks(of: name) }
    publishNow()
  }

  private static let rounds = 8

  /// Asks nothing from now on, cancels the questions that are under way and returns when they have ended (their
  /// programs are gone then). For the end of the process; operations are not touched.
  package func close() async {
    closed = true
    search.task?.cancel()
    for name in order { clusters[name]?.stopListening() }
    let flights = Set(questions.tasks.keys)
    for question in questions.tasks.values { question.cancel() }
    for name in order { await keepLooks(of: name) }
    await wait(for: flights, patience: Self.farewell)
  }

  /// Clusters whose next drill is due (`RecoveryTargets.isDrillDue`), or whose ledger cannot say.
  package func dueDrills(now: Date? = nil) async -> [String] {
    let now = now ?? environment.engine.now()
    var due: [String] = []
    for name in order {
      guard let watched = clusters[name]?.watched else { continue }
      let drills = (try? await watched.ledger.contents())?.drills ?? []
      if watched.declaration.targets.isDrillDue(after: drills, at: now) { due.append(name) }
    }
    return due
  }

  /// A cluster's drills from its ledger, newest last; nothing for a cluster that is not known. Throws
  /// `RecoveryError`.
  package func drills(of name: String) async throws(RecoveryError) -> [DrillRecord] {
    guard let ledger = clusters[name]?.watched.ledger else { return [] }
    return Self.named(name, try await ledger.contents().drills)
  }

  /// A ledger is one cluster's, whatever whoever wrote into it called that: here it has one name.
  static func named(_ name: String, _ drills: [DrillRecord]) -> [DrillRecord] {
    drills.map { drill in
      var drill = drill
      drill.cluster = name
      return drill
    }
  }

  /// Who is looked after at every interval.
  func isAttended(_ name: String) -> Bool {
    order.count <= Self.few || beat.attended == name || clusters[name]?.operation != nil
      || clusters[name]?.report.recoveries.contains(where: \.isUnderWay) ?? false
  }
}

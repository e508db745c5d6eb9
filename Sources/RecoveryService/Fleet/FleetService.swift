import FoundationEssentials
import RecoveryModel

/// What the service needs of the world besides its engines; tests give their own.
public struct ServiceEnvironment: Sendable {
  public var engine: EngineEnvironment
  /// Waits so many seconds, or throws when cancelled.
  public var sleep: @Sendable (Double) async throws -> Void
  public var process: Int32

  public init(
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
public actor FleetService {
  /// Longest time, in seconds, that `refresh` waits for answers; engines have shorter deadlines of their own.
  static let patience = 30.0
  /// Longest time, in seconds, that `close` waits for cancelled questions: a program gets two to end in.
  static let farewell = 5.0

  let environment: ServiceEnvironment
  let audit: AuditLog
  let assess: Assess
  let order: [String]
  var clusters: [String: ClusterState]
  var interval: Double
  var paused = false
  /// When each plan was made, so that a fresh one is not made twice.
  var plannedAt: [OperationPlan.ID: Date] = [:]
  var waiters: [Int: Waiter] = [:]
  var nextWaiter = 0
  /// Questions under way, so that they can be cancelled.
  var questions: [Flight: Task<Void, Never>] = [:]
  var closed = false
  private var current: FleetSnapshot
  private var pause: Task<Void, Never>?
  private nonisolated let broadcast = SnapshotBroadcast()

  public init(
    clusters watched: [WatchedCluster], interval: Double, environment: ServiceEnvironment,
    audit: AuditLog, assess: @escaping Assess = assessByRules
  ) {
    self.environment = environment
    self.audit = audit
    self.assess = assess
    self.interval = interval
    let now = environment.engine.now()
    order = watched.map(\.declaration.name)
    var states: [String: ClusterState] = [:]
    for cluster in watched {
      states[cluster.declaration.name] = ClusterState(
        watched: cluster, sources: cluster.engine.sources.map { SourceState(source: $0) },
        assessed: assess(
          AssessmentInput(
            declaration: cluster.declaration, engineTitle: cluster.engineTitle,
            interval: interval, report: EngineReport(), drills: [], operation: nil, outcomes: [],
            clock: WALClock(), now: now, paces: [:], previous: nil)))
    }
    clusters = states
    current = FleetSnapshot(takenAt: now, clusters: order.compactMap { states[$0]?.assessed })
  }

  /// The newest picture; cheap. Before the first answer it shows every cluster with all parts pending.
  public func snapshot() -> FleetSnapshot { current }

  /// The newest picture, if there has been one, and every new one; a slow reader gets only the newest.
  public nonisolated func snapshots() -> AsyncStream<FleetSnapshot> { broadcast.subscribe() }

  /// Refreshes by itself every `interval` seconds until the task that awaits it is cancelled.
  public func run(interval seconds: Double) async {
    setInterval(seconds)
    while !Task.isCancelled {
      tick()
      let rest = Task { [environment, interval] in
        do { try await environment.sleep(interval) } catch {}
      }
      pause = rest
      await withTaskCancellationHandler {
        await rest.value
      } onCancel: {
        rest.cancel()
      }
    }
    pause = nil
  }

  /// One beat of `run`: asks what is due without waiting for answers, and judges anew what is known, since
  /// silence ages too. Does nothing while paused.
  public func tick() {
    guard !paused else { return }
    for name in order {
      askSources(of: name, force: false)
      reassess(name)
    }
    publish()
  }

  /// Takes effect at once: the wait that is under way ends.
  public func setInterval(_ seconds: Double) {
    interval = min(
      max(seconds, Configuration.intervals.lowerBound), Configuration.intervals.upperBound)
    pause?.cancel()
  }

  /// While paused nothing is asked by itself and nothing is judged anew; operations go on and show.
  public func setPaused(_ paused: Bool) {
    self.paused = paused
    if !paused { pause?.cancel() }
  }

  /// Asks the sources that are due (all of them when `force`), one child task per (cluster, source); returns when
  /// all have answered or met their deadline. Sources still busy with an earlier question are waited for.
  public func refresh(force: Bool) async {
    var flights: Set<Flight> = []
    for name in order { flights.formUnion(askSources(of: name, force: force)) }
    await wait(for: flights)
    for name in order { reassess(name) }
    publish()
  }

  /// Asks nothing from now on, cancels the questions that are under way and returns when they have ended (their
  /// programs are gone then). For the end of the process; operations are not touched.
  public func close() async {
    closed = true
    let flights = Set(questions.keys)
    for question in questions.values { question.cancel() }
    await wait(for: flights, patience: Self.farewell)
  }

  /// Clusters whose last conclusive drill is older than their drill interval, or whose ledger cannot say.
  /// A fiftieth of the interval (at most ten minutes) is forgiven, so that a nightly timer is not a minute early.
  public func dueDrills(now: Date? = nil) async -> [String] {
    let now = now ?? environment.engine.now()
    var due: [String] = []
    for name in order {
      guard let watched = clusters[name]?.watched else { continue }
      let drills = (try? await watched.ledger.contents())?.drills ?? []
      let last = drills.last { $0.outcome == .passed || $0.outcome == .failed }
      let interval = watched.declaration.targets.drillInterval
      let slack = min(interval / 50, 600)
      if last.map({ now.timeIntervalSince($0.startedAt) >= interval - slack }) ?? true {
        due.append(name)
      }
    }
    return due
  }

  /// Judges a cluster by all that is known of it now.
  func reassess(_ name: String) {
    guard let state = clusters[name] else { return }
    let now = environment.engine.now()
    var assessed = assess(
      AssessmentInput(
        declaration: state.watched.declaration, engineTitle: state.watched.engineTitle,
        interval: interval, report: state.report, drills: state.ledger.drills,
        operation: state.operation?.running, outcomes: state.outcomes, clock: state.clock, now: now,
        paces: state.paces(interval: interval), previous: state.assessed))
    for finding in state.ledger.findings(path: state.watched.ledger.place) {
      assessed.findings.append(finding)
      assessed.verdict = assessed.verdict.worse(finding.ceiling)
    }
    clusters[name]?.assessed = assessed
  }

  /// Shows the picture to everybody, unless only its time would be new.
  func publish() {
    let now = environment.engine.now()
    let assessed = order.compactMap { clusters[$0]?.assessed }
    let same =
      assessed.count == current.clusters.count
      && zip(assessed, current.clusters).allSatisfy { new, old in
        var new = new
        new.takenAt = old.takenAt
        return new == old
      }
    guard !same || current.generation == 0 else { return }
    current = FleetSnapshot(
      generation: current.generation + 1, takenAt: now, clusters: assessed)
    broadcast.publish(current)
  }
}

import FoundationEssentials
import KubernetesStandIn
import ObjectStoreStandIn
import ObjectStores
import RecoveryModel
import Synchronization
import TestSupport
import Transports

@testable import CloudNativePG
@testable import Kubernetes

private typealias Stage = CloudNativePGStage

/// Worlds of an operator behind an API server, each in a namespace of its own, and what the real engine makes of them
/// over HTTP.
final class OperatorCorpus: Sendable {
  /// Something that is so behind the operator's back.
  struct Lie: Sendable {
    var id: String
    /// What a restore comes to, and from where that is known.
    var truth: String
    var source: String
    var expected: [Verdict]
    /// Of the finding that says it; nil = it is one part that is missing.
    var sign: String?
    var shape: OperatorWorld.Shape
    var plant: @Sendable (inout OperatorWorld) throws -> Void

    init(
      _ id: String, _ truth: String, from source: String, _ expected: Verdict...,
      sign: String? = nil, in shape: (inout OperatorWorld.Shape) -> Void = { _ in },
      plant: @escaping @Sendable (inout OperatorWorld) throws -> Void
    ) {
      self.id = id
      self.truth = truth
      self.source = source
      self.expected = expected
      self.sign = sign
      var world = OperatorWorld.Shape()
      shape(&world)
      self.shape = world
      self.plant = plant
    }
  }

  /// A state in which everything comes back, however odd it looks.
  struct Health: Sendable {
    var id: String
    var shape: OperatorWorld.Shape
    var make: @Sendable (inout OperatorWorld) throws -> Void

    init(
      _ id: String, in shape: (inout OperatorWorld.Shape) -> Void = { _ in },
      make: @escaping @Sendable (inout OperatorWorld) throws -> Void
    ) {
      self.id = id
      var world = OperatorWorld.Shape()
      shape(&world)
      self.shape = world
      self.make = make
    }

    /// One that is odd by how it is set up alone.
    static func shaped(
      _ id: String, _ shape: (inout OperatorWorld.Shape) -> Void
    ) -> Health { Health(id, in: shape) { _ in } }
  }

  private struct State {
    var planted: [String: [JSONValue]] = [:]
    /// By namespace and pod.
    var statuses: [String: String] = [:]
    var refusals: [String] = []
  }

  let standIn: StandIn
  private let server: TestServer
  private let kubeconfig: String
  private let http: HTTPClient
  private let state = Mutex(State())

  /// What an API server would not have taken of what was planted: no state of a cluster.
  var refusals: [String] { state.withLock { $0.refusals } }

  init() async throws {
    server = try await TestServer.open(namespaces: ["pgvigil-drills"])
    guard let standIn = server.standIn else { throw StandInError("only a stand-in can be planted") }
    self.standIn = standIn
    kubeconfig = try await server.kubeconfig()
    http = server.http
    standIn.proxy { [weak self] request in
      guard let self, request.path == "/pg/status" else { return nil }
      let text = self.state.withLock { $0.statuses["\(request.namespace)/\(request.pod)"] }
      return text.map { ProxyResponse(200, $0) } ?? ProxyResponse(500, "PostgreSQL is down")
    }
  }

  // MARK: Rows

  func row(of lie: Lie, number: Int) async throws -> (row: CorpusRow, snapshot: ClusterSnapshot) {
    let start = ContinuousClock.now
    var world = try OperatorWorld(lie.shape)
    let namespace = "lie-\(number)"
    let before = try await snapshot(of: world, in: namespace)
    try lie.plant(&world)
    let after = try await snapshot(of: world, in: namespace)
    let isSaid =
      lie.sign.map { sign in
        after.findings.contains { $0.id == sign || $0.id.hasPrefix(sign + ":") }
      } ?? true
    let row = CorpusRow(
      id: lie.id, before: before.verdict.rawValue, after: after.verdict.rawValue,
      truth: .known(lie.truth, from: lie.source), isLie: true,
      isAsExpected: isSaid && lie.expected.contains(after.verdict),
      seconds: Self.seconds(since: start))
    return (row, after)
  }

  func row(
    of health: Health, number: Int
  ) async throws -> (row: CorpusRow, snapshot: ClusterSnapshot) {
    let start = ContinuousClock.now
    var world = try OperatorWorld(health.shape)
    try health.make(&world)
    let snapshot = try await snapshot(of: world, in: "well-\(number)")
    let row = CorpusRow(
      id: health.id, before: Verdict.likely.rawValue, after: snapshot.verdict.rawValue, truth: .all,
      isLie: false, isAsExpected: true, seconds: Self.seconds(since: start))
    return (row, snapshot)
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    Double((ContinuousClock.now - start).components.attoseconds) / 1e18
      + Double((ContinuousClock.now - start).components.seconds)
  }

  // MARK: Planting and looking

  /// What was in the namespace and is none of this world goes.
  private func plant(_ world: OperatorWorld, in namespace: String) throws {
    let objects = world.objects(in: namespace)
    let refused = try objects.flatMap { object in
      try standIn.refusals(of: object).map { "\(object["kind"]?.string ?? "") \($0)" }
    }
    let former = state.withLock { state in
      state.refusals += refused
      state.statuses = state.statuses.filter { !$0.key.hasPrefix(namespace + "/") }
      for (pod, status) in world.statuses { state.statuses["\(namespace)/\(pod)"] = status.text }
      defer { state.planted[namespace] = objects }
      return state.planted[namespace] ?? []
    }
    func key(_ object: JSONValue) -> [String?] {
      [object["kind"]?.string, object[path: "metadata", "name"]?.string]
    }
    let kept = Set(objects.map(key))
    for object in former where !kept.contains(key(object)) { try standIn.remove(object) }
    for object in objects { try standIn.seed(object) }
  }

  /// What somebody sees who looks for the first time.
  func snapshot(of world: OperatorWorld, in namespace: String) async throws -> ClusterSnapshot {
    try plant(world, in: namespace)
    var declaration = ClusterDeclaration(name: world.shape.name, engine: "cloudnativepg")
    declaration.options = ["namespace": .string(namespace)]
    let engine = try CloudNativePGEngine.alone(
      declaration: declaration, environment: .fixed(now: { Stage.now }),
      variables: ["KUBECONFIG": kubeconfig], seams: seams(world.bucket))
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    // Read once more when all else is known.
    report.merge(await engine.observe(ClusterObservatory.Source.objects.rawValue))
    return ClusterAssessment.assess(
      declaration: declaration, engineTitle: "CloudNativePG", interval: 2, report: report,
      drills: [], operation: nil, outcomes: [], clock: clock(world, report), now: Stage.now)
  }

  private func clock(_ world: OperatorWorld, _ report: EngineReport) -> WALClock {
    var clock = WALClock()
    guard let before = world.seenBefore, let archive = report.archive.value else { return clock }
    for (lsn, ago) in [(before, 600.0), (archive.currentLSN, 595), (archive.currentLSN, 0)] {
      clock.record(
        lsn: lsn, nextTransactionID: nil, timeline: archive.timeline, at: Stage.ago(ago))
    }
    return clock
  }

  private func seams(_ objects: [String: BucketInMemory.Object]?) -> CloudNativePGSeams {
    var seams = CloudNativePGSeams()
    seams.http = { [http] in http }
    // A busy machine's first lists take their time.
    seams.clock.patience = 60
    seams.clock.now = { Stage.now }
    seams.store = .unreachable
    guard let objects else { return seams }
    let bucket = BucketInMemory()
    for (key, object) in objects { bucket.put(key, object) }
    seams.store = StoreSeams(
      http: { bucket.http }, environment: { [:] }, read: { _ in nil },
      pause: StorePause(now: { Stage.now }) { _ in })
    return seams
  }
}

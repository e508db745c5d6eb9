import Dispatch
import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Synchronization

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// One stand-in for all operation tests that do not run on a real server; each test has namespaces of its own in it.
enum OperationsServer {
  static let shared = Task { try await StandIn.start() }

  static func open() async throws -> TestServer {
    let standIn = TestServer.isReal ? nil : try await shared.value
    return try await TestServer.open(namespaces: ["prod", "drills"], on: standIn)
  }
}

/// A source cluster `pg-main` in a namespace of its own, a drill namespace beside it, and what a test needs to play the
/// operator's part.
final class OperationsStage: Sendable {
  let server: TestServer
  let client: KubernetesClient
  let namespace: String
  let drills: String
  private let known: Mutex<CloudNativePGFacts>
  private let ledgers: ResourceCache<ConfigMap>
  private let watching: Task<Void, Never>
  /// What PostgreSQL in the copy answers.
  let copy = Mutex<CopyAnswers>(CopyAnswers())

  struct CopyAnswers: Sendable {
    var recovering = "false"
    var written = "0/9000100"
    var segment = "000000030000000000000009"
    var count = "42"
  }

  static let limits: OperationLimits = {
    var limits = OperationLimits()
    limits.tick = 0.05
    limits.endWAL = 0.4
    // What is not to end by itself in a test has all the time that a busy machine needs.
    limits.destruction = 3600
    limits.reaction = 3600
    limits.pending = 3600
    limits.container = 3600
    limits.forward = 3600
    limits.settling = 5
    return limits
  }()

  init(plugin: Bool = false, user: User = .admin) async throws {
    server = try await OperationsServer.open()
    namespace = server.namespace("prod")
    drills = server.namespace("drills")
    client = try await server.client(of: user)
    let cache = ResourceCache<ConfigMap>(
      client: server.client, namespace: drills, labelSelector: "\(OwnLabel.ledger)=true",
      clock: .live)
    ledgers = cache
    var facts =
      plugin ? try CloudNativePGStage.pluginFacts() : try CloudNativePGStage.facts()
    facts.cluster.metadata.namespace = namespace
    known = Mutex(facts)
    watching = Task { await cache.run {} }
    try await makeSource(plugin: plugin)
  }

  deinit { watching.cancel() }

  private func makeSource(plugin: Bool) async throws {
    func sample(_ name: String) throws -> JSONValue {
      let text = try Fixture.text("cloudnativepg/\(name)")
      return try JSONValue(parsing: text.replacing("\"prod\"", with: "\"\(namespace)\""))
    }
    var cluster = try sample("cluster-live-intree")
    if plugin {
      try await server.make(try sample("objectstore-live"))
      cluster.set(nil, at: "spec", "backup")
      cluster.set(
        [
          [
            "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true,
            "parameters": ["barmanObjectName": "minio-store"],
          ]
        ], at: "spec", "plugins")
    }
    try await server.make(cluster)
    try await server.make(try sample("backup-completed"))
    for name in ["fast", "standard"] { try await server.makeStorageClass(name) }
    try await server.make([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": "minio", "namespace": .string(namespace)],
      "data": [
        "ACCESS_KEY_ID": "a2V5", "ACCESS_SECRET_KEY": "c2VjcmV0", "UNRELATED": "bm8=",
      ],
    ])
  }

  func change(_ body: (inout CloudNativePGFacts) throws -> Void) rethrows {
    try known.withLock { try body(&$0) }
  }

  var facts: CloudNativePGFacts { known.withLock { $0 } }

  /// What a new look at the instances brings after so many seconds; nothing else than is known where it is not set.
  let news = Mutex<(@Sendable (_ patience: Double) -> CloudNativePGFacts?)?>(nil)

  private func look(_ patience: Double) -> CloudNativePGFacts? {
    news.withLock { $0 }?(patience) ?? facts
  }

  /// Seconds that a drill may take.
  let timeout = Mutex(3600.0)

  var declaration: ClusterDeclaration {
    ClusterDeclaration(
      name: "\(namespace)/pg-main", engine: "cloudnativepg",
      drill: DrillSettings(timeout: timeout.withLock { $0 }))
  }

  var site: ClusterSite {
    ClusterSite(
      context: server.context, client: client, namespace: namespace, name: "pg-main",
      declaration: declaration,
      settings: CloudNativePGSettings(cluster: "pg-main", drillNamespace: drills),
      kubeconfig: nil, facts: { [self] in facts }, look: { [self] in look($0) },
      changes: { AsyncStream { $0.finish() } }, ledgers: ledgers)
  }

  var environment: EngineEnvironment {
    EngineEnvironment(
      now: { CloudNativePGStage.now }, host: "host", user: "user",
      newID: { String(UInt64.random(in: 0...(.max)), radix: 36) }, version: "0")
  }

  func operations(
    kubectl: String = "kubectl", limits: OperationLimits = OperationsStage.limits
  ) -> CloudNativePGOperations {
    CloudNativePGOperations(
      site: site, environment: environment, processes: .tunnel,
      connect: { [self] _, _ in sql }, limits: limits, kubectl: kubectl)
  }

  private var sql: SQLClient {
    SQLClient(
      query: { [self] sql, _ in
        let answers = copy.withLock { $0 }
        if sql.contains("pg_is_in_recovery") {
          return SQLRows(
            columns: ["recovering", "archiving", "written", "segment", "bytes"],
            rows: [[answers.recovering, "off", answers.written, answers.segment, "7340032"]])
        }
        if sql.contains("relpages") {
          return SQLRows(columns: ["name"], rows: [["public.user_entity"]])
        }
        return SQLRows(columns: ["count"], rows: [[answers.count]])
      }, close: {})
  }

  // MARK: Running

  /// Reads an operation to its end; `play` is called at each event, before the next is read.
  func run(
    _ operations: CloudNativePGOperations, _ plan: OperationPlan,
    _ play: (OperationEvent.Kind) async throws -> Void = { _ in }
  ) async throws -> [OperationEvent.Kind] {
    var seen: [OperationEvent.Kind] = []
    for try await event in operations.start(plan) {
      seen.append(event.kind)
      try await play(event.kind)
    }
    return seen
  }

  /// A drill whose operator does as `play` says once the copy is there.
  func drill(
    _ operations: CloudNativePGOperations? = nil, _ play: (String) async throws -> Void
  ) async throws -> DrillRecord {
    let operations = operations ?? self.operations(kubectl: "/bin/sh")
    let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
    let order = try (plan.order?.as(ClusterDrillOrder.self)).orThrow()
    let events = try await run(operations, plan) { event in
      if event == .log("made Cluster \(drills)/\(order.copy)") { try await play(order.copy) }
    }
    guard case .drillFinished(let record)? = events.last else {
      throw RecoveryError(.failed, "the drill left no record")
    }
    return record
  }

  /// Everything in the drill namespace that a drill makes, by its plural.
  var leftovers: [String] {
    get async throws {
      var found: [String] = []
      for resource in [
        CNPGCluster.resource, BarmanObjectStore.resource, Resource.secrets, Pod.resource,
        Job.resource, PersistentVolumeClaim.resource,
      ] {
        found += try await server.names(resource, drills).map { "\(resource.plural) \($0)" }
      }
      return found
    }
  }
}

extension Optional {
  func orThrow() throws -> Wrapped {
    guard let value = self else { throw RecoveryError(.failed, "nothing there") }
    return value
  }
}

extension ProcessRunner {
  /// A kubectl that forwards to nowhere and stays until it is dropped.
  static let tunnel = ProcessRunner(
    run: { throw RecoveryError(.unreachable, "\($0.executable) is not to be run") },
    stream: { _ in
      AsyncThrowingStream { continuation in
        continuation.yield(.outputLine("Forwarding from 127.0.0.1:45678 -> 5432"))
      }
    })
}

extension Role {
  /// As the manifests grant these rules; nil = in every namespace.
  init(_ rules: [AccessRule], in namespaces: Set<String>?) {
    self.init(
      rules: rules.map {
        Rule(groups: [$0.group], resources: $0.resources, verbs: $0.verbs, names: $0.resourceNames)
      }, namespaces: namespaces)
  }
}

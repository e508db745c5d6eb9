import Dispatch
import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Synchronization

@testable import RecoveryEngines

/// One API server for all operation tests; each test has namespaces of its own in it.
enum OperationsServer {
  static let shared = Task {
    try await withCheckedThrowingContinuation { continuation in
      // Its certificates are made by programs that it waits for.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try StandIn() })
      }
    }
  }

  static let admin = Task { try await client(try await shared.value, user: "admin") }

  /// Its kubeconfig is a file of the user's own: ask once per user.
  static func client(_ server: StandIn, user: String) async throws -> KubernetesClient {
    let file: String = try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try server.kubeconfigFile(user: user) })
      }
    }
    let access = try KubernetesAccess(
      path: file, environment: [:], read: { try LocalFile.bytes($0) })
    return try access.connect(
      context: nil, http: .live(), processes: .failing, read: { try LocalFile.bytes($0) },
      now: { Date() }
    ).client
  }
}

/// A source cluster `pg-main` in a namespace of its own, a drill namespace beside it, and what a test needs to play the
/// operator's part.
final class OperationsStage: Sendable {
  let server: StandIn
  let client: KubernetesClient
  let namespace: String
  let drills: String
  let id: String
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
    limits.destruction = 10
    limits.reaction = 60
    limits.settling = 5
    return limits
  }()

  init(plugin: Bool = false, user: String = "admin", roles: [Role]? = nil) async throws {
    server = try await OperationsServer.shared.value
    id = String(UInt64.random(in: 0...(.max)), radix: 36).lowercased()
    let suffix = id
    namespace = "prod-\(suffix)"
    drills = "drills-\(suffix)"
    let name = user == "admin" ? user : "\(user)-\(suffix)"
    if let roles {
      let placed = roles.map { role in
        var role = role
        role.namespaces = role.namespaces.map { places in
          Set(
            places.map { $0.replacing("auth", with: "prod-\(suffix)") }
              .map { $0.replacing("pgvigil-drills", with: "drills-\(suffix)") })
        }
        return role
      }
      server.add(User(name, roles: placed))
    }
    let admin = try await OperationsServer.admin.value
    client = user == "admin" ? admin : try await OperationsServer.client(server, user: name)
    ledgers = ResourceCache(
      client: admin, namespace: drills,
      labelSelector: "\(OwnLabel.ledger)=true", clock: .live)
    let (place, cache) = (namespace, ledgers)
    var facts =
      plugin ? try CloudNativePGStage.pluginFacts() : try CloudNativePGStage.facts()
    facts.cluster.metadata.namespace = place
    known = Mutex(facts)
    try server.seed(namespace: namespace)
    try server.seed(namespace: drills)
    watching = Task { await cache.run {} }
    try seedSource(plugin: plugin)
  }

  deinit { watching.cancel() }

  private func seedSource(plugin: Bool) throws {
    func text(_ name: String) throws -> String {
      try Fixture.text("cloudnativepg/\(name)").replacing("\"prod\"", with: "\"\(namespace)\"")
    }
    try server.seed(json: text("cluster-live-intree"))
    try server.seed(json: text("backup-completed"))
    if plugin {
      try server.seed(json: text("objectstore-live"))
      try server.change("clusters", namespace, "pg-main") { tree in
        tree.set(nil, at: "spec", "backup")
        tree.set(
          [
            [
              "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true,
              "parameters": ["barmanObjectName": "minio-store"],
            ]
          ], at: "spec", "plugins")
      }
    }
    try server.seed([
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

  var declaration: ClusterDeclaration {
    ClusterDeclaration(
      name: "\(namespace)/pg-main", engine: "cloudnativepg", drill: DrillSettings(timeout: 50))
  }

  var site: ClusterSite {
    ClusterSite(
      context: "stand-in", client: client, namespace: namespace, name: "pg-main",
      declaration: declaration,
      settings: CloudNativePGSettings(cluster: "pg-main", drillNamespace: drills),
      kubeconfig: nil, facts: { [self] in facts }, look: { [self] in facts },
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

  // MARK: The operator's part

  func setBackup(_ name: String, _ status: JSONValue) throws {
    try server.change("backups", namespace, name) { $0["status"] = status }
  }

  /// The recovery job begins and its pod runs.
  func beginRecovery(_ copy: String, pod: String? = nil, podStatus: JSONValue? = nil) throws {
    let uid = server.object("clusters", drills, copy)?[path: "metadata", "uid"] ?? ""
    try server.change("clusters", drills, copy) {
      $0["status"] = [
        "phase": "Setting up primary",
        "phaseReason": .string("Creating primary instance \(copy)-1"),
      ]
    }
    try server.seed(
      owned(
        "batch/v1", "Job", "\(copy)-1-full-recovery", copy, uid,
        ["cnpg.io/jobRole": "full-recovery"]))
    try server.seed(owned("v1", "PersistentVolumeClaim", "\(copy)-1", copy, uid, [:]))
    try seedPod(pod ?? "\(copy)-1-full-recovery-a", copy, uid, status: podStatus)
  }

  func seedPod(_ name: String, _ copy: String, _ uid: JSONValue, status: JSONValue? = nil) throws {
    var pod = owned("v1", "Pod", name, copy, uid, ["cnpg.io/jobRole": "full-recovery"])
    pod["spec"] = [
      "containers": [["name": "full-recovery", "image": "x"]],
      "initContainers": [["name": "plugin-barman-cloud", "image": "x"]],
    ]
    pod["status"] = status ?? ["phase": "Running"]
    try server.seed(pod)
  }

  func say(_ line: String, pod: String) {
    server.log(line, namespace: drills, pod: pod, container: "full-recovery")
  }

  func sayServer(_ severity: String, _ message: String, pod: String) {
    say(
      #"{"level":"info","logger":"postgres","msg":"record","record":{"error_severity":""#
        + severity + #"","message":""# + message.replacing("\"", with: "\\\"") + #""}}"#, pod: pod)
  }

  /// Everything that a good recovery says.
  func sayRecovered(pod: String, reached: String = "0/9000060") {
    say(#"{"level":"info","msg":"Target backup found"}"#, pod: pod)
    say(#"{"level":"info","msg":"Restore completed"}"#, pod: pod)
    for line in [
      "starting point-in-time recovery to WAL location (LSN) \"0/9000000\"",
      "restored log file \"000000010000000000000008\" from archive", "redo starts at 0/8000028",
      "restored log file \"000000020000000000000009\" from archive",
      "redo done at \(reached) system usage: CPU: user: 0.00 s",
      "last completed transaction was at log time 2026-08-21 10:04:58.5+00",
      "selected new timeline ID: 3",
    ] { sayServer("LOG", line, pod: pod) }
  }

  func endPod(_ name: String, phase: String, exitCode: Int = 0) throws {
    try server.change("pods", drills, name) {
      $0["status"] = [
        "phase": .string(phase),
        "containerStatuses": [
          [
            "name": "full-recovery",
            "state": ["terminated": ["exitCode": .integer(exitCode), "reason": "Error"]],
          ],
          [
            "name": "plugin-barman-cloud",
            "state": ["terminated": ["exitCode": .integer(0), "reason": "Completed"]],
          ],
        ],
      ]
    }
  }

  /// The job is done, the instance runs, its login is there.
  func finishRecovery(_ copy: String, pod: String? = nil) throws {
    let uid = server.object("clusters", drills, copy)?[path: "metadata", "uid"] ?? ""
    try endPod(pod ?? "\(copy)-1-full-recovery-a", phase: "Succeeded")
    try server.change("jobs", drills, "\(copy)-1-full-recovery") {
      $0["status"] = ["succeeded": 1, "conditions": [["type": "Complete", "status": "True"]]]
    }
    var instance = owned("v1", "Pod", "\(copy)-1", copy, uid, ["cnpg.io/podRole": "instance"])
    instance["spec"] = ["containers": [["name": "postgres", "image": "x"]]]
    instance["status"] = [
      "phase": "Running", "conditions": [["type": "Ready", "status": "True"]],
    ]
    try server.seed(instance)
    var secret = owned("v1", "Secret", "\(copy)-app", copy, uid, [:])
    secret["data"] = ["username": "YXBw", "password": "cHc=", "dbname": "YXBw"]
    try server.seed(secret)
    try server.change("clusters", drills, copy) {
      $0["status"] = [
        "phase": "Cluster in healthy state", "readyInstances": 1, "instances": 1,
        "currentPrimary": .string("\(copy)-1"),
      ]
    }
  }

  private func owned(
    _ version: String, _ kind: String, _ name: String, _ copy: String, _ uid: JSONValue,
    _ labels: [String: JSONValue]
  ) -> JSONValue {
    var all = labels
    all["cnpg.io/cluster"] = .string(copy)
    return [
      "apiVersion": .string(version), "kind": .string(kind),
      "metadata": [
        "name": .string(name), "namespace": .string(drills), "labels": .object(all),
        "ownerReferences": [
          [
            "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": .string(copy),
            "uid": uid, "controller": true, "blockOwnerDeletion": true,
          ]
        ],
      ],
    ]
  }

  // MARK: Running

  /// Reads an operation to its end; `play` is called at each event, before the next is read.
  func run(
    _ operations: CloudNativePGOperations, _ plan: OperationPlan,
    _ play: (OperationEvent.Kind) throws -> Void = { _ in }
  ) async throws -> [OperationEvent.Kind] {
    var seen: [OperationEvent.Kind] = []
    for try await event in operations.start(plan) {
      seen.append(event.kind)
      try play(event.kind)
    }
    return seen
  }

  /// A drill whose operator does as `play` says once the copy is there.
  func drill(
    _ operations: CloudNativePGOperations? = nil, _ play: (String) throws -> Void
  ) async throws -> DrillRecord {
    let operations = operations ?? self.operations(kubectl: "/bin/sh")
    let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
    let order = try ClusterDrillOrder(plan: plan).orThrow()
    let events = try await run(operations, plan) { event in
      if event == .drillEntered(.restoring) { try play(order.copy) }
    }
    guard case .drillFinished(let record)? = events.last else {
      throw RecoveryError(.failed, "the drill left no record")
    }
    return record
  }

  /// Everything in the drill namespace that a drill makes.
  var leftovers: [String] {
    ["clusters", "objectstores", "secrets", "pods", "jobs", "persistentvolumeclaims"]
      .flatMap { server.names($0, namespace: drills) }
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

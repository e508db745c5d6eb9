import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

@testable import CloudNativePG
@testable import Kubernetes

private typealias Stage = CloudNativePGStage

/// Clusters as `CloudNativePGStage` has them, behind an API server; names are those of `prod/pg-main`, wherever that is.
struct ServedFleet: Sendable {
  let server: TestServer

  /// Namespaces that are not named here are not on the server.
  static func make(
    _ clusters: [(String, String)] = [("prod", "pg-main")]
  ) async throws -> ServedFleet {
    let fleet = ServedFleet(
      server: try await TestServer.open(
        namespaces: Set(clusters.map(\.0) + ["pgvigil-drills"]).sorted()))
    for (namespace, name) in clusters { try await fleet.add(namespace, name) }
    fleet.answerStatus()
    return fleet
  }

  func add(_ namespace: String, _ name: String, labels: [String: String] = [:]) async throws {
    let namespace = server.namespace(namespace)
    var cluster = try Self.object("cluster-live-intree", namespace, name)
    cluster.set(
      .object(
        [
          "cnpg.io/team": "a"
        ].merging(labels.mapValues { .string($0) }) { $1 }), at: "metadata", "labels")
    cluster.set(.object([:]), at: "metadata", "annotations")
    // Whoever sees a cluster is to see all of it.
    for number in 1...3 { try await addInstance(namespace, name, number) }
    var backup = try Self.object("backup-completed", namespace, name)
    backup.set(.string("\(name)-nightly-1"), at: "metadata", "name")
    backup.set(.string(name), at: "spec", "cluster", "name")
    try await server.make(backup)
    try await server.make(
      try JSONValue(
        parsing: """
          {"apiVersion":"postgresql.cnpg.io/v1","kind":"ScheduledBackup",
          "metadata":{"name":"\(name)-nightly","namespace":"\(namespace)"},
          "spec":{"schedule":"0 0 3 * * *","cluster":{"name":"\(name)"}},
          "status":{"lastCheckTime":"2026-08-21T03:00:00Z",
          "lastScheduleTime":"2026-08-21T03:00:00Z","nextScheduleTime":"2026-08-22T03:00:00Z"}}
          """))
    try await server.make(cluster)
  }

  private func addInstance(_ namespace: String, _ name: String, _ number: Int) async throws {
    let instance = "\(name)-\(number)"
    let labels = """
      "labels":{"cnpg.io/cluster":"\(name)","cnpg.io/podRole":"instance",
      "cnpg.io/instanceName":"\(instance)","cnpg.io/pvcRole":"PG_DATA"}
      """
    try await server.make(
      JSONValue(
        parsing: """
          {"apiVersion":"v1","kind":"Pod","metadata":{"name":"\(instance)",
          "namespace":"\(namespace)",\(labels)},
          "spec":{"nodeName":"node-1","containers":[{"name":"postgres","image":"i",
          "command":["/controller/manager","instance","run","--status-port-tls"]}]},
          "status":{"phase":"Running","startTime":"2026-08-01T10:00:00Z",
          "conditions":[{"type":"Ready","status":"True"}]}}
          """))
    try await server.make(
      JSONValue(
        parsing: """
          {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"\(instance)",
          "namespace":"\(namespace)",\(labels)},"spec":{"accessModes":["ReadWriteOnce"],
          "resources":{"requests":{"storage":"1Gi"}}},
          "status":{"phase":"Bound","capacity":{"storage":"20Gi"}}}
          """))
  }

  /// A sample under another name: everything in it that is called after the cluster follows.
  private static func object(
    _ sample: String, _ namespace: String, _ name: String
  ) throws -> JSONValue {
    let text = try Fixture.text("cloudnativepg/\(sample)")
      .replacing("pg-main", with: name)
    var object = try JSONValue(parsing: text)
    object.set(.string(namespace), at: "metadata", "namespace")
    return object
  }

  /// Every instance answers; the first of each cluster is its primary.
  func answerStatus() {
    server.kubelet.proxy { request in
      guard request.path == "/pg/status", request.port == "8000" else { return nil }
      guard request.scheme == "https" else { return ProxyResponse(400, "speak TLS") }
      guard request.pod.hasSuffix("-1") else { return ProxyResponse(200, Self.standbyStatus) }
      let name = String(request.pod.dropLast(2))
      guard let text = try? Fixture.text("cloudnativepg/pg-status-primary") else { return nil }
      return ProxyResponse(200, text.replacing("pg-main", with: name))
    }
  }

  static let standbyStatus = """
    {"receivedLsn":"0/A000140","replayLsn":"0/A000140","systemID":"7391234567890123456",
    "isWalReceiverActive":true,"timeLineID":2,"instanceManagerVersion":"1.25.3"}
    """

  // MARK: Reaching it

  func seams(_ change: (inout CloudNativePGSeams) -> Void = { _ in }) -> CloudNativePGSeams {
    var seams = CloudNativePGSeams()
    seams.store = .unreachable
    seams.http = { [server] in server.http }
    seams.clock = CacheClock(
      now: { Stage.now }, random: { 0.5 },
      sleep: { try await Task.sleep(for: .seconds($0)) })
    change(&seams)
    return seams
  }

  func discovery(
    user: User = .admin, namespace: String? = nil,
    _ change: (inout DiscoveryOptions) -> Void = { _ in },
    seams change2: (inout CloudNativePGSeams) -> Void = { _ in }
  ) async throws -> CloudNativePGDiscovery {
    var options = DiscoveryOptions(environment: [:])
    options.kubeconfig = try await server.kubeconfig(of: user, namespace: namespace)
    change(&options)
    return try CloudNativePGDiscovery(
      options: options, environment: .fixed(now: { Stage.now }), seams: seams(change2))
  }

  // MARK: Names

  /// What was found, as it is called here: others may have clusters on a real server too.
  func names(_ found: DiscoveredFleet) -> [String] {
    found.clusters.compactMap { cluster in
      let parts = cluster.declaration.name.split(separator: "/").map(String.init)
      guard parts.count > 1 else { return cluster.declaration.name }
      guard let short = server.shortName(ofNamespace: parts[parts.count - 2]) else { return nil }
      return (parts.dropLast(2) + [short, parts[parts.count - 1]]).joined(separator: "/")
    }
  }

  /// How `namespace/name` is called on the server.
  func name(_ name: String) -> String {
    let parts = name.split(separator: "/").map(String.init)
    return parts.count == 2 ? "\(server.namespace(parts[0]))/\(parts[1])" : name
  }
}

extension ClusterDiscovery {
  /// The first picture that satisfies; nil only when the stream ends.
  func first(where wanted: (DiscoveredFleet) -> Bool) async -> DiscoveredFleet? {
    for await fleet in findings() where wanted(fleet) { return fleet }
    return nil
  }
}

/// A discovery that goes on for the length of a test: its latest picture, and waiting for one.
actor WatchedFleet {
  private(set) var fleet = DiscoveredFleet()
  private var waiting:
    [(wanted: @Sendable (DiscoveredFleet) -> Bool, CheckedContinuation<Void, Never>)] = []
  private var task: Task<Void, Never>?

  init(_ discovery: any ClusterDiscovery) async {
    task = Task { for await fleet in discovery.findings() { self.take(fleet) } }
  }

  deinit { task?.cancel() }

  func stop() { task?.cancel() }

  @discardableResult
  func wait(
    _ wanted: @escaping @Sendable (DiscoveredFleet) -> Bool = { $0.isComplete }
  ) async -> DiscoveredFleet {
    if !wanted(fleet) { await withCheckedContinuation { waiting.append((wanted, $0)) } }
    return fleet
  }

  func engine(_ name: String) -> (any BackupEngine)? {
    fleet.clusters.first { $0.declaration.name == name }?.engine
  }

  /// Tells one engine from another.
  func identity(_ name: String) -> ObjectIdentifier? {
    engine(name).map { ObjectIdentifier($0 as AnyObject) }
  }

  private func take(_ fleet: DiscoveredFleet) {
    self.fleet = fleet
    waiting.removeAll { wanted, continuation in
      guard wanted(fleet) else { return false }
      continuation.resume()
      return true
    }
  }
}

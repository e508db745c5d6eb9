import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// Everything around the engine of cluster `prod/pg-main`: an API server with an operator that plays CloudNativePG's part
/// and, behind it, a real PostgreSQL.
struct Theatre: Sendable {
  let server: TestServer
  let player: Player
  let engine: CloudNativePGEngine
  let source: PlayedSource?

  static let users = SmokeTest(
    name: "users", sql: "SELECT count(*) FROM user_entity", expectation: .atLeast(120))

  static let canRestore =
    PostgresTools.programs != nil && Binary.kubectlIsInstalled && !TestServer.isReal

  /// Patient with all that comes in the end, so that only what is played decides.
  static func limits(_ script: PlayerScript) -> OperationLimits {
    var limits = OperationsStage.limits
    limits.endWAL = 3600
    limits.pending = 1
    limits.container = 1
    // Of the failures only this one is silence.
    if script.recoveries["*"] == .missingObjectStore { limits.reaction = 1 }
    return limits
  }

  /// `user` is who drills.
  static func play(
    _ script: PlayerScript = PlayerScript(), isReal: Bool = false, backups: Int = 0,
    tests: [SmokeTest] = [], user: User = .admin, kubectl: String? = nil,
    _ body: (Theatre) async throws -> Void
  ) async throws {
    let server = try await TestServer.open(namespaces: ["prod", "drills"])
    let kubeconfig = try await server.kubeconfig(of: user)
    let source =
      isReal
      ? try await PlayedSource.make(behind: ObjectKey(namespace: "prod", name: "pg-main")) : nil
    if let source {
      try server.standIn?.seedCluster(behind: source, backups: backups)
    } else {
      try await server.makeCluster("prod", "pg-main", backups: backups)
    }
    var script = script
    script.stepSeconds = 0.01
    script.retrySeconds = 0.01
    script.attempts = 3
    let player = Player(
      client: server.client, namespaces: ["prod", "drills"].map(server.namespace),
      kubelet: server.kubelet, source: source, script: script)
    let running = Task { await player.run() }
    let theatre = Theatre(
      server: server, player: player,
      engine: try engine(
        server, kubeconfig: kubeconfig, kubectl: kubectl ?? Binary.kubectl ?? "kubectl", tests,
        limits(script)),
      source: source)
    let result: Result<Void, any Error>
    do { result = .success(try await body(theatre)) } catch { result = .failure(error) }
    running.cancel()
    await running.value
    await source?.stop()
    await server.close()
    try result.get()
  }

  private static func engine(
    _ server: TestServer, kubeconfig: String, kubectl: String, _ tests: [SmokeTest],
    _ limits: OperationLimits
  ) throws -> CloudNativePGEngine {
    let declaration = ClusterDeclaration(
      name: "pg-main", engine: "cloudnativepg", smokeTests: tests,
      drill: DrillSettings(timeout: 3600),
      options: [
        "kubeconfig": .string(kubeconfig), "namespace": .string(server.namespace("prod")),
        "drill_namespace": .string(server.namespace("drills")),
      ])
    var seams = CloudNativePGSeams()
    seams.store = .unreachable
    seams.http = { server.http }
    seams.makeOperations = {
      CloudNativePGOperations(
        site: $0, environment: $1, processes: .keepingCaches(in: server.directory),
        connect: { SQLClient.live(conninfo: $0, password: $1) }, limits: limits,
        kubectl: kubectl)
    }
    let environment = EngineEnvironment(
      now: { Date() }, host: "host", user: "user",
      newID: { String(UInt64.random(in: 0...(.max)), radix: 36) }, version: "0")
    return try CloudNativePGEngine.alone(
      declaration: declaration, environment: environment, variables: [:], seams: seams)
  }

  func report() async -> EngineReport {
    var report = EngineReport()
    for source in ["objects", "instances"] { report.merge(await engine.observe(source)) }
    return report
  }

  /// No object, no child, and no trouble on the operator's part.
  func expectNothingLeft(of record: DrillRecord) async throws {
    #expect(record.leftBehind == [])
    #expect(Forwarders.pids(of: record.id) == [])
    for resource in [
      CNPGCluster.resource, .secrets, Pod.resource, Job.resource, PersistentVolumeClaim.resource,
    ] {
      #expect(try await server.names(resource, "drills") == [], "\(resource.title)")
    }
    #expect(await player.troubles == [])
  }
}

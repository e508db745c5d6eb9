import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// Whole operations of the engine itself, against an API server with an operator that plays CloudNativePG's part and,
/// behind it, a real PostgreSQL.
@Suite(.serialized, .closingServers) struct PlayedDrillTests {
  /// Everything around the engine of cluster `prod/pg-main`.
  struct Theatre: Sendable {
    let server: TestServer
    let player: Player
    let engine: CloudNativePGEngine
    let source: PlayedSource?
  }

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
  func play(
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
      engine: try Self.engine(
        server, kubeconfig: kubeconfig, kubectl: kubectl ?? Binary.kubectl ?? "kubectl", tests,
        Self.limits(script)),
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

  func report(_ engine: CloudNativePGEngine) async -> EngineReport {
    var report = EngineReport()
    for source in ["objects", "instances"] { report.merge(await engine.observe(source)) }
    return report
  }

  private func run(
    _ engine: CloudNativePGEngine, _ request: OperationRequest
  ) async throws -> OperationEvent.Kind? {
    let plan = try await engine.plan(request, report: await report(engine))
    #expect(plan.unmet == [])
    var last: OperationEvent.Kind?
    for try await event in engine.start(plan) { last = event.kind }
    return last
  }

  private func drill(_ theatre: Theatre, _ backup: String? = nil) async throws -> DrillRecord {
    guard case .drillFinished(let record)? = try await run(theatre.engine, .drill(backup: backup))
    else { throw RecoveryError(.failed, "no record") }
    try await expectNothingLeft(of: record, theatre)
    return record
  }

  /// No object, no child, and no trouble on the operator's part.
  func expectNothingLeft(of record: DrillRecord, _ theatre: Theatre) async throws {
    #expect(record.leftBehind == [])
    #expect(Forwarders.pids(of: record.id) == [])
    for resource in [
      CNPGCluster.resource, .secrets, Pod.resource, Job.resource, PersistentVolumeClaim.resource,
    ] {
      #expect(try await theatre.server.names(resource, "drills") == [], "\(resource.title)")
    }
    #expect(await theatre.player.troubles == [])
  }

  static let users = SmokeTest(
    name: "users", sql: "SELECT count(*) FROM user_entity", expectation: .atLeast(120))

  @Test(
    .enabled(
      if: canRestore, "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `a backup is taken, restored by a real server and counted`() async throws {
    try await play(isReal: true, tests: [Self.users]) { theatre in
      let finished = try await run(theatre.engine, .backup(.full, name: "initial-smoke-test"))
      #expect(finished == .backupFinished(label: "initial-smoke-test"))
      let record = try await drill(theatre, "base")
      #expect(record.outcome == .passed, "\(record.reason ?? "")")
      #expect(record.backup == "base")
      #expect(record.tests.first?.rows == Int64(theatre.source?.rows ?? 0))
      let forwards = theatre.server.standIn?.requests.filter {
        $0.resource == "pods/portforward"
      }
      #expect(forwards?.last?.status == 101)
      #expect(record.reachedLSN ?? LSN(0) >= record.targetLSN ?? LSN(.max))
      #expect(record.reachedTime != nil)
      #expect(record.replay?.segments ?? 0 > 0)
      #expect(record.restoredBytes ?? 0 > 1 << 20)
      #expect(record.measuredRTO ?? 0 > 0)
      #expect(try await theatre.engine.ledger?.append(record) == true)
      #expect(try await theatre.engine.ledger?.contents().drills.map(\.id) == [record.id])
    }
  }

  @Test(
    .enabled(
      if: canRestore, "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)))
  func `each kind of moment is recovered to, and has the rows of then`() async throws {
    try await play(isReal: true, tests: [KnownCommits.test]) { theatre in
      let source = try #require(theatre.source)
      let known = try await KnownCommits.make {
        try await source.query($0, in: "app")
      } archive: {
        _ = try await source.switchSegment()
      }
      _ = try await source.switchSegment()
      for moment in known.moments {
        let record = try await drill(theatre, to: moment)
        #expect(record.outcome == .passed, "\(moment.text): \(record.reason ?? "")")
        #expect(record.isOfPast && record.moment?.stop != nil)
      }
      let record = try await drill(theatre, to: KnownCommits.nowhere)
      #expect(record.outcome == .failed && record.cause == .momentNotReached)
      #expect(record.reason?.hasPrefix("recovery ended before configured") == true)
    }
  }

  private func drill(_ theatre: Theatre, to moment: RecoveryMoment) async throws -> DrillRecord {
    let report = await report(theatre.engine)
    let base = try #require(report.backups.value?.backups.first { $0.id == "base" })
    let plan = try await theatre.engine.plan(
      drillTo: .reachable(moment, from: base, now: Date()), report: report)
    #expect(plan.unmet == [])
    for try await event in theatre.engine.start(plan) {
      if case .drillFinished(let record) = event.kind {
        try await expectNothingLeft(of: record, theatre)
        return record
      }
    }
    throw RecoveryError(.failed, "no record")
  }

  @Test(
    .enabled(
      if: canRestore, "not run: no PostgreSQL or kubectl is installed, or there is no kubelet"),
    .timeLimit(.minutes(30)),
    arguments: [
      (RecoveryFailure.silentEarlyPromotion, "promoted early"),
      (.targetNotReached, "missing from the archive"),
      (.endOfBackupMissing, "missing from the archive"),
    ])
  func `a real server's failure is told for what it is`(
    failure: RecoveryFailure, words: String
  ) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    try await play(script, isReal: true, tests: [Self.users]) { theatre in
      let record = try await drill(theatre, "base")
      #expect(record.outcome == .failed, "\(record.reason ?? "")")
      #expect(record.reason?.contains(words) == true, "\(record.reason ?? "")")
    }
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      (RecoveryFailure.missingObjectStore, DrillOutcome.couldNotRun, "no recovery job"),
      (.noBackupFound, .failed, "does not hold this base backup"),
      (.firstWALMissing, .failed, "first WAL"),
      (.expectedEmptyArchive, .couldNotRun, "archive where WAL lies already"),
      (.credentialsRefused, .couldNotRun, "SignatureDoesNotMatch"),
      (.imagePullError, .couldNotRun, "ImagePullBackOff"),
      (.podPending, .couldNotRun, "Insufficient memory"), (.jobFails, .failed, ""),
      (.olderOperator, .failed, ""),
    ])
  func `each way in which a recovery fails ends in words and leaves nothing`(
    failure: RecoveryFailure, outcome: DrillOutcome, words: String
  ) async throws {
    var script = PlayerScript()
    script.recoveries = ["*": failure]
    try await play(script, backups: 2) { theatre in
      let record = try await drill(theatre)
      #expect(record.outcome == outcome, "\(record.reason ?? "")")
      #expect((record.cause == .credentials) == (failure == .credentialsRefused))
      #expect(words.isEmpty || record.reason?.contains(words) == true, "\(record.reason ?? "")")
    }
  }
}

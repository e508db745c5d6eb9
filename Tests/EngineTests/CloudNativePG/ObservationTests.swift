import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import PostgresServers
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG observation", .closingServers, .timeLimit(.minutes(30)))
struct ObservationTests {
  private func open(
    _ fleet: ServedFleet, user: User = .admin, declaration: ClusterDeclaration? = nil,
    seams: (inout CloudNativePGSeams) -> Void = { _ in }
  ) async throws -> (watched: WatchedFleet, engine: any BackupEngine) {
    let watched = await WatchedFleet(
      try await fleet.discovery(user: user, namespace: "prod") { options in
        if let declaration { options.declared = [declaration] }
      } seams: {
        seams(&$0)
      })
    let name = declaration?.name ?? fleet.name("prod/pg-main")
    await watched.wait { $0.isComplete && $0.clusters.contains { $0.declaration.name == name } }
    return (watched, try #require(await watched.engine(name)))
  }

  private func report(_ engine: any BackupEngine) async -> EngineReport {
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    return report
  }

  @Test func everyPartOfAHealthyCluster() async throws {
    let fleet = try await ServedFleet.make()
    let (watched, engine) = try await open(fleet)
    let report = await report(engine)
    #expect(report.instances.value?.map(\.name) == ["pg-main-1", "pg-main-2", "pg-main-3"])
    #expect(report.instances.value?.allSatisfy { $0.state == .running } == true)
    #expect(report.archive.value?.lastArchivedSegment != nil)
    #expect(report.backups.value?.backups.count == 1)
    #expect(report.storage.value?.volumes.count == 3)
    #expect(report.engineFindings.value != nil)
    // Nobody may read the store's credentials, and the rest stands.
    #expect(report.unavailable.map(\.part) == ["WAL archive"])
    await watched.stop()
    guard let asked = fleet.server.standIn?.requests else { return }
    let lists = Set(asked.filter { $0.verb == "list" }.map(\.resource))
    #expect(
      lists == [
        "clusters", "backups", "scheduledbackups", "objectstores", "pods",
        "persistentvolumeclaims", "jobs", "configmaps", "cronjobs", "deployments",
      ])
    #expect(asked.filter { $0.resource == "pods/proxy" }.count == 6)
  }

  @Test func aMissingRightCostsItsPartAndNamesIt() async throws {
    var role = Role.reader()
    role.rules.removeAll { $0.resources.contains("pods/proxy") }
    role.rules = role.rules.map { rule in
      var rule = rule
      rule.resources.removeAll { $0 == "backups" }
      return rule
    }
    let fleet = try await ServedFleet.make()
    let (watched, engine) = try await open(fleet, user: User("some", roles: [role]))
    let report = await report(engine)
    #expect(report.backups.failure?.reason.contains("list backups.postgresql.cnpg.io") == true)
    #expect(report.backups.failure?.remedy.contains("pgvigil manifest rbac") == true)
    #expect(report.archive.failure?.reason.contains("not allowed to get pods/proxy") == true)
    #expect(report.instances.value?.count == 3)
    #expect(report.storage.value?.volumes.count == 3)
    // A refusal is not repeated at every look.
    if let standIn = fleet.server.standIn {
      let before = standIn.requests.filter { $0.resource == "pods/proxy" }.count
      _ = await engine.observe("instances")
      #expect(standIn.requests.filter { $0.resource == "pods/proxy" }.count == before)
    }
    await watched.stop()
  }

  @Test func aDeadNodeCostsOneInstance() async throws {
    let fleet = try await ServedFleet.make()
    fleet.server.kubelet.proxy { request in
      switch request.pod {
      case "pg-main-2": ProxyResponse(503, "dial tcp 10.0.0.2:8000: i/o timeout")
      case "pg-main-3": ProxyResponse(400, #"{"message":"address not allowed","code":400}"#)
      default: nil
      }
    }
    let (watched, engine) = try await open(fleet)
    let report = await report(engine)
    let second = report.instances.value?.first { $0.name == "pg-main-2" }
    #expect(second?.withheld.first?.reason.contains("cannot reach port 8000") == true)
    #expect(second?.withheld.first?.remedy.contains("NetworkPolicy") == true)
    let third = report.instances.value?.first { $0.name == "pg-main-3" }
    #expect(third?.withheld.first?.reason.contains("has no address yet") == true)
    #expect(report.archive.value != nil)
    await watched.stop()
  }

  @Test func libpqStandsInForTheProxy() async throws {
    let fleet = try await ServedFleet.make()
    fleet.server.kubelet.proxy { _ in ProxyResponse(503, "no route") }
    var declaration = ClusterDeclaration(name: "pg", engine: "cloudnativepg")
    declaration.options = [
      "namespace": .string(fleet.server.namespace("prod")), "cluster": .string("pg-main"),
      "conninfo": .string("host=db password=s3cr3t"),
    ]
    let (watched, engine) = try await open(fleet, declaration: declaration) {
      $0.openSQL = { _ in
        SQLClient(
          query: { sql, _ in
            sql == QueryTable.sql(.version, version: 0)
              ? SQLRows(columns: ["version"], rows: [["150018"]]) : LookRow.primary.rows
          }, close: {})
      }
    }
    let report = await report(engine)
    #expect(report.archive.source == "pg_stat_archiver on pg-main-1")
    #expect(report.instances.value?.first?.version == 150_018)
    #expect(!"\(report)".contains("s3cr3t"))
    await watched.stop()
  }

  @Test func aChangeIsToldAtOnceAndToItsClusterAlone() async throws {
    let fleet = try await ServedFleet.make([("prod", "pg-main"), ("prod", "other")])
    let (watched, engine) = try await open(fleet)
    _ = await report(engine)
    var news = engine.news().makeAsyncIterator()
    try await fleet.server.change(CNPGCluster.resource, "prod", "pg-main") {
      $0.set("Switchover in progress", at: "status", "phase")
      $0.set("pg-main-2", at: "status", "targetPrimary")
    }
    #expect(await news.next() == "objects")
    let update = await engine.observe("objects")
    #expect(update.activities?.first?.kind == .switchover)
    await watched.stop()
  }

  @Test func whatBlocksIsNamed() async throws {
    let fleet = try await ServedFleet.make()
    let (watched, engine) = try await open(fleet)
    // From here on everything was listed once: what comes is news.
    _ = await report(engine)
    var news = engine.news().makeAsyncIterator()
    try await fleet.server.make(
      JSONValue(
        parsing: """
          {"apiVersion":"postgresql.cnpg.io/v1","kind":"Backup",
          "metadata":{"name":"stuck","namespace":"prod","creationTimestamp":"2026-08-21T09:00:00Z"},
          "spec":{"cluster":{"name":"pg-main"}},"status":{"phase":"walArchivingFailing"}}
          """))
    var update = ReportUpdate()
    while update.blockingBackup.flatMap(\.self) == nil, await news.next() != nil {
      update = await engine.observe("objects")
    }
    #expect(update.blockingBackup??.name == "stuck")
    await watched.stop()
  }

  @Test(.onlyStandIn("it is not ours to stop")) func theServerMayGoAndComeBack() async throws {
    let fleet = try await ServedFleet.make()
    let standIn = try #require(fleet.server.standIn)
    let (watched, engine) = try await open(fleet)
    _ = await report(engine)
    standIn.stopListening()
    let cut = await watched.wait { !$0.notices.isEmpty }
    #expect(cut.notices.map(\.subject) == ["stand-in"] && cut.notices[0].since == Stage.now)
    #expect(cut.contexts == [ContextState(name: "stand-in", isUp: false)])
    let update = await engine.observe("objects")
    #expect(update.backups?.value?.backups.count == 1)
    #expect(update.outage??.place == "context stand-in")
    #expect(update.outage??.since == Stage.now)
    // The instances are not called down because nobody can be asked about them.
    let instances = await engine.observe("instances")
    #expect(instances.instances?.value?.allSatisfy { $0.state == .running } == true)
    #expect(instances.outage??.reason.isEmpty == false)
    try standIn.resume()
    try await fleet.add("prod", "new")
    let back = await watched.wait { $0.notices.isEmpty && $0.clusters.count == 2 }
    #expect(back.clusters.count == 2)
    #expect(back.contexts == [ContextState(name: "stand-in", isUp: true)])
    let after = await report(engine)
    #expect(after.archive.value != nil && after.outage == nil)
    await watched.stop()
  }
}

import FoundationEssentials
import ObjectStoreStandIn
import PostgresServers
import RecoveryModel
import Testing
import Transports

@testable import BarmanCloud
@testable import ObjectStores

/// A bucket as a cluster of the board.
@Suite struct StoreEngineTests {
  private func engine(
    _ bucket: BucketInMemory, _ more: [String: OptionValue] = [:]
  ) throws -> BarmanCloudEngine {
    var declaration = ClusterDeclaration(name: "auth-db", engine: "store")
    declaration.options = [
      "store": .string("s3://backups/k8s/auth-db"),
      "endpoint_url": .string("http://store.test:7480"),
    ].merging(more) { $1 }
    return try BarmanCloudEngine(
      declaration: declaration, environment: Self.environment, seams: bucket.seams,
      connect: { _ in
        SQLClient(query: { _, _ in throw RecoveryError(.unreachable, "nobody") }, close: {})
      })
  }

  @Test func withAPlaceForDrillsItIsProvenByOne() async throws {
    var declaration = ClusterDeclaration(name: "auth-db", engine: "store")
    declaration.drill.place = "/srv/drills"
    declaration.options = [
      "store": .string("s3://backups/k8s/auth-db"),
      "endpoint_url": .string("http://store.test:7480"), "run_as": .string("nobody"),
    ]
    let engine = try BarmanCloudEngine(
      declaration: declaration, environment: Self.environment,
      seams: try BucketInMemory.recorded().seams)
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    #expect(report.obstacles[.drill] == nil && report.obstacles[.backup] != nil)
    let cluster = ClusterAssessment.assess(
      declaration: declaration, engineTitle: "Object store", interval: 2, report: report,
      drills: [], operation: nil, outcomes: [], clock: WALClock(), now: BucketInMemory.now)
    let never = cluster.findings.first { $0.id == "drill.never" }
    #expect(never?.remedy == "Run a verify drill: pgvigil drill auth-db")
    let plan = try await engine.plan(.drill(backup: nil), report: report)
    #expect(plan.steps.contains { $0.words.contains("s3://backups/k8s/auth-db") }, "\(plan.steps)")
  }

  private static let environment = EngineEnvironment(
    now: { BucketInMemory.now }, host: "host", user: "user", newID: { "id" }, version: "0")

  private func cluster(_ engine: BarmanCloudEngine) async -> ClusterSnapshot {
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    return ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "auth-db", engine: "store"),
      engineTitle: "Object store", interval: 2, report: report, drills: [], operation: nil,
      outcomes: [], clock: WALClock(), now: BucketInMemory.now)
  }

  @Test func aWholeBucketIsLikelyThoughNobodyRuns() async throws {
    let cluster = await cluster(try engine(BucketInMemory.recorded()))
    #expect(cluster.verdict == .likely, "\(cluster.findings.map(\.headline))")
    #expect(cluster.window?.basis == .audited)
    #expect(cluster.report.backups.value?.usable.count == 2)
    #expect(cluster.report.storage.value?.repositoryBytes != nil)
    #expect(!cluster.findings.contains { $0.id.hasPrefix("part.") })
    #expect(cluster.report.instances.failure?.reason.contains("a store alone") == true)
    #expect(cluster.findings.allSatisfy { !$0.remedy.contains("pgvigil drill") })
  }

  @Test("the catalog is looked at less often than the WAL, and is not old between two looks")
  func freshness() async throws {
    let engine = try engine(BucketInMemory.recorded())
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    let paces = Dictionary(uniqueKeysWithValues: ReportPart.allCases.map { ($0, StoreWatch.pace) })
    func goodFor(_ part: ReportPart) -> Double? {
      report.goodUntil(part, interval: 2, paces: paces)?.timeIntervalSince(BucketInMemory.now)
    }
    #expect(goodFor(.backups) == 3 * StoreWatch.catalogPace)
    #expect(goodFor(.walArchive) == 3 * StoreWatch.pace)
  }

  @Test func whatReadingCostsIsToldAndLimited() async throws {
    let bucket = try BucketInMemory.recorded()
    let engine = try engine(
      bucket, ["requests_per_day": .string("2"), "bytes_per_day": .string("1 GiB")])
    let cluster = await cluster(engine)
    let traffic = try #require(cluster.report.traffic)
    #expect(traffic.requests == 2 && traffic.bytes > 0 && bucket.requests.count == 2)
    #expect(traffic.limit == StoreLimit(requests: 2, bytes: 1 << 30))
    #expect(cluster.verdict == .unknown)
    let finding = try #require(cluster.findings.first { $0.id == "store.limit" })
    #expect(finding.headline.contains("limit of 2 requests, 1 GiB a day is reached"))
    #expect(finding.remedy.contains("raise requests_per_day"))
  }

  @Test("nobody is told to do what nobody can", arguments: [true, false])
  func itSaysWhatItCannotDo(isHole: Bool) async throws {
    let bucket = try BucketInMemory.recorded()
    if isHole {
      bucket.remove(under: "k8s/auth-db/wals/0000000200000000/00000002000000000000000B")
    } else {
      bucket.remove(under: "k8s/auth-db/base/")
    }
    let engine = try engine(bucket)
    let cluster = await cluster(engine)
    #expect(cluster.verdict == (isHole ? .atRisk : .notRecoverable))
    #expect(!cluster.findings.contains { $0.remedy.contains("pgvigil backup") })
    for request in [OperationRequest.backup(.full), .drill(backup: nil)] {
      await #expect(throws: RecoveryError.self) {
        try await engine.plan(request, report: cluster.report)
      }
    }
  }

  @Test func aStoreThatRefusesIsUnknown() async throws {
    let bucket = try BucketInMemory.recorded()
    bucket.refuseListing("k8s/auth-db/base/")
    bucket.refuseListing("k8s/auth-db/wals/")
    let cluster = await cluster(try engine(bucket))
    #expect(cluster.verdict == .unknown)
    #expect(cluster.findings.contains { $0.id == "part.unavailable:backups" })
  }

  @Test("with servers, they count too")
  func servers() async throws {
    let instances = OptionValue.list([
      .map(["name": .string("a"), "conninfo": .string("host=a")])
    ])
    let cluster = await cluster(
      try engine(BucketInMemory.recorded(), ["instances": instances]))
    #expect(cluster.report.instances.value?.map(\.name) == ["a"])
    #expect(cluster.report.archive.failure != nil)
    #expect(cluster.window?.basis == .audited)
  }

  @Test(arguments: [
    ["store": OptionValue.string("ftp://backups/x")], ["store": .string("")],
    ["addressing": .string("both")], ["instances": .list([])],
    ["requests_per_day": .string("0")], ["requests_per_day": .string("1.5")],
    ["bytes_per_day": .string("much")], ["bytes_per_day": .string("-1MB")],
  ])
  func optionsThatMakeNoSense(options: [String: OptionValue]) throws {
    let bucket = try BucketInMemory.recorded()
    #expect(throws: RecoveryError.self) { try engine(bucket, options) }
  }
}

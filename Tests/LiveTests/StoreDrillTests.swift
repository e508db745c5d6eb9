import FoundationEssentials
import ObjectStoreStandIn
import Synchronization
import TestSupport
import Testing

@testable import BarmanCloud
@testable import DrillParts
@testable import ObjectStores
@testable import PgBackRest
@testable import RecoveryModel
@testable import Transports

/// Verify drills from a store alone: the bucket is in memory, PostgreSQL and what is restored are real.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct StoreDrillTests {
  private static func engine(
    _ source: StoreSource, tests: [SmokeTest] = [], hasPlace: Bool = true,
    processes: ProcessRunner = .live
  ) throws -> BarmanCloudEngine {
    var declaration = ClusterDeclaration(
      name: "demo", engine: "store", smokeTests: tests,
      drill: DrillSettings(place: hasPlace ? source.place : nil))
    declaration.options = [
      "store": .string("s3://backups/k8s/demo"), "endpoint_url": .string("http://store.test"),
      "database": .string("app"), "role": .string("demo"),
    ]
    return try BarmanCloudEngine(
      declaration: declaration,
      environment: EngineEnvironment(
        now: { Date() }, host: "here", user: "tester", newID: { "abc" }, version: "test"),
      seams: source.bucket.seams, processes: processes)
  }

  private static func report(_ engine: BarmanCloudEngine) async -> EngineReport {
    var report = EngineReport()
    for source in engine.sources { report.merge(await engine.observe(source.id)) }
    return report
  }

  private static func drill(
    _ source: StoreSource, to moment: RecoveryMoment? = nil, tests: [SmokeTest] = [],
    spoil: () -> Void = {}
  ) async throws -> DrillRecord {
    let engine = try engine(source, tests: tests)
    let report = await report(engine)
    var plan: OperationPlan
    if let moment {
      let base = try #require(report.backups.value?.lastGood)
      plan = try await engine.plan(
        drillTo: RecoveryOutlook(
          cluster: "demo", moment: moment, effective: moment, standing: .reachable, base: base,
          loss: .unknown, now: Date()), report: report)
    } else {
      plan = try await engine.plan(.drill(backup: nil), report: report)
    }
    #expect(plan.unmet == [])
    spoil()
    let record = try await DrillTests.record(of: engine.start(plan))
    expectNothingLeft(source, record)
    return record
  }

  private static func expectNothingLeft(_ source: StoreSource, _ record: DrillRecord) {
    #expect(record.leftBehind == [])
    #expect(FileText.names(in: source.place) == [])
    #expect(DrillProcesses.working(in: source.place, user: DrillTools.account.user) == [])
  }

  private static let tests = [
    SmokeTest(name: "rows", sql: "SELECT count(*) FROM t", expectation: .equals("1000")),
    SmokeTest(name: "tablespace", sql: "SELECT count(*) FROM u", expectation: .equals("77")),
  ]

  @Test(arguments: ["gzip", "bzip2", nil] as [String?])
  func `a base backup and its WAL come back from a bucket alone`(
    compression: String?
  )
    async throws
  {
    try await StoreSource.with(compression: compression) { source in
      try await source.sql("CREATE TABLE marks AS SELECT 1 AS i")
      for _ in 0..<3 {
        try await source.sql(
          "CREATE TABLE IF NOT EXISTS other (i int); INSERT INTO other VALUES (1)")
        try await source.archive()
      }
      try await source.upload()
      let record = try await Self.drill(
        source,
        tests: Self.tests + [
          SmokeTest(name: "after", sql: "SELECT count(*) FROM marks", expectation: .equals("1"))
        ])
      #expect(record.outcome == .passed, "\(record)")
      #expect(record.backup == StoreSource.backupID)
      #expect(record.reachedLSN ?? LSN(0) >= record.targetLSN ?? LSN(.max))
      #expect((record.restoredBytes ?? 0) > 1 << 20 && (record.measuredRTO ?? 0) > 0)
      #expect((record.replay?.segments ?? 0) > 0)
      // Production writes on, where its own WAL lies.
      try await source.sql("INSERT INTO marks VALUES (2)")
      try await source.archive()
      for request in source.bucket.requests {
        #expect(request.method == "GET" || request.method == "HEAD")
      }
    }
  }

  @Test func `each kind of moment is recovered to, and has the rows of then`() async throws {
    try await StoreSource.with { source in
      let known = try await KnownCommits.make {
        try await source.sql($0)
      } archive: {
        for _ in 0..<2 {
          try await source.sql("INSERT INTO t SELECT generate_series(1, 10)")
          try await source.archive()
        }
        try await source.upload()
      }
      for moment in known.moments {
        let record = try await Self.drill(source, to: moment, tests: [KnownCommits.test])
        #expect(record.outcome == .passed, "\(moment.text): \(record)")
        #expect(record.isOfPast && record.moment?.stop != nil)
      }
      let record = try await Self.drill(
        source, to: KnownCommits.nowhere, tests: [KnownCommits.test])
      #expect(record.cause == .momentNotReached, "\(record)")
    }
  }

  @Test func `what is wrong in the bucket fails the drill and is named`() async throws {
    try await StoreSource.with { source in
      for _ in 0..<4 {
        try await source.sql("INSERT INTO t SELECT generate_series(1, 10)")
        try await source.archive()
      }
      try await source.upload()
      let victim = source.segments[source.segments.count - 3]
      let whole = source.bucket.objects
      let hole = try await Self.drill(source) { source.bucket.remove(source.key(victim)) }
      #expect(hole.outcome == .failed && hole.failedIn == .replaying, "\(hole)")
      #expect(hole.reason?.contains(victim) == true, "\(hole.reason ?? "")")
      source.bucket.put(source.key(victim), [1, 2, 3])
      let rotten = try await Self.drill(source)
      #expect(rotten.outcome == .failed, "\(rotten)")
      #expect(rotten.reason?.contains("\(victim) is damaged") == true, "\(rotten.reason ?? "")")
      for (key, object) in whole { source.bucket.put(key, object) }
      let tar = "\(source.prefix)base/\(StoreSource.backupID)/data.tar.gz"
      source.bucket.change(tar) { $0.removeLast($0.count / 2) }
      let torn = try await Self.drill(source)
      #expect(torn.outcome == .failed && torn.failedIn == .restoring, "\(torn)")
      #expect(torn.reason?.contains("data.tar.gz") == true, "\(torn.reason ?? "")")
      for (key, object) in whole { source.bucket.put(key, object) }
      let refused = try await Self.drill(source) { source.bucket.withhold(source.key(victim)) }
      #expect(refused.outcome == .couldNotRun && refused.cause == .credentials, "\(refused)")
    }
  }

  @Test func `a drill that is cancelled leaves nothing`() async throws {
    try await StoreSource.with { source in
      try await source.archive()
      try await source.upload()
      let engine = try Self.engine(source, tests: Self.tests)
      let plan = try await engine.plan(
        .drill(backup: nil), report: await Self.report(engine))
      let stream = engine.start(plan)
      let reader = Task {
        for try await event in stream {
          if case .drillEntered(.restoring) = event.kind { return }
        }
      }
      try await reader.value
      reader.cancel()
      let record = try await DrillTests.record(of: Self.cancelled(engine, plan))
      Self.expectNothingLeft(source, record)
    }
  }

  /// The record of a drill whose reader was cancelled as soon as it began.
  private static func cancelled(
    _ engine: BarmanCloudEngine, _ plan: OperationPlan
  ) -> AsyncThrowingStream<OperationEvent, any Error> {
    AsyncThrowingStream { continuation in
      Task {
        if let record = await engine.settled(plan) {
          continuation.yield(
            OperationEvent(at: record.finishedAt, kind: .drillFinished(record)))
        }
        continuation.finish()
      }
    }
  }

  @Test func `no key of the store comes to the copy`() async throws {
    try await StoreSource.with { source in
      let seen = Mutex<[ProcessRequest]>([])
      let live = ProcessRunner.live
      let watched = ProcessRunner(
        run: { request in
          seen.withLock { $0.append(request) }
          return try await live.run(request)
        },
        stream: { request in
          seen.withLock { $0.append(request) }
          return live.stream(request)
        })
      try await source.archive()
      try await source.upload()
      let engine = try Self.engine(source, processes: watched)
      let plan = try await engine.plan(.drill(backup: nil), report: await Self.report(engine))
      let record = try await DrillTests.record(of: engine.start(plan))
      #expect(record.outcome == .passed, "\(record)")
      let server = seen.withLock { requests in
        requests.first { $0.arguments.contains { $0.hasSuffix("/postgres") } }
      }
      for key in BucketInMemory.environment.keys { #expect(server?.environment[key] == "") }
      for request in seen.withLock({ $0 }) {
        #expect(!"\(request)".contains("wJalrXUtnFEMI"))
      }
    }
  }

  @Test func `without a place for drills there are none`() async throws {
    try await StoreSource.with { source in
      let engine = try Self.engine(source, hasPlace: false)
      let report = await Self.report(engine)
      #expect(report.obstacles[.drill]?.remedy.contains("drill.place") == true)
      await #expect(throws: RecoveryError.self) {
        try await engine.plan(.drill(backup: nil), report: report)
      }
    }
  }
}

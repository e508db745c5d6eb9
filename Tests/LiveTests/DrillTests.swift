import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// Verify drills and backups on real servers.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct DrillTests {
  static func drill(
    _ operations: PgBackRestOperations, _ cluster: DrillCluster
  ) async throws -> DrillRecord {
    let plan = try await operations.plan(.drill(backup: nil), report: cluster.report())
    return try await record(of: operations.start(plan))
  }

  static func record(
    of stream: AsyncThrowingStream<OperationEvent, any Error>
  ) async throws -> DrillRecord {
    for try await event in stream {
      if case .drillFinished(let record) = event.kind { return record }
    }
    throw RecoveryError(.failed, "the drill ended without a record")
  }

  /// Nothing of a drill is left in its place, among the processes or in /tmp.
  static func expectNothingLeft(_ cluster: DrillCluster, _ record: DrillRecord) {
    #expect(record.leftBehind == [])
    #expect(FileText.names(in: cluster.place) == [])
    #expect(
      DrillProcesses.working(in: cluster.place, user: DrillTools.account.user) == [])
    #expect(!FileText.exists("/tmp/pgvigil-drill-\(record.id)"))
  }

  @Test func `a drill restores, replays to its target, counts rows and leaves nothing`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let before = try await cluster.segments()
      let tests = [
        SmokeTest(name: "rows", sql: "SELECT count(*) FROM t", expectation: .atLeast(3000)),
        SmokeTest(
          name: "near production", sql: "SELECT count(*) FROM t",
          expectation: .withinOfProduction(percent: 50)),
        SmokeTest(name: "tablespace", sql: "SELECT count(*) FROM u", expectation: .equals("77")),
      ]
      let operations = cluster.operations(tests: tests)
      let record = try await Self.drill(operations, cluster)
      #expect(record.outcome == .passed, "\(record)")
      #expect(record.tests.map(\.passed) == [true, true, true], "\(record.tests)")
      #expect(record.tests.last?.rows == 77)
      let reached = try #require(record.reachedLSN)
      let target = try #require(record.targetLSN)
      #expect(reached >= target)
      #expect((record.measuredRTO ?? 0) > 0)
      #expect(
        record.phases.map(\.state) == [
          .preflight, .provisioning, .restoring, .replaying, .smokeTesting, .destroying,
        ])
      #expect((record.replay?.walBytes ?? 0) > 3 << 20)
      Self.expectNothingLeft(cluster, record)
      let after = try await cluster.segments()
      #expect(after == before)
    }
  }

  @Test func `without WAL beyond the backup the target is the backup's own end`() async throws {
    try await DrillCluster.with(backup: false) { cluster in
      try await cluster.pgBackRest(["--type=full", "backup"])
      let record = try await Self.drill(cluster.operations(), cluster)
      #expect(record.outcome == .passed, "\(record)")
      #expect(record.tests.contains { $0.name.hasPrefix("built in: rows of") })
      Self.expectNothingLeft(cluster, record)
    }
  }

  @Test func `a missing segment in the middle fails the drill and is named`() async throws {
    try await DrillCluster.with { cluster in
      let report = try await cluster.report()
      let stop = try #require(report.backups.value?.lastGood?.stopSegment)
      let victim = stop.next.next.name(segmentSize: 1 << 20)
      try await cluster.removeSegment(victim)
      let record = try await Self.drill(cluster.operations(), cluster)
      #expect(record.outcome == .failed)
      #expect(record.failedIn == .replaying)
      #expect(record.reason?.contains(victim) == true, "\(record.reason ?? "")")
      Self.expectNothingLeft(cluster, record)
    }
  }

  @Test func `a missing segment of the backup itself fails before anything is made`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let report = try await cluster.report()
      let stop = try #require(report.backups.value?.lastGood?.stopSegment)
      try await cluster.removeSegment(stop.name(segmentSize: 1 << 20))
      let record = try await Self.drill(cluster.operations(), cluster)
      #expect(record.outcome == .failed)
      #expect(record.failedIn == .preflight)
      #expect(record.reason?.contains(stop.name(segmentSize: 1 << 20)) == true)
      Self.expectNothingLeft(cluster, record)
    }
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import RecoveryModel
@testable import Transports

/// Drills to moments, on real servers: the rows of a copy are those of then.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct DrillMomentTests {
  private static func drill(
    _ cluster: DrillCluster, to moment: RecoveryMoment, tests: [SmokeTest]
  ) async throws -> DrillRecord {
    let operations = cluster.operations(tests: tests)
    let report = try await cluster.report()
    let base = try #require(report.backups.value?.lastGood)
    let plan = try await operations.plan(
      drillTo: RecoveryOutlook(
        cluster: "demo", moment: moment, effective: moment, standing: .reachable, base: base,
        loss: .unknown, now: Date()), report: report)
    let record = try await DrillTests.record(of: operations.start(plan))
    DrillTests.expectNothingLeft(cluster, record)
    return record
  }

  @Test func `each kind of moment is recovered to, and has the rows of then`() async throws {
    try await DrillCluster.with { cluster in
      let known = try await KnownCommits.make {
        try await cluster.sql($0)
      } archive: {
        for _ in 0..<2 { try await cluster.write(rows: 100) }
      }
      for moment in known.moments {
        let record = try await Self.drill(
          cluster, to: moment, tests: [KnownCommits.test, KnownCommits.comparison])
        #expect(record.outcome == .passed, "\(moment.text): \(record)")
        #expect(record.tests.map(\.passed) == [true, nil])
        #expect(record.isOfPast && record.moment?.stop != nil)
      }
      let end = try await Self.drill(
        cluster, to: RecoveryMoment(.backup("x")),
        tests: [
          SmokeTest(
            name: "none yet", sql: "SELECT to_regclass('marks') IS NULL",
            expectation: .equals("true"))
        ])
      #expect(end.outcome == .passed, "\(end)")
      let record = try await Self.drill(
        cluster, to: KnownCommits.nowhere, tests: [KnownCommits.test])
      #expect(record.outcome == .failed && record.cause == .momentNotReached, "\(record)")
      #expect(record.reason?.hasPrefix(RecoveryLog.endedEarly) == true, "\(record.reason ?? "")")
      // An idle cluster: nobody committed anything later.
      let late = try await Self.drill(
        cluster, to: RecoveryMoment(.time(Date() + 3600)), tests: [KnownCommits.test])
      #expect(late.cause == .momentNotReached)
      #expect(late.reason?.contains("only when it meets a later commit") == true)
    }
  }

  @Test func `on an idle cluster the last commits come back, and a hole is still told`()
    async throws
  {
    try await DrillCluster.with { cluster in
      try await cluster.sql("CREATE TABLE last_words AS SELECT 'one' w")
      try await cluster.write(rows: 10)
      try await cluster.sql("INSERT INTO last_words VALUES ('two')")
      // The commit lies in the last segment that is archived, and nobody writes after it.
      try await cluster.write(rows: 1)
      let operations = cluster.operations(
        tests: [
          SmokeTest(
            name: "last words", sql: "SELECT count(*) FROM last_words", expectation: .equals("2"))
        ])
      func drill() async throws -> DrillRecord {
        let report = try await cluster.report()
        let base = try #require(report.backups.value?.lastGood)
        let plan = try await operations.plan(
          drillTo: RecoveryOutlook(
            cluster: "demo", moment: RecoveryMoment(.time(Date())), effective: .latest,
            standing: .reachable, base: base, loss: .unknown, now: Date()), report: report)
        #expect(
          plan.steps.contains { $0.words.contains("to the end of the archive") }, "\(plan.steps)")
        return try await DrillTests.record(of: operations.start(plan))
      }
      let record = try await drill()
      #expect(record.outcome == .passed, "\(record)")
      #expect(record.moment?.isEnd == true && record.speaksOfNow)
      let target = try #require(record.targetLSN)
      #expect(record.reachedLSN ?? LSN(0) > target)
      // Without a target PostgreSQL takes a hole for the end, and looks healthy.
      let segments = try await cluster.segments().filter { $0.dropFirst(24).first == "-" }
      try await cluster.removeSegment(String(segments[segments.count - 2].prefix(24)))
      let cut = try await drill()
      #expect(cut.outcome == .failed, "\(cut)")
      #expect(cut.reason?.contains("replay ended early") == true, "\(cut.reason ?? "")")
    }
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What is not asked for the sake of a limit is unknown for that reason, and nobody is sent looking for another.
@Suite struct StoreTrafficTests {
  private static func traffic(isPaused: Bool) -> StoreTraffic {
    StoreTraffic(
      place: "s3://b/p/auth-db", requests: 20, bytes: 4_000, seconds: 86_400,
      limit: StoreLimit(requests: 20, prefix: "store_"),
      pausedUntil: isPaused ? Fixture.date.addingTimeInterval(3_600) : nil)
  }

  private static func findings(isPaused: Bool, source: String) -> [Finding] {
    Assessed.cluster {
      $0.walArchive = .value(
        Fixture.walArchive(), source: source, at: Fixture.ago(7_200))
      $0.traffic = traffic(isPaused: isPaused)
    }.findings
  }

  @Test func anOldPartNamesTheLimit() throws {
    let findings = Self.findings(isPaused: true, source: "s3://b/p/auth-db/wals/")
    let stale = try #require(findings.first { $0.id == "part.stale:walArchive" })
    #expect(stale.headline.contains("unknown now, since the store is not asked: its limit of 20"))
    #expect(stale.remedy.contains("raise store_requests_per_day"))
    #expect(stale.ceiling == .unknown)
    let limit = try #require(findings.first { $0.id == "store.limit" })
    #expect(limit.headline.hasPrefix("The store is not asked: its limit of 20 requests a day"))
    #expect(limit.severity == .warning && limit.ceiling == .proven)
  }

  @Test("what was asked elsewhere, or may be asked, has another reason")
  func otherReasons() throws {
    for (isPaused, source) in [(true, "pgbackrest repo-ls"), (false, "s3://b/p/auth-db/wals/")] {
      let findings = Self.findings(isPaused: isPaused, source: source)
      let stale = try #require(findings.first { $0.id == "part.stale:walArchive" })
      #expect(!stale.headline.contains("limit") && stale.remedy.contains("pgvigil status"))
      #expect(findings.contains { $0.id == "store.limit" } == isPaused)
    }
  }

  @Test func itIsInTheDocument() throws {
    var cluster = Fixture.cluster()
    cluster.report.traffic = Self.traffic(isPaused: true)
    let figures = ClusterStatus(snapshot: cluster).store
    #expect(figures?.requests == 20 && figures?.bytesRead == 4_000)
    #expect(figures?.requestsPerDayLimit == 20 && figures?.pausedUntil != nil)
    #expect(ClusterStatus(snapshot: Fixture.cluster()).store == nil)
  }
}

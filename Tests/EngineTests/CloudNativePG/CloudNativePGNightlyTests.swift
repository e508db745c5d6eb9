import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

@Suite("CronJobs of ours, and promotions") struct CloudNativePGNightlyTests {
  private static func job(
    args: String = #"["drill","--due","--namespace","prod","prod/pg-main","--json"]"#,
    suspend: Bool = false, deadline: Int? = 16200, status: String = "{}"
  ) throws -> CronJob {
    try Stage.decode(
      """
      {"metadata":{"name":"pg-main-drill","namespace":"pgvigil-drills",
      "creationTimestamp":"2026-08-01T00:00:00Z"},"spec":{"schedule":"30 4 * * *",
      "suspend":\(suspend),"jobTemplate":{"spec":{\(deadline.map { "\"activeDeadlineSeconds\":\($0)," } ?? "")
      "template":{"spec":{"containers":[{"name":"drill","args":\(args)}]}}}}},"status":\(status)}
      """)
  }

  private static func finding(_ job: CronJob, active: Double? = nil) throws -> Finding? {
    let nightly = NightlyJob(
      job: job, kind: .drill, activeSince: active.map { Stage.ago($0) }, at: Stage.now)
    return Stage.finding("cnpg.cronjob", try Stage.facts { $0.nightly = [nightly] })
  }

  private static let active =
    #"{"active":[{"name":"j-1"}],"lastScheduleTime":"2026-08-21T04:30:00Z"}"#
  private static let failed = #"{"lastScheduleTime":"2026-08-21T04:30:00Z"}"#
  private static let well =
    #"{"lastScheduleTime":"2026-08-21T04:30:00Z","lastSuccessfulTime":"2026-08-20T04:31:00Z"}"#

  @Test func stuckOnes() throws {
    #expect(try Self.finding(Self.job(status: Self.well)) == nil)
    #expect(try Self.finding(Self.job()) == nil)
    let suspended = try #require(try Self.finding(Self.job(suspend: true, status: Self.well)))
    #expect(suspended.headline.contains("is suspended: no drill runs by itself"))
    #expect(suspended.evidence.first?.what.contains("last success 2026-08-20T04:31:00Z") == true)
    // It warns of the proof to come, and says nothing of the data.
    #expect(suspended.severity == .warning && suspended.ceiling == .proven)
    let never = try #require(try Self.finding(Self.job(status: Self.failed)))
    #expect(never.headline.contains("has never ended well"))
    #expect(try Self.finding(Self.job(status: Self.active), active: 16_000) == nil)
    // Nobody could look at its Job: nobody knows.
    #expect(try Self.finding(Self.job(status: Self.active)) == nil)
    let stuck = try #require(try Self.finding(Self.job(status: Self.active), active: 18_000))
    #expect(stuck.headline.contains("is stuck: its Job has run for 5h"), "\(stuck.headline)")
    #expect(try Self.finding(Self.job(deadline: nil, status: Self.active), active: 18_000) == nil)
    #expect(
      try Self.finding(Self.job(deadline: nil, status: Self.active), active: 90_000) != nil)
  }

  @Test(
    "which of them are ours, and for which cluster",
    arguments: [
      (#"["drill","--due","prod/pg-main"]"#, NightlyJob.Kind.drill),
      (#"["scrub","--namespace","prod","prod/pg-main","--subset","1/30"]"#, .scrub),
      (#"["-c","pgvigil drill --due prod/pg-main"]"#, .drill),
      (#"["drill","--due","prod/other"]"#, nil), (#"["status","prod/pg-main"]"#, nil),
      (#"["backup","x"]"#, nil),
    ] as [(String, NightlyJob.Kind?)])
  func ours(args: String, kind: NightlyJob.Kind?) throws {
    let key = ObjectKey(namespace: "prod", name: "pg-main")
    #expect(NightlyJob.kind(of: try Self.job(args: args), for: key) == kind)
  }

  @Test(
    "which operators follow WAL over a promotion",
    arguments: [
      ("1.30.0", nil), ("v1.31.0-rc1", nil), ("2.0.0", nil), ("1.29.2", nil), ("1.28.4", nil),
      ("1.29.1", true), ("1.28.3", true), ("1.27.4", true), ("1.25.3", true), (nil, false),
      ("?", false),
    ] as [(String?, Bool?)])
  func crossing(version: String?, isKnown: Bool?) {
    #expect(PromotionCrossing.doubt(operatorVersion: version)?.isKnown == isKnown)
  }

  @Test func itIsReportedOfEveryCluster() throws {
    func doubt(_ version: String) throws -> CrossingDoubt? {
      let facts = try Stage.facts { $0.operatorVersion = version }
      var report = EngineReport()
      report.merge(CloudNativePGReport.make(facts: facts, now: Stage.now))
      return report.crossingDoubt
    }
    #expect(try doubt("1.25.3")?.why.contains("CloudNativePG 1.25.3 may end") == true)
    #expect(try doubt("1.30.0") == nil)
  }
}

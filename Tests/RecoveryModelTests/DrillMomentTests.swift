import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// A proof of the past is none of now.
@Suite("Drills of moments") struct DrillMomentTests {
  private static func past(
    _ outcome: DrillOutcome, _ cause: DrillFailureCause? = nil, isEnd: Bool = false,
    finished: Date = Fixture.ago(60)
  ) -> DrillRecord {
    var drill = Fixture.drill(
      "past", outcome: outcome, finished: finished,
      failedIn: outcome == .failed ? .replaying : nil,
      reason: outcome == .passed ? nil : "because")
    drill.cause = cause
    drill.moment = DrillMoment(
      asked: "2026-11-22T11:00:00Z", at: Fixture.ago(3600), isEnd: isEnd,
      stop: "before commit of transaction 9184, time x")
    return drill
  }

  @Test func aPassedOneProvesNothingOfTheEnd() throws {
    let cluster = Assessed.cluster(drills: [Self.past(.passed)])
    #expect(cluster.verdict == .likely, "\(cluster.findings)")
    let never = try #require(cluster.findings.first { $0.id == "drill.never" })
    #expect(never.headline.contains("Only a moment in the past has been drilled"))
    #expect(cluster.drills.lastPassed == nil && cluster.drills.lastConclusive == nil)
    #expect(RecoveryTargets().isDrillDue(after: cluster.drills, at: Fixture.date))
  }

  @Test(
    "what failed of the moment alone leaves an earlier proof, what failed of its WAL does not",
    arguments: [
      (DrillOutcome.failed, DrillFailureCause.momentNotReached, Verdict.proven, true),
      (.failed, .smokeTest, .proven, true), (.failed, .timedOut, .proven, true),
      (.couldNotRun, nil, .proven, true), (.notTested, nil, .proven, true),
      (.failed, .recovery, .atRisk, false),
      (.couldNotRun, .credentials, .atRisk, false),
      (.passed, nil, .proven, false), (.cancelled, nil, .proven, false),
    ] as [(DrillOutcome, DrillFailureCause?, Verdict, Bool)])
  func besideAProof(
    outcome: DrillOutcome, cause: DrillFailureCause?, verdict: Verdict, isTold: Bool
  ) {
    let cluster = Assessed.cluster(drills: [Fixture.drill(), Self.past(outcome, cause)])
    #expect(cluster.verdict == verdict, "\(cluster.findings.map(\.headline))")
    #expect(cluster.findings.contains { $0.id == "drill.moment" } == isTold)
  }

  @Test func oneThatWentToTheEndCountsAsAnyOther() {
    let drill = Self.past(.passed, isEnd: true)
    #expect(!drill.isOfPast && drill.speaksOfNow)
    #expect(Assessed.cluster(drills: [drill]).verdict == .proven)
  }

  @Test func itsLineIsSkippedByWhoKnowsOfNoMoments() throws {
    let past = Self.past(.passed)
    for (drill, version) in [(past, 2), (Self.past(.passed, isEnd: true), 1), (Fixture.drill(), 1)]
    {
      let line = try RecordCoding.encode(RecordLine(drill))
      #expect(String(decoding: line, as: UTF8.self).contains("\"schema_version\":\(version)"))
      let read = try RecordCoding.decode(RecordLine<DrillRecord>.self, from: line).record
      #expect(read.moment == drill.moment && read.isOfPast == drill.isOfPast)
    }
  }

  @Test func aLineOfBeforeIsReadAsOneWithoutAMoment() throws {
    let line = String(
      decoding: try RecordCoding.encode(RecordLine(Fixture.drill())), as: UTF8.self)
    #expect(!line.contains("moment"))
    let read = try RecordCoding.decode(RecordLine<DrillRecord>.self, from: Array(line.utf8)).record
    #expect(read.moment == nil && read.speaksOfNow)
  }

  @Test func itsWordsTellWhereItCameOut() {
    let words = Self.past(.passed).momentWords ?? ""
    #expect(words.hasPrefix("recovered to 2026-11-22T11:00:00Z: last commit 2026-11-22T"))
    #expect(words.hasSuffix("PostgreSQL stopped before commit of transaction 9184, time x"))
    #expect(Self.past(.failed, .recovery).momentWords == nil)
  }

  @Test(
    "a drill goes where the plan of a recovery would",
    arguments: [
      ("-1h", "2026-11-22T11:00:00Z", "20261122-030000F"),
      ("04:00", "2026-11-22T04:00:00Z", "20261122-030000F"),
      ("backup 20261122-030000F", "backup 20261122-030000F", "20261122-030000F"),
    ])
  func base(text: String, effective: String, base: String) throws {
    let cluster = Assessed.cluster()
    let moment = try MomentText(now: Fixture.date).parse(text)
    let outlook = try RecoveryChart(cluster, now: Fixture.date)
      .outlook(ofDrillTo: moment, from: nil)
    #expect(outlook.effective?.text == effective)
    #expect(outlook.base?.id == base)
    let notes = outlook.drillNotes(segmentSize: 16 << 20)
    #expect(notes.contains { $0.hasPrefix("base: \(base)") }, "\(notes)")
    #expect(notes.contains { $0.hasPrefix("WAL: ") })
    #expect(notes.last?.contains("not the end of the archive") == true)
  }

  @Test func aRestorePointIsLookedForBehindTheBackupThatIsNamed() throws {
    let chart = RecoveryChart(Assessed.cluster(), now: Fixture.date)
    let point = RecoveryMoment(.restorePoint("before"))
    #expect(try chart.outlook(ofDrillTo: point, from: nil).base?.id == "20261122-030000F")
    let named = try chart.outlook(ofDrillTo: point, from: "20261122-030000F")
    #expect(named.base?.id == "20261122-030000F" && named.effective == point)
    #expect(throws: RecoveryError.self) { try chart.outlook(ofDrillTo: point, from: "nope") }
    let hourAgo = RecoveryMoment(.time(Fixture.ago(3600)))
    #expect(throws: RecoveryError.self) {
      try chart.outlook(ofDrillTo: hourAgo, from: "20261120-030000F")
    }
  }
}

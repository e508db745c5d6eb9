import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

/// What every face goes by.
@Suite("One judgement") struct JudgementTests {
  @Test("the finding that made the verdict comes first, then the graver")
  func worstFirst() {
    func finding(_ id: String, _ severity: Severity, _ ceiling: Verdict) -> Finding {
      Fixture.finding(id, severity: severity, ceiling: ceiling)
    }
    var cluster = Fixture.cluster(findings: [
      finding("a", .critical, .proven), finding("b", .info, .unknown),
      finding("c", .warning, .atRisk), finding("d", .critical, .atRisk),
      finding("e", .warning, .atRisk),
    ])
    #expect(cluster.findings.map(\.id) == ["d", "c", "e", "b", "a"])
    #expect(cluster.worstFinding?.id == "d")
    cluster.add(finding("f", .info, .notRecoverable))
    #expect(cluster.worstFinding?.id == "f" && cluster.verdict == .notRecoverable)
  }

  @Test("an answer counts for three looks of its source, at least ten seconds, whoever asks")
  func freshness() {
    var cluster = Fixture.cluster()
    let later = Fixture.date.addingTimeInterval(11)
    #expect(cluster.staleAge(of: .archive, at: later) == 11)
    #expect(cluster.staleAge(of: .archive, at: Fixture.date.addingTimeInterval(10)) == nil)
    #expect(cluster.staleAge(of: .backups, at: later) == nil, "it is asked once a minute")
    cluster.paces = [.archive: 5]
    #expect(cluster.staleAge(of: .archive, at: later) == nil)
    cluster.report.outage = Outage(place: "context a", reason: "", remedy: "", since: nil)
    #expect(cluster.staleAge(of: .archive, at: later) == 11)
    #expect(cluster.staleAge(of: .backups, at: later) == 11)
  }

  @Test("a picture too old is nobody's word")
  func pictures() {
    var cluster = Fixture.cluster()
    let later = Fixture.date.addingTimeInterval(11)
    #expect(cluster.verdict(at: later) == .unknown && cluster.verdict(at: Fixture.date) == .proven)
    cluster.paces = [.instances: 60, .archive: 60]
    #expect(cluster.verdict(at: later) == .proven)
  }

  @Test("a verdict does not outlive what it rests on")
  func ground() {
    var cluster = Fixture.cluster()
    let later = Fixture.date.addingTimeInterval(11)
    cluster.paces = [.instances: 60, .archive: 2]
    // The figure that rests on it is not told any more: neither is the verdict, whenever the next picture comes.
    #expect(cluster.loss(at: later) == .unknown && cluster.verdict(at: later) == .unknown)
    #expect(cluster.verdictUntil < cluster.goodUntil)
    // What is bad anyhow is not made better by that.
    cluster.verdict = .atRisk
    #expect(cluster.verdict(at: later) == .atRisk)
    // What was old already when it was judged was judged as such.
    cluster.verdict = .likely
    cluster.takenAt = later
    #expect(cluster.verdict(at: later) == .likely)
  }

  @Test("only what passed is a proof, and only what ran to an end is told of")
  func drills() {
    let drills = [
      Fixture.drill("a"), Fixture.drill("b", outcome: .failed),
      Fixture.drill("c", outcome: .couldNotRun), Fixture.drill("d", outcome: .notTested),
    ]
    #expect(drills.lastPassed?.id == "a" && drills.lastConclusive?.id == "b")
    #expect(drills.suffix(2).lastConclusive == nil)
  }

  @Test("figures against their targets")
  func standing() {
    let targets = RecoveryTargets(rpo: 60, rto: 100)
    func loss(_ seconds: Double?, isUpperBound: Bool = false) -> Severity? {
      targets.standing(
        of: RPOExposure(bytes: 1, seconds: seconds, segments: 0, isUpperBound: isUpperBound))
    }
    #expect([loss(60), loss(61), loss(181), loss(nil)] == [nil, .warning, .critical, nil])
    // A byte may be an idle server's.
    #expect(loss(181, isUpperBound: true) == .info)
    let times = [70.0, 80, 101].map { targets.standing(of: Fixture.projection(expected: $0)) }
    #expect(times == [nil, .warning, .critical])
    let drills = [604_800.0, 604_801].map { targets.lateness(ofDrillAged: $0) }
    #expect(drills == [nil, .warning])
  }

  @Test(
    "a volume is full by its share or by its pace",
    arguments: [
      (79, nil, nil), (80, nil, .warning), (90, nil, .critical),
      (10, 90 * Double(1 << 20) / 80_000, .warning), (10, 90 * Double(1 << 20) / 14_000, .critical),
      (10, 90 * Double(1 << 20) / 90_000, nil),
    ] as [(Int64, Double?, Severity?)])
  func volumes(used: Int64, growth: Double?, severity: Severity?) {
    let volume = VolumeUsage(
      name: "v", capacityBytes: 100 << 20, usedBytes: used << 20,
      growth: growth.map { VolumeGrowth(bytesPerSecond: $0, seconds: 100_000) })
    #expect(volume.filling == severity)
  }

  @Test("an outcome has one word, and old audit logs are still read")
  func outcomes() throws {
    #expect(OperationOutcome.Status.couldNotRun.words == DrillOutcome.couldNotRun.words)
    for outcome in DrillOutcome.allCases { #expect(outcome.words.count <= 13) }
    let read = try JSONDecoder().decode(
      [OperationOutcome.Status].self,
      from: Data(#"["couldNotRun", "could_not_run", "notTested", "done"]"#.utf8))
    #expect(read == [.couldNotRun, .couldNotRun, .notTested, .done])
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@Suite struct OutageTests {
  private static let outage = Outage(
    place: "context prod-eu", reason: "https://k8s:6443: connection refused",
    remedy: "try: kubectl --context prod-eu get namespaces", since: Fixture.ago(4))

  @Test func whatWasSeenAMomentAgoStillHolds() {
    let before = Assessed.cluster()
    let cluster = Assessed.cluster { $0.outage = Self.outage }
    #expect(cluster.verdict == before.verdict)
    let finding = cluster.findings.first
    #expect(finding?.id == "outage")
    #expect(finding?.headline == "context prod-eu has not answered for 4s")
    #expect(finding?.evidence.first?.what == "https://k8s:6443: connection refused")
    #expect(finding?.evidence.first?.at == Fixture.ago(4))
  }

  /// Three refreshes of two seconds, ten at least; whatever the pace of the sources otherwise is.
  @Test func afterThreeRefreshesNothingIsKnownAndOneReasonIsSaid() {
    let slow = Dictionary(uniqueKeysWithValues: ReportPart.allCases.map { ($0, 60.0) })
    let cluster = Assessed.cluster(now: Fixture.date.addingTimeInterval(11), paces: slow) {
      $0.outage = Self.outage
    }
    #expect(cluster.verdict == .unknown)
    #expect(cluster.findings.filter { $0.ceiling == .unknown }.map(\.id) == ["outage"])
    #expect(cluster.exposure == nil)
    let without = Assessed.cluster(now: Fixture.date.addingTimeInterval(11), paces: slow)
    #expect(without.verdict == .proven)
  }

  @Test func aPlaceThatNeverAnsweredIsUnknownFromTheStart() {
    let cluster = Assessed.cluster {
      $0 = EngineReport()
      $0.outage = Outage(
        place: "context prod-eu", reason: "refused", remedy: "log in", since: nil)
    }
    #expect(cluster.verdict == .unknown)
    #expect(cluster.findings.first?.id == "outage")
    #expect(cluster.findings.first?.headline == "context prod-eu cannot be asked: refused")
    #expect(!cluster.findings.contains { $0.id.hasPrefix("part.") })
    // Nobody can look into the ledger either.
    let undrilled = Assessed.cluster(drills: []) { $0.outage = Self.outage }
    #expect(!undrilled.findings.contains { $0.id == "drill.never" })
    #expect(!undrilled.isNeverDrilled && Assessed.cluster(drills: []).isNeverDrilled)
  }
}

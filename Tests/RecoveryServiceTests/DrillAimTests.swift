import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import RecoveryService

/// A drill to a moment: what the service makes of it before an engine is asked.
@Suite("Drills to moments", .timeLimit(.minutes(30)))
struct DrillAimTests {
  private let fixture = FleetFixture(assess: { input in
    ClusterAssessment.assess(
      declaration: input.declaration, engineTitle: input.engineTitle, interval: input.interval,
      report: Fixture.report(), drills: input.drills, operation: input.operation,
      outcomes: input.outcomes, clock: input.clock, now: Fixture.date, paces: input.paces)
  })

  private static let hourAgo = RecoveryMoment(.time(Fixture.ago(3600)))

  @Test func itIsPlannedFromTheBaseThatTheMomentNeeds() async throws {
    let request = OperationRequest.drill(
      backup: nil, at: Self.hourAgo)
    let plan = try await fixture.fleet.plan(request, cluster: "auth-db")
    #expect(plan.request == request)
    let outlooks = fixture.engine.outlooks
    #expect(outlooks.map(\.base?.id) == ["20261122-030000F"])
    #expect(plan.moment == outlooks.first?.drillMoment)
    #expect(plan.notes.contains { $0.hasPrefix("base: 20261122-030000F") }, "\(plan.notes)")
  }

  @Test func itsRecordSaysWhatItWasAskedForAndIsNoProofOfNow() async throws {
    fixture.engine.set { $0.script = OperationTests.passing }
    let plan = try await fixture.fleet.plan(
      .drill(backup: nil, at: Self.hourAgo), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done, "\(outcome.summary)")
    #expect(outcome.summary.contains("recovered to \(Self.hourAgo.text)"))
    #expect(outcome.summary.contains("not the end of the archive"))
    let drills = try await fixture.ledger.contents().drills
    #expect(drills.map(\.moment?.asked) == [Self.hourAgo.text])
    #expect(drills.lastPassed == nil)
    #expect(await fixture.fleet.dueDrills(now: Fixture.date) == ["auth-db"])
  }

  @Test func aMomentBehindAllIsADrillToTheEnd() async throws {
    fixture.engine.set { $0.script = OperationTests.passing }
    let later = RecoveryMoment(.time(Fixture.ago(1)))
    let plan = try await fixture.fleet.plan(.drill(backup: nil, at: later), cluster: "auth-db")
    // The engine is told of the moment: it must bring back the last of what is archived, not only come near it.
    #expect(fixture.engine.outlooks.map(\.effective) == [.latest])
    #expect(plan.moment?.isEnd == true && plan.request == .drill(backup: nil, at: later))
    _ = await fixture.fleet.execute(plan)
    let drills = try await fixture.ledger.contents().drills
    #expect(drills.lastPassed?.moment?.asked == later.text)
  }

  @Test func aMomentToComeIsASlipOfThePen() async throws {
    let year = RecoveryMoment(.time(Fixture.date + 86_400 * 365))
    let error = await #expect(throws: RecoveryError.self) {
      try await fixture.fleet.plan(.drill(backup: nil, at: year), cluster: "auth-db")
    }
    #expect(error?.code == .invalid && error?.remedy.contains("latest") == true)
  }

  @Test func oneThatCannotBeReachedIsRecordedAsThat() async throws {
    let early = RecoveryMoment(.time(Fixture.ago(90 * 86_400)))
    await #expect(throws: DrillCouldNotRun.self) {
      try await fixture.fleet.plan(
        .drill(backup: nil, at: early), cluster: "auth-db", for: .running)
    }
    let drill = try await fixture.ledger.contents().drills.first
    #expect(drill?.outcome == .couldNotRun && drill?.moment?.asked == early.text)
    #expect(drill?.reason?.contains("no base backup had ended by then") == true)
    #expect(drill?.speaksOfNow == false)
  }
}

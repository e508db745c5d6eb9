import FoundationEssentials
import RecoveryModel
import Synchronization
import TestSupport
import Testing

@testable import RecoveryService

/// Recoveries that stay, their end, and drills of a planted marker: what the service makes of them.
@Suite("Recoveries and markers", .timeLimit(.minutes(30)))
struct RecoveryOperationTests {
  private static let place = MarkerPlace(database: "keycloak", table: "pgvigil.marker")

  private static func fixture(marker: MarkerPlace? = nil) -> FleetFixture {
    var drill = DrillSettings()
    drill.marker = marker
    return FleetFixture(
      drill: drill,
      assess: { input in
        ClusterAssessment.assess(
          declaration: input.declaration, engineTitle: input.engineTitle, interval: input.interval,
          report: Fixture.report(), drills: input.drills, operation: input.operation,
          outcomes: input.outcomes, clock: input.clock, now: Fixture.date, paces: input.paces)
      })
  }

  private static let hourAgo = RecoveryMoment(.time(Fixture.ago(3600)))
  private static let kept = KeptRecovery(
    id: "op1", place: "/srv/x", moment: hourAgo.text, since: noon, by: "alice on db1",
    connect: "psql -h /srv/x/run")

  @Test func aRecoveryIsPlannedFromWhatTheMomentNeedsAndIsNoDrill() async throws {
    let fixture = Self.fixture()
    fixture.engine.set { state in
      state.script = { _, events in
        events.yield(OperationEvent(at: noon, kind: .drillEntered(.restoring)))
        events.yield(OperationEvent(at: noon, kind: .kept(Self.kept, nil)))
        events.finish()
      }
    }
    var question = RecoveryQuestion(Self.hourAgo)
    question.lost = [try #require(LostTable(database: "app", name: "public.a"))]
    let request = OperationRequest.recover(question)
    let plan = try await fixture.fleet.plan(request, cluster: "auth-db")
    #expect(plan.request == request)
    #expect(fixture.engine.state.withLock { $0.recoveries.map(\.baseID) } == ["20261122-030000F"])
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done, "\(outcome.summary)")
    #expect(
      outcome.summary.contains("and kept in") && outcome.summary.contains("psql -h /srv/x/run"))
    #expect(outcome.summary.contains("pgvigil remove auth-db op1"))
    // The next thing that one does with it.
    #expect(
      outcome.summary.contains(
        "pgvigil plan recovery auth-db --at \(Self.hourAgo.text) --to /srv/x --database app "
          + "--table public.a"))
    #expect(outcome.kept == Self.kept)
    #expect(try await fixture.ledger.contents().drills == [])
    let audit = try await fixture.audit.entries()
    #expect(audit.map(\.kind) == [.recover, .recover] && audit.map(\.event) == [.started, .ended])
  }

  @Test func oneThatCannotBeReachedIsRefusedBeforeTheEngineIsAsked() async throws {
    let fixture = Self.fixture()
    let early = RecoveryMoment(.time(Fixture.ago(90 * 86_400)))
    await #expect(throws: RecoveryError.self) {
      try await fixture.fleet.plan(
        .recover(RecoveryQuestion(early)), cluster: "auth-db", for: .running)
    }
    #expect(fixture.engine.plans == 0)
    #expect(try await fixture.ledger.contents().drills == [])
  }

  @Test func whatItLeftIsInItsLastWord() async throws {
    let fixture = Self.fixture()
    fixture.engine.set { state in
      state.script = { _, events in
        events.finish(throwing: RecoveryError(.failed, "replay died; nothing of it is left"))
      }
    }
    let plan = try await fixture.fleet.plan(
      .recover(RecoveryQuestion(Self.hourAgo)), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .failed && outcome.summary.contains("nothing of it is left"))
  }

  @Test func aRemovalSaysWhatIsGone() async throws {
    let fixture = Self.fixture()
    fixture.engine.set { state in
      state.script = { _, events in
        events.yield(
          OperationEvent(at: noon, kind: .removed(recovery: "abc", left: "Its archive stays.")))
        events.finish()
      }
    }
    let plan = try await fixture.fleet.plan(.remove(recovery: "abc"), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done)
    #expect(outcome.summary == "recovery abc is gone. Its archive stays.")
  }

  @Test func theLeftoversOfADeadRecoveryAreNoDrillOfAnyLedger() async throws {
    let fixture = Self.fixture()
    fixture.engine.set { state in
      var dead = ReapedDrill(id: "abc", record: nil, removed: ["/srv/x"], remaining: [])
      dead.kind = .recover
      state.leftovers = [dead]
    }
    #expect(await fixture.fleet.reap().map(\.kind) == [.recover])
    #expect(try await fixture.ledger.contents().drills == [])
    let line = try await fixture.audit.entries().last
    #expect(line?.kind == .recover && line?.event == .reaped)
  }

  // MARK: Markers

  @Test func withoutAPlaceNothingIsWrittenAnywhere() async throws {
    let fixture = Self.fixture()
    let error = await #expect(throws: RecoveryError.self) {
      try await fixture.fleet.plan(.markerDrill, cluster: "auth-db")
    }
    #expect(error?.code == .invalid && error?.remedy.contains("drill.marker") == true)
    #expect(fixture.engine.plans == 0)
  }

  @Test func aMarkerIsPlantedOnceItIsAgreedToAndTheDrillGoesToJustBeforeItsEnd() async throws {
    let fixture = Self.fixture(marker: Self.place)
    let archive = try #require(Fixture.report().walArchive.value)
    let last = try #require(archive.segments.last?.segment.start(segmentSize: archive.segmentSize))
    fixture.engine.set { state in
      state.script = OperationTests.passing
      state.markerLSN = last
    }
    let plan = try await fixture.fleet.plan(.markerDrill, cluster: "auth-db")
    #expect(plan.request == .markerDrill)
    #expect(
      plan.steps[0].words.contains("pgvigil.marker")
        && plan.notes[0].contains("writes to production"))
    #expect(plan.requirements.contains { $0.detail == "pgvigil.marker" })
    #expect(fixture.engine.state.withLock { $0.planted } == [])
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done, "\(outcome.summary)")
    #expect(fixture.engine.state.withLock { $0.planted } == [plan.id])
    let outlook = try #require(fixture.engine.outlooks.first)
    #expect(outlook.effective == RecoveryMoment(.transaction(9183), isExclusive: true))
    #expect(outlook.operation == plan.id && outlook.base?.id == "20261122-030000F")
    #expect(outlook.marker?.test.sql.contains("token = '\(plan.id)'") == true)
    #expect(try await fixture.ledger.contents().drills.count == 1)
  }

  @Test func oneThatCannotBePlantedProvesNothing() async throws {
    let fixture = Self.fixture(marker: Self.place)
    fixture.engine.set { $0.plantFailure = RecoveryError(.denied, "permission denied") }
    let plan = try await fixture.fleet.plan(.markerDrill, cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .couldNotRun, "\(outcome.summary)")
    #expect(fixture.engine.starts == 0)
    let drill = try await fixture.ledger.contents().drills.first
    #expect(drill?.outcome == .couldNotRun && drill?.reason?.contains("permission denied") == true)
  }
}

import FoundationEssentials
import RecoveryModel
import RecoveryService
import Testing

@Suite("Running operations", .timeLimit(.minutes(30)))
struct OperationTests {
  static let prediction = Estimate(expected: 20, low: 15, high: 30)

  /// A drill that passes.
  static let passing: @Sendable (OperationPlan, FakeEngine.Events) -> Void = { plan, events in
    events.yield(OperationEvent(at: noon, kind: .drillEntered(.preflight)))
    events.yield(OperationEvent(at: noon, kind: .drillEntered(.restoring)))
    events.yield(OperationEvent(at: noon, kind: .drillFinished(drillRecord(plan.id))))
    events.finish()
  }

  private func projecting() -> FleetFixture {
    FleetFixture(
      projection: RTOProjection(
        total: Self.prediction, restore: 5, replay: 10, start: 5, basis: .assumed, drills: 0,
        restoreBytes: 1, load: ReplayLoad(segments: 1, walBytes: 1, storedBytes: 1)))
  }

  @Test func aDrillIsAuditedAndRecordedOnceWithItsPrediction() async throws {
    let fixture = projecting()
    fixture.engine.set { $0.script = Self.passing }
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    #expect(plan.expected == Self.prediction)
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done, "\(outcome.summary)")
    #expect(fixture.directory.lines("auth-db.jsonl").count == 1)
    let drill = try await fixture.ledger.contents().drills.first
    #expect(drill?.predicted == Self.prediction)
    #expect(drill?.measuredRTO == 9.5)
    let audit = try await fixture.audit.entries()
    #expect(audit.map(\.event) == [.started, .ended])
    #expect(audit.map(\.user) == ["alice", "alice"])
    #expect(audit.last?.outcome == .done)
    let cluster = await fixture.cluster()
    #expect(cluster?.operation == nil)
    #expect(cluster?.drills.map(\.id) == [plan.id])
    #expect(cluster?.outcomes == [outcome])
  }

  @Test func slowSourcesAreAskedAgainAfterAnOperation() async throws {
    let engine = FakeEngine(sources: [FleetRefreshTests.repository])
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.refresh(force: true)
    engine.set {
      $0.script = { _, events in
        events.yield(OperationEvent(at: noon, kind: .backupFinished(label: "20261122-120000F")))
        events.finish()
      }
      $0.answers = ["repository": retention("full=30")]
    }
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let before = engine.asked("repository")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .done)
    #expect(outcome.summary == "took 20261122-120000F in 0s")
    #expect(await fixture.picture { $0.clusters[0].report.retention.value != nil } != nil)
    #expect(engine.asked("repository") == before + 1)
  }

  @Test func aBackupWithoutANewLabelFailed() async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    #expect(await fixture.fleet.execute(plan).status == .failed)
    fixture.engine.set {
      $0.script = { _, events in events.finish(throwing: RecoveryError(.failed, "disk full")) }
    }
    let second = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(second)
    #expect(outcome.status == .failed && outcome.summary == "disk full")
    #expect(fixture.directory.lines("auth-db.jsonl").isEmpty, "only drills have ledger lines")
  }

  @Test func aSecondOperationIsToldWhoIsAtWork() async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let (work, events) = try await hold(plan, fixture)
    let refused = await fixture.fleet.execute(plan)
    #expect(refused.status == .refused)
    #expect(
      refused.summary
        == "auth-db is busy: a base backup by alice on db1 since 2026-11-22T12:00:00Z, now copying")
    await #expect(throws: RecoveryError.self) {
      try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    }
    events.finish()
    _ = await work.value
    #expect(fixture.engine.starts == 1)
  }

  @Test func anotherProcessIsToldWhoIsAtWork() async throws {
    let fixture = FleetFixture()
    let other = FleetFixture(directory: fixture.directory, user: "bob")
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let (work, events) = try await hold(plan, fixture)
    let wanted = try await other.fleet.plan(.backup(.full), cluster: "auth-db")
    let refused = await other.fleet.execute(wanted)
    #expect(refused.status == .refused)
    #expect(
      refused.summary
        == "auth-db is busy: a base backup by alice on db1 (process 7) since 2026-11-22T12:00:00Z")
    #expect(await other.fleet.reap() == [])
    #expect(other.engine.reaps == 0, "a live drill's cluster was reaped")
    events.finish()
    _ = await work.value
    let free = await other.fleet.execute(wanted)
    #expect(free.status != .refused, "\(free.summary)")
  }

  @Test func progressShowsAndTheLogIsBounded() async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let (work, events) = try await hold(plan, fixture)
    for line in 1...250 { events.yield(OperationEvent(at: noon, kind: .log("line \(line)"))) }
    events.yield(
      OperationEvent(at: noon, kind: .progress(fraction: 0.5, bytesDone: 5, bytesTotal: 10)))
    let running = await fixture.picture { $0.clusters[0].operation?.fraction != nil }?
      .clusters[0].operation
    #expect(running?.log.count == 200)
    #expect(running?.log.last == "line 250")
    #expect(running?.step == "copying")
    #expect(running?.bytesTotal == 10)
    events.finish()
    _ = await work.value
  }

  @Test func unmetRequirementsRefuseAndALedgerLineTellsOfTheDrill() async throws {
    let fixture = FleetFixture()
    fixture.engine.set {
      $0.requirements = [Requirement(what: "disk room", satisfied: false, detail: "3 GiB short")]
    }
    let backup = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    #expect(await fixture.fleet.execute(backup).status == .refused)
    let drill = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(drill)
    #expect(outcome.status == .refused)
    #expect(outcome.summary == "not met: disk room (3 GiB short)")
    #expect(outcome.drill?.reason == "not met: disk room (3 GiB short)")
    #expect(fixture.engine.starts == 0)
    #expect(try await fixture.ledger.contents().drills.map(\.outcome) == [.couldNotRun])
  }

  @Test func anOldPlanIsCheckedAgain() async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    fixture.clock.advance(60)
    fixture.engine.set {
      $0.requirements = [Requirement(what: "a primary", satisfied: false, detail: "none answers")]
    }
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .refused && outcome.summary == "not met: a primary (none answers)")
    #expect(fixture.engine.plans == 2 && fixture.engine.starts == 0)
  }

  @Test func aDrillThatCannotBePlannedCouldNotRun() async throws {
    let fixture = FleetFixture()
    fixture.engine.set { $0.planFailure = RecoveryError(.refused, "no base backup") }
    await #expect(throws: RecoveryError(.refused, "no base backup")) {
      try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    }
    #expect(try await fixture.ledger.contents().drills.isEmpty)
    #expect(try await fixture.audit.entries().isEmpty)
    #expect(await fixture.cluster()?.outcomes.isEmpty == true)
    let thrown = await #expect(throws: DrillCouldNotRun.self) {
      try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db", for: .running)
    }
    #expect(thrown?.outcome.status == .couldNotRun && thrown?.outcome.summary == "no base backup")
    let drill = try await fixture.ledger.contents().drills.first
    #expect(drill?.outcome == .couldNotRun && drill?.reason == "no base backup")
    await #expect(throws: RecoveryError.self) {
      try await fixture.fleet.plan(.backup(.full), cluster: "auth-db", for: .running)
    }
    #expect(try await fixture.ledger.contents().drills.count == 1)
    await #expect(
      throws: RecoveryError(.invalid, "no cluster named auth-bd", remedy: "did you mean auth-db?")
    ) {
      try await fixture.fleet.plan(.backup(.full), cluster: "auth-bd")
    }
  }

  @Test(arguments: [false, true])
  func aCancelledDrillIsRecordedAfterItsCleanUp(engineHasTheLastWord: Bool) async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    if engineHasTheLastWord {
      fixture.engine.set { state in
        var closing = drillRecord(plan.id, outcome: .cancelled)
        closing.leftBehind = ["/var/tmp/x"]
        state.closing = closing
      }
    }
    let (work, events) = try await hold(plan, fixture)
    events.yield(OperationEvent(at: noon + 1, kind: .drillEntered(.restoring)))
    _ = await fixture.picture { $0.clusters[0].operation?.drillState == .restoring }
    fixture.clock.advance(5)
    await fixture.fleet.cancel(cluster: "auth-db")
    let outcome = await work.value
    #expect(outcome.status == .cancelled)
    #expect(fixture.engine.wasCancelled)
    let drills = try await fixture.ledger.contents().drills
    #expect(drills.map(\.outcome) == [.cancelled])
    if engineHasTheLastWord {
      #expect(drills.first?.leftBehind == ["/var/tmp/x"])
    } else {
      #expect(drills.first?.failedIn == .restoring)
      #expect(drills.first?.phases == [DrillPhase(state: .restoring, seconds: 4)])
    }
  }

  @Test func cancellingTheCallerCancelsTheOperation() async throws {
    let fixture = FleetFixture()
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    let (work, _) = try await hold(plan, fixture)
    work.cancel()
    #expect(await work.value.status == .cancelled)
    #expect(try await fixture.audit.entries().map(\.event) == [.started, .ended])
  }

  @Test func aDrillThatTakesTooLongFailed() async throws {
    let fixture = FleetFixture(drill: DrillSettings(timeout: 600))
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    fixture.engine.set { $0.closing = drillRecord(plan.id, outcome: .cancelled) }
    let (work, _) = try await hold(plan, fixture)
    while !fixture.waits.end(600) { await Task.yield() }
    let outcome = await work.value
    #expect(outcome.status == .failed)
    #expect(outcome.drill?.reason == "took longer than drill.timeout (10m 00s)")
    #expect(outcome.drill?.cause == .timedOut)
    #expect(fixture.engine.wasCancelled)
  }

  @Test func aDrillThatTakesTooLongAndIsNotHeardOfAgainFailedOfThat() async throws {
    let fixture = FleetFixture(drill: DrillSettings(timeout: 600))
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    let (work, events) = try await hold(plan, fixture)
    events.yield(OperationEvent(at: noon, kind: .drillEntered(.replaying)))
    _ = await fixture.picture { $0.clusters[0].operation?.drillState == .replaying }
    while !fixture.waits.end(600) { await Task.yield() }
    let drill = await work.value.drill
    #expect(drill?.outcome == .failed && drill?.failedIn == .replaying)
    #expect(drill?.cause == .timedOut)
  }

  @Test func anEngineThatEndsWithoutAResultSaysNothingOfTheBackup() async throws {
    let fixture = FleetFixture()
    fixture.engine.set {
      $0.script = { _, events in
        events.yield(OperationEvent(at: noon, kind: .drillEntered(.replaying)))
        events.finish()
      }
    }
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    #expect(await fixture.fleet.execute(plan).drill?.cause == .interrupted)
  }

  @Test(
    arguments: [
      (DrillState.preflight, DrillOutcome.couldNotRun, nil), (.replaying, .failed, .recovery),
      (.smokeTesting, .failed, .smokeTest),
    ] as [(DrillState, DrillOutcome, DrillFailureCause?)])
  func anEngineErrorIsAFailureOnlyOncePreflightIsOver(
    state: DrillState, outcome: DrillOutcome, cause: DrillFailureCause?
  ) async throws {
    let fixture = FleetFixture()
    fixture.engine.set {
      $0.script = { _, events in
        events.yield(OperationEvent(at: noon, kind: .drillEntered(state)))
        events.yield(OperationEvent(at: noon, kind: .drillEntered(.destroying)))
        events.finish(throwing: RecoveryError(.failed, "a segment is missing"))
      }
    }
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    #expect(await fixture.fleet.execute(plan).status == OperationOutcome.Status(recorded: outcome))
    let drills = try await fixture.ledger.contents().drills
    #expect(drills.map(\.outcome) == [outcome])
    #expect(drills.first?.reason == "a segment is missing")
    #expect(drills.first?.cause == cause)
  }

  @Test func nothingActsUnaudited() async throws {
    let directory = ScratchDirectory()
    try directory.write("", to: "file")
    let fixture = FleetFixture(
      directory: directory, auditPath: directory.file("file/audit.jsonl"))
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .refused)
    #expect(outcome.summary.hasPrefix("nothing that acts goes unaudited: could not"))
    #expect(fixture.engine.starts == 0)
    #expect(directory.lines("auth-db.jsonl").isEmpty)
  }

  @Test func anUnrecordedProofIsNone() async throws {
    let fixture = FleetFixture()
    let path = fixture.ledger.path
    fixture.engine.set {
      $0.script = { plan, events in
        // The ledger's place is taken while the drill runs.
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        Self.passing(plan, events)
      }
    }
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    let outcome = await fixture.fleet.execute(plan)
    #expect(outcome.status == .failed)
    #expect(outcome.summary.contains("NOT RECORDED"), "\(outcome.summary)")
  }

  @Test func reapedDrillsAreRecordedOnce() async throws {
    let fixture = FleetFixture()
    fixture.engine.set {
      $0.leftovers = [
        ReapedDrill(
          id: "dead", record: drillRecord("dead", outcome: .failed), removed: ["/x"], remaining: [])
      ]
    }
    #expect(await fixture.fleet.reap().map(\.id) == ["dead"])
    #expect(await fixture.fleet.reap().map(\.id) == ["dead"])
    let drills = try await fixture.ledger.contents().drills
    #expect(drills.map(\.id) == ["dead"])
    #expect(drills.first?.cause == .interrupted)
    #expect(try await fixture.audit.entries().map(\.event) == [.reaped, .reaped])
  }

  @Test func aDeadDrillInTheWayOfANewOneIsRecordedWithIt() async throws {
    let fixture = FleetFixture()
    fixture.engine.set {
      $0.script = Self.passing
      $0.leftovers = [
        ReapedDrill(
          id: "dead", record: drillRecord("dead", outcome: .failed), removed: ["/x"], remaining: [])
      ]
    }
    let plan = try await fixture.fleet.plan(.drill(backup: nil), cluster: "auth-db")
    #expect(await fixture.fleet.execute(plan).status == .done)
    let ids = try await fixture.ledger.contents().drills.map(\.id)
    #expect(ids.sorted() == ["dead", plan.id])
  }

  /// Starts the plan and returns when it is under way, with the hand on its events.
  private func hold(
    _ plan: OperationPlan, _ fixture: FleetFixture
  ) async throws -> (work: Task<OperationOutcome, Never>, events: FakeEngine.Events) {
    let (started, signal) = AsyncStream.makeStream(of: FakeEngine.Events.self)
    fixture.engine.set {
      $0.script = { _, events in
        events.yield(OperationEvent(at: noon, kind: .stepBegan("copying")))
        signal.yield(events)
      }
    }
    let fleet = fixture.fleet
    let work = Task { await fleet.execute(plan) }
    var iterator = started.makeAsyncIterator()
    let events = try #require(await iterator.next())
    _ = await fixture.picture { $0.clusters[0].operation?.step == "copying" }
    return (work, events)
  }
}

extension OperationOutcome.Status {
  fileprivate init(recorded outcome: DrillOutcome) {
    self = outcome == .failed ? .failed : .couldNotRun
  }
}

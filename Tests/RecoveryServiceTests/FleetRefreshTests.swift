import FoundationEssentials
import RecoveryModel
import RecoveryService
import Testing

@Suite("Refreshing the fleet", .timeLimit(.minutes(30)))
struct FleetRefreshTests {
  static let repository = ObservationSource(id: "repository", pace: .slow(seconds: 60))
  static let servers = ObservationSource(id: "servers", pace: .live)

  @Test func everyClusterIsShownBeforeItsFirstAnswer() async {
    let fixture = FleetFixture(others: [("billing", FakeEngine())])
    let first = await fixture.fleet.snapshot()
    #expect(first.clusters.map(\.declaration.name) == ["auth-db", "billing"])
    #expect(first.clusters.allSatisfy { $0.report.instances == .pending })
    #expect(first.generation == 0)
  }

  @Test func mergesThePartsOfSeveralSources() async {
    let engine = FakeEngine(sources: [Self.servers, Self.repository])
    engine.set {
      $0.answers = ["servers": instances("db1"), "repository": retention("full=30")]
    }
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.refresh(force: false)
    let report = await fixture.cluster()?.report
    #expect(report?.instances.value?.first?.name == "db1")
    #expect(report?.retention.value?.text == "full=30")
    #expect(report?.archive == .pending)
  }

  /// How far it is and how long it takes only that one tells.
  @Test func whoAsksForARecoveredClusterHasItsOriginAskedToo() async {
    let (recovered, origin, other) = (FakeEngine(), FakeEngine(), FakeEngine())
    var recovery = RecoveryUnderWay(place: "prod/new", stage: .working, observedAt: noon)
    recovery.origin = ClusterPlace(context: "here", namespace: "prod", name: "billing")
    var update = ReportUpdate()
    update.recoveries = [recovery]
    recovered.set { [update] in $0.answers = ["servers": update] }
    let fixture = FleetFixture(
      others: [("new", recovered), ("billing", origin), ("shop", other)])
    await fixture.fleet.refresh(force: true, only: ["new"])
    #expect(origin.asked("servers") == 1)
    #expect(other.asked("servers") == 0)
  }

  @Test func closingEndsWhatIsAskedAndAsksNothingMore() async {
    let engine = FakeEngine(sources: [Self.servers])
    engine.set { $0.hanging = ["servers"] }
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.tick()
    while engine.asked("servers") == 0 { await Task.yield() }
    let closing = Task {
      await fixture.fleet.close()
      return engine.cancelledLooks
    }
    // Five seconds are the most that it waits.
    while !fixture.waits.begun.contains(5) { await Task.yield() }
    engine.releaseHung()
    #expect(await closing.value == 1)
    await fixture.fleet.refresh(force: true)
    #expect(engine.asked("servers") == 1)
  }

  @Test("a single look waits for what is still being asked, but not for ever")
  func stillBeingAsked() async {
    var unready = ReportUpdate()
    unready.retention = .unavailable(
      Unavailable(part: "retention", reason: "still being read", remedy: "wait", code: .underWay),
      at: noon)
    let (engine, slow) = (FakeEngine(sources: [Self.repository]), FakeEngine())
    engine.set { [unready] in
      $0.answers = ["repository": unready]
      $0.later = ["repository": retention("full=30")]
    }
    slow.set { [unready] in $0.answers = ["servers": unready] }
    let fixture = FleetFixture(engine: engine, others: [("slow", slow)])
    await fixture.fleet.refresh(force: true)
    #expect(await fixture.cluster()?.report.retention.value?.text == "full=30")
    #expect(engine.asked("repository") == 2 && slow.asked("servers") == 8)
  }

  @Test func aHungSourceDelaysNeitherItsClusterNorAnother() async {
    let engine = FakeEngine(sources: [Self.servers, Self.repository])
    engine.set {
      $0.answers = ["repository": retention("full=30")]
      $0.hanging = ["servers"]
    }
    let other = FakeEngine()
    other.set { $0.answers = ["servers": instances("billing1")] }
    let fixture = FleetFixture(engine: engine, others: [("billing", other)])
    await fixture.fleet.tick()
    let picture = await fixture.picture {
      $0.clusters[0].report.retention.value != nil && $0.clusters[1].report.instances.value != nil
    }
    #expect(picture?.clusters[0].report.instances == .pending)
    while other.asked("servers") < 5 {
      fixture.clock.advance(2)
      await fixture.fleet.tick()
      await Task.yield()
    }
    #expect(engine.asked("servers") == 1, "a source that is being asked was asked again")
    engine.set { $0.answers["servers"] = instances("db1") }
    engine.releaseHung()
    #expect(await fixture.picture { $0.clusters[0].report.instances.value != nil } != nil)
  }

  @Test func aValueOlderThanThreePacesIsUnknown() async {
    let engine = FakeEngine(sources: [Self.servers, Self.repository])
    engine.set {
      $0.answers = ["servers": instances("db1"), "repository": retention("full=30")]
    }
    let fixture = FleetFixture(engine: engine, assess: assessByRules)
    await fixture.fleet.setInterval(10)
    await fixture.fleet.refresh(force: false)
    engine.set { $0.hanging = ["servers", "repository"] }
    #expect(await stale(fixture, after: 30) == [])
    #expect(await stale(fixture, after: 0.5) == ["part.stale:instances"])
    #expect(await stale(fixture, after: 149) == ["part.stale:instances"], "it has its own pace")
    let both = await stale(fixture, after: 1)
    #expect(both == ["part.stale:instances", "part.stale:retention"])
    engine.releaseHung()
  }

  /// The findings about silence, after so many seconds more of it.
  private func stale(_ fixture: FleetFixture, after seconds: Double) async -> [String] {
    fixture.clock.advance(seconds)
    await fixture.fleet.tick()
    let findings = await fixture.cluster()?.findings ?? []
    return findings.map(\.id).filter { $0.hasPrefix("part.stale:") }.sorted()
  }

  @Test func asksEachSourceAtItsOwnPace() async {
    let engine = FakeEngine(sources: [Self.servers, Self.repository])
    let fixture = FleetFixture(engine: engine)
    for _ in 0..<30 {
      await fixture.fleet.refresh(force: false)
      fixture.clock.advance(2)
    }
    #expect(engine.asked("servers") == 30)
    #expect(engine.asked("repository") == 1)
    await fixture.fleet.refresh(force: false)
    #expect(engine.asked("repository") == 2)
    await fixture.fleet.refresh(force: true)
    #expect(engine.asked("repository") == 3)
  }

  @Test func aClockThatWasSetBackStopsNoQuestions() async {
    let engine = FakeEngine(sources: [Self.repository])
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.refresh(force: false)
    fixture.clock.advance(-86_400)
    await fixture.fleet.refresh(force: false)
    #expect(engine.asked("repository") == 2)
  }

  @Test func publishesOnlyWhatIsNew() async {
    let engine = FakeEngine()
    engine.set { $0.answers = ["servers": instances("db1")] }
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.refresh(force: true)
    let first = await fixture.fleet.snapshot()
    fixture.clock.advance(1)
    await fixture.fleet.refresh(force: true)
    #expect(await fixture.fleet.snapshot() == first)
    engine.set { $0.answers = ["servers": instances("db2")] }
    await fixture.fleet.refresh(force: true)
    #expect(await fixture.fleet.snapshot().generation > first.generation)
  }

  @Test func everyListenerGetsTheNewestAndGenerationsOnlyGrow() async {
    let engine = FakeEngine()
    let fixture = FleetFixture(engine: engine)
    let slow = fixture.fleet.snapshots()
    var quick = fixture.fleet.snapshots().makeAsyncIterator()
    var generations: [UInt64] = []
    for number in 1...5 {
      engine.set { $0.answers = ["servers": instances("db\(number)")] }
      await fixture.fleet.refresh(force: true)
      if let picture = await quick.next() { generations.append(picture.generation) }
    }
    #expect(generations.count == 5)
    #expect(generations == generations.sorted() && Set(generations).count == 5)
    var late = slow.makeAsyncIterator()
    let newest = await late.next()
    #expect(newest?.clusters[0].report.instances.value?.first?.name == "db5")
  }

  @Test func pausedAsksNothingByItself() async {
    let engine = FakeEngine()
    let fixture = FleetFixture(engine: engine)
    await fixture.fleet.setPaused(true)
    await fixture.fleet.tick()
    #expect(engine.asked("servers") == 0)
    await fixture.fleet.refresh(force: true)
    #expect(engine.asked("servers") == 1)
  }

  @Test func runBeatsUntilItIsCancelledAndANewIntervalCountsAtOnce() async {
    let engine = FakeEngine()
    let fixture = FleetFixture(engine: engine)
    let run = Task { await fixture.fleet.run(interval: 2) }
    for number in 1...3 {
      engine.set { $0.answers = ["servers": instances("db\(number)")] }
      fixture.clock.advance(2)
      await endWait(of: 2, fixture)
    }
    #expect(engine.asked("servers") >= 2)
    await fixture.fleet.setInterval(10)
    await endWait(of: 10, fixture)
    run.cancel()
    await run.value
  }

  @Test func refreshGivesUpOnAHungSource() async {
    let engine = FakeEngine()
    engine.set { $0.hanging = ["servers"] }
    let fixture = FleetFixture(engine: engine)
    let refresh = Task { await fixture.fleet.refresh(force: true) }
    await endWait(of: 30, fixture)
    await refresh.value
    let cancelled = Task { await fixture.fleet.refresh(force: true) }
    cancelled.cancel()
    await cancelled.value
    engine.releaseHung()
  }

  @Test func anUnreadableLedgerIsNeverGood() async throws {
    let directory = ScratchDirectory()
    try directory.write("", to: "file")
    let fixture = FleetFixture(
      directory: directory, ledgerPath: directory.file("file/auth-db.jsonl"))
    await fixture.fleet.refresh(force: true)
    let cluster = await fixture.cluster()
    #expect(cluster?.verdict == .unknown)
    #expect(cluster?.findings.map(\.id) == ["ledger-unreadable"])
  }

  @Test func anOutageIsSaidInsteadOfTheLedgerBehindIt() async throws {
    let directory = ScratchDirectory()
    try directory.write("", to: "file")
    let engine = FakeEngine()
    let outage = Outage(place: "context prod", reason: "refused", remedy: "wait", since: nil)
    engine.set {
      var update = ReportUpdate()
      update.outage = .some(outage)
      $0.answers["servers"] = update
    }
    let fixture = FleetFixture(
      engine: engine, directory: directory, ledgerPath: directory.file("file/auth-db.jsonl"),
      assess: assessByRules)
    await fixture.fleet.refresh(force: true)
    let cluster = await fixture.cluster()
    #expect(cluster?.report.outage == outage)
    #expect(cluster?.verdict == .unknown)
    #expect(cluster?.findings.map(\.id).first == "outage")
    #expect(cluster?.findings.contains { $0.id == "ledger-unreadable" } == false)
    engine.set {
      var update = ReportUpdate()
      update.outage = .some(nil)
      $0.answers["servers"] = update
    }
    await fixture.fleet.refresh(force: true)
    #expect(await fixture.cluster()?.report.outage == nil)
    #expect(
      await fixture.cluster()?.findings.contains { $0.id == "ledger-unreadable" } == true)
  }

  @Test func anotherConsolesDrillIsSeen() async throws {
    let fixture = FleetFixture()
    await fixture.fleet.refresh(force: true)
    #expect(await fixture.cluster()?.drills == [])
    try await FileDrillLedger(path: fixture.ledger.path).append(drillRecord("d1"))
    await fixture.fleet.refresh(force: false)
    #expect(await fixture.cluster()?.drills.map(\.id) == ["d1"])
  }

  @Test func drillsAreDueByTheirStart() async throws {
    let fixture = FleetFixture(others: [("billing", FakeEngine())])
    #expect(await fixture.fleet.dueDrills() == ["auth-db", "billing"])
    try await fixture.ledger.append(drillRecord("d1"))
    try await fixture.ledger.append(drillRecord("d2", outcome: .cancelled, at: noon + 3600))
    #expect(await fixture.fleet.dueDrills() == ["billing"])
    let week = 604_800.0
    #expect(await fixture.fleet.dueDrills(now: noon + week - 601) == ["billing"])
    #expect(await fixture.fleet.dueDrills(now: noon + week - 599) == ["auth-db", "billing"])
  }

  @Test(arguments: [DrillOutcome.failed, .couldNotRun, .cancelled])
  func onlyADrillThatPassedIsDone(outcome: DrillOutcome) async throws {
    let fixture = FleetFixture()
    try await fixture.ledger.append(drillRecord("d1", outcome: outcome))
    #expect(await fixture.fleet.dueDrills(now: noon + 60) == ["auth-db"])
    try await fixture.ledger.append(drillRecord("d2", at: noon + 60))
    try await fixture.ledger.append(drillRecord("d3", outcome: outcome, at: noon + 3600))
    // One that somebody stopped was no try.
    #expect(
      await fixture.fleet.dueDrills(now: noon + 7200) == (outcome == .cancelled ? [] : ["auth-db"]))
    #expect(await fixture.fleet.dueDrills(now: noon + 60 + 604_800) == ["auth-db"])
  }

  /// Waits until somebody waits so long, then lets that time pass.
  private func endWait(of seconds: Double, _ fixture: FleetFixture) async {
    while !fixture.waits.end(seconds) { await Task.yield() }
  }
}

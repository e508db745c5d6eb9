import FoundationEssentials
import RecoveryModel
import RecoveryService
import Testing

@Suite("A fleet that is found", .timeLimit(.minutes(30)))
struct DiscoveryTests {
  static let objects = ObservationSource(id: "objects", pace: .slow(seconds: 60))
  static let servers = ObservationSource(id: "servers", pace: .attended(otherwise: 60))

  private func names(_ fleet: FleetSnapshot) -> [String] { fleet.clusters.map(\.declaration.name) }

  @Test func clustersComeAndGo() async {
    let discovery = FakeDiscovery()
    let fixture = FleetFixture(discovery: discovery)
    #expect(await fixture.fleet.snapshot().isComplete == false)
    let notice = FleetNotice(subject: "prod-us", severity: .critical, text: "does not answer")
    discovery.find([("b/one", FakeEngine()), ("a/two", FakeEngine())], notices: [notice])
    await fixture.fleet.findClusters()
    let first = await fixture.fleet.snapshot()
    #expect(names(first) == ["auth-db", "a/two", "b/one"])
    #expect(first.notices == [notice] && first.isComplete)
    discovery.find([("b/one", FakeEngine())])
    #expect(await fixture.picture { names($0) == ["auth-db", "b/one"] }?.notices == [])
  }

  @Test func aClusterMadeAnewIsAnother() async {
    let discovery = FakeDiscovery()
    let (old, new) = (FakeEngine(), FakeEngine())
    old.set {
      $0.answers = ["servers": instances("old")]
      $0.hanging = ["servers"]
    }
    new.set { $0.answers = ["servers": instances("new")] }
    let fixture = FleetFixture(discovery: discovery, declared: false)
    discovery.find([("a/x", old)])
    await fixture.fleet.findClusters()
    let refresh = Task { await fixture.fleet.refresh(force: true) }
    while old.asked("servers") == 0 { await Task.yield() }
    discovery.find([("a/x", new)])
    // Nobody waits any longer for a cluster that is no more.
    await refresh.value
    await fixture.fleet.refresh(force: true)
    old.releaseHung()
    await Task.yield()
    #expect(await fixture.cluster("a/x")?.report.instances.value?.first?.name == "new")
  }

  @Test func theSameEngineKeepsWhatIsKnown() async {
    let discovery = FakeDiscovery()
    let engine = FakeEngine(backupKinds: [.full])
    engine.set { $0.answers = ["servers": instances("x-1")] }
    let fixture = FleetFixture(discovery: discovery, declared: false)
    discovery.find([("a/x", engine)])
    await fixture.fleet.findClusters()
    await fixture.fleet.refresh(force: true)
    discovery.find([("a/x", engine), ("a/y", FakeEngine())])
    let picture = await fixture.picture { $0.clusters.count == 2 }
    #expect(picture?.clusters[0].report.instances.value?.first?.name == "x-1")
    #expect(picture?.clusters[0].report.backupKinds == [.full])
  }

  @Test func aClusterStaysUntilItsOperationHasEnded() async throws {
    let discovery = FakeDiscovery()
    let engine = FakeEngine()
    engine.set { $0.script = { _, _ in } }
    let fixture = FleetFixture(engine: engine, discovery: discovery, declared: false)
    discovery.find([("auth-db", engine)])
    await fixture.fleet.findClusters()
    await fixture.fleet.refresh(force: true)
    let plan = try await fixture.fleet.plan(.backup(.full), cluster: "auth-db")
    let work = Task { await fixture.fleet.execute(plan) }
    while engine.starts == 0 { await Task.yield() }
    discovery.find([("a/other", FakeEngine())])
    let during = await fixture.picture { $0.clusters.count == 2 }
    #expect(during.map(names) == ["a/other", "auth-db"])
    work.cancel()
    #expect(await work.value.status == .cancelled)
    #expect(await fixture.picture { names($0) == ["a/other"] } != nil)
  }

  @Test func lookingForAKnownNameDoesNotWaitForADeadPlace() async {
    let discovery = FakeDiscovery()
    let fixture = FleetFixture(discovery: discovery)
    discovery.find([("a/x", FakeEngine())], isComplete: false)
    await fixture.fleet.findClusters(named: ["a/x"])
    #expect(await fixture.cluster("a/x") != nil)
    let all = Task { await fixture.fleet.findClusters() }
    while !fixture.waits.end(30) { await Task.yield() }
    await all.value
    #expect(await fixture.fleet.snapshot().isComplete == false)
    // Patience is spent once.
    await fixture.fleet.findClusters()
  }

  @Test func newsIsAskedAboutAtOnce() async {
    let discovery = FakeDiscovery()
    let engine = FakeEngine(sources: [Self.objects])
    let fixture = FleetFixture(discovery: discovery, declared: false)
    let run = Task { await fixture.fleet.run(interval: 2) }
    discovery.find([("a/x", engine)])
    while engine.asked("objects") == 0 || engine.listeners == 0 { await Task.yield() }
    engine.set { $0.answers = ["objects": instances("later")] }
    engine.tell("objects")
    let picture = await fixture.picture {
      $0.clusters.first?.report.instances.value?.first?.name == "later"
    }
    #expect(picture != nil)
    // While it is being asked, any number of news make one more question.
    engine.set { $0.hanging = ["objects"] }
    engine.tell("objects")
    while engine.asked("objects") < 3 { await Task.yield() }
    for _ in 0..<5 { engine.tell("objects") }
    await settle()
    engine.set { $0.answers = ["objects": instances("last")] }
    engine.releaseHung()
    _ = await fixture.picture { $0.clusters.first?.report.instances.value?.first?.name == "last" }
    #expect(engine.asked("objects") <= 4)
    run.cancel()
    await run.value
  }

  /// Lets every task that can run do so.
  private func settle() async { for _ in 0..<200 { await Task.yield() } }

  @Test func sharedPlacesAreReapedOnceAndRecordedByTheEngineAlone() async throws {
    let discovery = FakeDiscovery()
    let directory = ScratchDirectory()
    let own = FileDrillLedger(path: directory.path + "/own.jsonl")
    let engines = [
      FakeEngine(reapScope: "prod", ledger: own), FakeEngine(reapScope: "prod", ledger: own),
      FakeEngine(),
    ]
    var record = drillRecord("d9", outcome: .failed)
    record.cluster = "a/2"
    let dead = ReapedDrill(id: "d9", record: record, removed: ["x"], remaining: [])
    for engine in engines.prefix(2) { engine.set { $0.leftovers = [dead] } }
    let fixture = FleetFixture(discovery: discovery, declared: false)
    discovery.find([("a/1", engines[0]), ("a/2", engines[1]), ("a/3", engines[2])])
    #expect(await fixture.fleet.reap().map(\.id) == ["d9"])
    #expect(engines.map(\.reaps) == [1, 0, 1])
    #expect(try await own.contents().drills.isEmpty, "the engine's lines are the engine's")
    #expect(try await fixture.audit.entries().map(\.event) == [.reaped])
  }

  @Test func closeAttentionAsksMoreOften() async {
    let discovery = FakeDiscovery()
    let engines = (0..<20).map { _ in FakeEngine(sources: [Self.servers]) }
    let fixture = FleetFixture(discovery: discovery, declared: false)
    discovery.find(engines.enumerated().map { ("a/\($0.offset)", $0.element) })
    await fixture.fleet.findClusters()
    for beat in 0..<10 {
      if beat == 5 { await fixture.fleet.attend("a/7") }
      await fixture.fleet.tick()
      while await fixture.fleet.questionsUnderWay > 0 { await Task.yield() }
      fixture.clock.advance(2)
    }
    #expect(engines[7].asked("servers") == 6)
    #expect(engines[8].asked("servers") == 1)
  }
}

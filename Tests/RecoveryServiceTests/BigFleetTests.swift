import FoundationEssentials
import Glibc
import RecoveryModel
import RecoveryService
import Synchronization
import Testing

/// More clusters than anybody looks at.
@Suite("A big fleet", .timeLimit(.minutes(30)))
struct BigFleetTests {
  static let objects = ObservationSource(id: "objects", pace: .slow(seconds: 60))
  static let servers = ObservationSource(id: "servers", pace: .attended(otherwise: 60))

  private struct Fleet {
    let fixture: FleetFixture
    let engines: [FakeEngine]

    var service: FleetService { fixture.fleet }

    init(_ count: Int, assess: Assess? = nil) async {
      let discovery = FakeDiscovery()
      engines = (0..<count).map { index in
        let engine = FakeEngine(sources: [BigFleetTests.objects, BigFleetTests.servers])
        engine.set { $0.answers = ["servers": instances("\(index)-1")] }
        return engine
      }
      fixture = FleetFixture(discovery: discovery, declared: false, assess: assess)
      discovery.find(
        engines.enumerated().map { ("ns/c\(String(10_000 + $0.offset).dropFirst())", $0.element) })
      await fixture.fleet.findClusters()
    }

    /// One beat, and every answer to it.
    func beat() async {
      await service.tick()
      while await service.questionsUnderWay > 0 { await Task.yield() }
      fixture.clock.advance(2)
    }

    func asked(_ source: String) -> Int { engines.reduce(0) { $0 + $1.asked(source) } }
  }

  @Test func everyoneIsAskedOnceAndThenInTurns() async {
    let fleet = await Fleet(200)
    await fleet.beat()
    #expect(fleet.asked("servers") == 200)
    for _ in 0..<28 { await fleet.beat() }
    #expect(fleet.asked("servers") == 200)
    var each: [Int] = []
    for _ in 0..<30 {
      let before = fleet.asked("servers")
      await fleet.beat()
      each.append(fleet.asked("servers") - before)
    }
    #expect(each.max() ?? 0 <= 20, "no beat asks a tenth of the fleet")
    #expect(fleet.engines.allSatisfy { $0.asked("servers") == 2 })
  }

  /// Asked at once each of a thousand would hold what a question holds.
  @Test func manyQuestionsWaitForTheirTurn() async {
    let fleet = await Fleet(150)
    for engine in fleet.engines { engine.set { $0.hanging = ["objects", "servers"] } }
    await fleet.service.tick()
    let all = { fleet.asked("objects") + fleet.asked("servers") }
    while all() < 100 { await Task.yield() }
    #expect(all() == 100)
    // Whom somebody waits for waits for nobody.
    let last = fleet.engines[149]
    let refresh = Task { await fleet.service.refresh(force: true, only: ["ns/c0149"]) }
    while last.asked("objects") + last.asked("servers") < 2 { await Task.yield() }
    #expect(all() == 102)
    // Who hangs keeps nobody else waiting for longer than a moment.
    fleet.fixture.clock.advance(3)
    await fleet.service.tick()
    while all() < 202 { await Task.yield() }
    while await fleet.service.questionsUnderWay > 0 {
      for engine in fleet.engines { engine.releaseHung() }
      await Task.yield()
    }
    await refresh.value
    #expect(fleet.engines.allSatisfy { $0.asked("objects") == 1 && $0.asked("servers") == 1 })
  }

  @Test func silenceAgesToUnknownWithinThreePaces() async {
    let fleet = await Fleet(50, assess: assessByRules)
    await fleet.beat()
    for engine in fleet.engines { engine.set { $0.hanging = ["objects", "servers"] } }
    var staleAfter: Double?
    for beat in 1...100 where staleAfter == nil {
      await fleet.service.tick()
      fleet.fixture.clock.advance(2)
      let clusters = await fleet.service.snapshot().clusters
      if clusters.contains(where: { $0.findings.contains { $0.id == "part.stale:instances" } }) {
        staleAfter = Double(beat) * 2
      }
    }
    #expect(staleAfter.map { (180...186).contains($0) } == true, "\(staleAfter ?? 0)")
    for engine in fleet.engines { engine.releaseHung() }
  }

  @Test func manyAnswersMakeFewPictures() async {
    let fleet = await Fleet(300)
    let before = await fleet.service.snapshot().generation
    await fleet.service.tick()
    while await fleet.service.questionsUnderWay > 0 { await Task.yield() }
    // The clock stands still: nothing may follow the first before it moves.
    let after = await fleet.service.snapshot().generation
    #expect(after - before <= 2)
    while !fleet.fixture.waits.end(0.05) { await Task.yield() }
    let picture = await fleet.fixture.picture { fleet in
      fleet.clusters.allSatisfy { $0.report.instances.value != nil }
    }
    #expect(picture != nil)
  }

  @Test func anUnchangedFleetMakesNoPictureAtAll() async {
    let fleet = await Fleet(50)
    for _ in 0..<3 { await fleet.beat() }
    let before = await fleet.service.snapshot().generation
    for _ in 0..<60 { await fleet.beat() }
    #expect(await fleet.service.snapshot().generation == before)
  }

  @Test func aCommandThatAsksOnceIsJudgedByAllTheAnswersTogether() async {
    let judged = Mutex(0)
    let fleet = await Fleet(3) { input in
      judged.withLock { $0 += 1 }
      return assessByRules(input)
    }
    let before = judged.withLock { $0 }
    await fleet.service.refresh(force: true)
    #expect(judged.withLock { $0 } - before == 3)
    #expect(
      await fleet.service.snapshot().clusters.allSatisfy { $0.report.instances.value != nil })
  }

  @Test func aClockThatWasSetBackStopsNoQuestions() async {
    let fleet = await Fleet(30)
    await fleet.beat()
    fleet.fixture.clock.advance(-86_400)
    for _ in 0..<3 { await fleet.beat() }
    #expect(fleet.engines.allSatisfy { $0.asked("servers") == 2 })
  }

  /// Prints what a fleet at rest costs; BIG_FLEET_SECONDS says how long to look.
  @Test(.enabled(if: getenv("BIG_FLEET_SECONDS") != nil))
  func whatItCostsAtRest() async throws {
    let seconds = getenv("BIG_FLEET_SECONDS").flatMap { Double(String(cString: $0)) } ?? 60
    let discovery = FakeDiscovery()
    let engines = (0..<1000).map { _ in RestingEngine() }
    let fleet = FleetService(
      clusters: [],
      discovery: FleetDiscovery(source: discovery) { _ in EmptyLedger() }, interval: 2,
      environment: ServiceEnvironment(
        engine: EngineEnvironment(
          now: { Date() }, host: "h", user: "u", newID: { "id" }, version: "1"), process: 7),
      audit: AuditLog(path: "/nonexistent"))
    let pictures = Mutex(0)
    let reader = Task { for await _ in fleet.snapshots() { pictures.withLock { $0 += 1 } } }
    let run = Task { await fleet.run(interval: 2) }
    discovery.find(engines.enumerated().map { ("ns/c\($0.offset)", $0.element) })
    try await Task.sleep(for: .seconds(10))
    let (before, shown) = (Self.processorSeconds(), pictures.withLock { $0 })
    try await Task.sleep(for: .seconds(seconds))
    let used = Self.processorSeconds() - before
    print(
      "at rest: \(used / seconds * 100) % of a core, \(pictures.withLock { $0 } - shown) pictures")
    run.cancel()
    reader.cancel()
    await fleet.close()
  }

  private static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}

/// Answers at once with what a cluster of three has, always the same but for its time.
private final class RestingEngine: BackupEngine {
  static let descriptor = EngineDescriptor(id: "resting", title: "Resting", options: []) { _, _ in
    RestingEngine()
  }
  let sources = [BigFleetTests.objects, BigFleetTests.servers]
  var ledger: (any DrillLedger)? { EmptyLedger() }

  func observe(_ source: ObservationSource.ID) async -> ReportUpdate {
    let now = Date()
    var update = ReportUpdate()
    if source == "objects" {
      update.backups = .value(
        BackupCatalog(backups: []), source: "Backup objects", at: now)
      update.retention = .value(RetentionPolicy(text: "30d"), source: "ObjectStore", at: now)
    } else {
      update.instances = .value(
        (1...3).map { number in
          Instance(
            name: "c-\(number)", role: number == 1 ? .primary : .standby, state: .running,
            observedAt: now)
        }, source: "/pg/status", at: now)
    }
    return update
  }

  func plan(_ request: OperationRequest, report: EngineReport) async throws -> OperationPlan {
    throw RecoveryError(.refused, "not in this test")
  }
  func start(_ plan: OperationPlan) -> AsyncThrowingStream<OperationEvent, any Error> {
    AsyncThrowingStream { $0.finish() }
  }
  func reap() async -> [ReapedDrill] { [] }
}

private struct EmptyLedger: DrillLedger {
  var place: String { "nowhere" }
  func contents() async throws(RecoveryError) -> LedgerContents { LedgerContents() }
  func append(_ drill: DrillRecord) async throws(RecoveryError) -> Bool { true }
  func lock(_ holder: LockHolder) async throws(RecoveryError) -> LockAttempt { .busy(nil) }
}

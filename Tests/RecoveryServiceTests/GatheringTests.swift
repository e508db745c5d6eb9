import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization
import Testing

/// Answers that come together are judged together.
@Suite("Gathering answers", .timeLimit(.minutes(30)))
struct GatheringTests {
  /// How often anything was judged.
  private final class Count: Sendable {
    private let count = Mutex(0)
    var now: Int { count.withLock { $0 } }
    func one() { count.withLock { $0 += 1 } }
    func reset() { count.withLock { $0 = 0 } }
  }

  private let engine = FakeEngine(
    sources: ["a", "b", "c"].map { ObservationSource(id: $0, pace: .live) })
  private let count = Count()
  private let fixture: FleetFixture

  init() {
    fixture = FleetFixture(
      engine: engine,
      assess: { [count] input in
        count.one()
        return ClusterSnapshot(
          declaration: input.declaration, engineTitle: input.engineTitle, takenAt: input.now,
          interval: input.interval, report: input.report, verdict: .proven)
      })
  }

  /// Every source has answered once and is due again; `a` and `c` will have something else to say.
  private func begin(hanging: Set<ObservationSource.ID> = []) async {
    engine.set { $0.answers = ["a": instances("db1"), "c": retention("full=1")] }
    await fixture.fleet.refresh(force: false)
    while await fixture.fleet.questionsUnderWay > 0 { await Task.yield() }
    fixture.clock.advance(2)
    engine.set {
      $0.answers = ["a": instances("db2"), "c": retention("full=2")]
      $0.hanging = hanging
    }
    count.reset()
  }

  private func wait(forQuestions left: Int) async {
    while await fixture.fleet.questionsUnderWay > left { await Task.yield() }
  }

  private func shown() async -> [String?] {
    let report = await fixture.cluster()?.report
    return [report?.instances.value?.first?.name, report?.retention.value?.text]
  }

  @Test func theAnswersOfABeatAreJudgedOnceWhenAllAreThere() async {
    await begin()
    await fixture.fleet.tick()
    await wait(forQuestions: 0)
    #expect(count.now == 1)
    #expect(await shown() == ["db2", "full=2"])
    #expect(!fixture.waits.end(0.02), "nobody waits for more")
  }

  @Test func nobodyWaitsLongForASlowSource() async {
    await begin(hanging: ["c"])
    await fixture.fleet.tick()
    await wait(forQuestions: 1)
    #expect(count.now == 0)
    #expect(await shown() == ["db1", "full=1"])
    while !fixture.waits.end(0.02) { await Task.yield() }
    let picture = await fixture.picture {
      $0.clusters[0].report.instances.value?.first?.name == "db2"
    }
    #expect(picture != nil)
    #expect(count.now == 1)
    engine.releaseHung()
    await wait(forQuestions: 0)
    #expect(await shown() == ["db2", "full=2"])
    #expect(count.now == 2)
  }

  @Test func whatSomebodyWaitsForIsShownAtOnce() async {
    await begin(hanging: ["c"])
    let refresh = Task { await fixture.fleet.refresh(force: true) }
    let picture = await fixture.picture {
      $0.clusters[0].report.instances.value?.first?.name == "db2"
    }
    #expect(picture?.clusters[0].report.retention.value?.text == "full=1")
    engine.releaseHung()
    await refresh.value
    #expect(await shown() == ["db2", "full=2"])
  }

  @Test func aPauseShowsWhatWasAskedBefore() async {
    await begin(hanging: ["c"])
    await fixture.fleet.tick()
    await fixture.fleet.setPaused(true)
    while !fixture.waits.end(0.02) { await Task.yield() }
    #expect(
      await fixture.picture { $0.clusters[0].report.instances.value?.first?.name == "db2" } != nil)
    engine.releaseHung()
    await wait(forQuestions: 0)
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import RecoveryService

@Suite("Recoveries followed to their end") struct FollowedRecoveriesTests {
  private func look(
    _ stage: RecoveryUnderWay.Stage = .replaying, at seconds: Double, bytes: Int64? = nil,
    to: UInt64? = nil
  ) -> RecoveryForecast {
    let recovery = RecoveryUnderWay(
      place: "/srv/restored", stage: stage, since: Fixture.date,
      observedAt: Fixture.date + seconds, restoredBytes: bytes, replayedFrom: LSN(0),
      replayedTo: to.map { LSN($0) })
    var forecast = RecoveryForecast(recovery, backup: nil, archive: nil, projection: nil)
    forecast.remaining = Estimate(expected: 1000 - seconds, low: 0, high: 2000)
    return forecast
  }

  private func note(
    _ look: RecoveryForecast, _ watch: inout FollowedRecoveries
  ) -> [FollowedRecovery] {
    watch.note([look], all: [look.recovery], at: look.recovery.observedAt)
  }

  @Test("how long was said, at first and at half time, against how long it took")
  func said() throws {
    var watch = FollowedRecoveries()
    for seconds in stride(from: 0.0, through: 600, by: 10) {
      var look = look(at: seconds, to: UInt64(seconds + 1))
      look.remaining?.expected = seconds < 200 ? 1400 - seconds : 780 - seconds
      #expect(note(look, &watch).isEmpty)
    }
    let ended = try #require(watch.note([], all: [], at: Fixture.date + 610).first)
    #expect(ended.said == 1400 && ended.saidAtHalf == 780 && !ended.hasFailed)
    #expect(
      ended.words == "recovery into /srv/restored: said 23m 20s at first, 13m 00s at half time; "
        + "took 10m 10s")
    #expect(watch.note([], all: [], at: Fixture.date + 620).isEmpty)
    // Its replicas are made; another one begins at another time.
    #expect(note(look(.starting, at: 630), &watch).isEmpty)
    #expect(watch.note([], all: [], at: Fixture.date + 640).isEmpty)
    var next = look(.starting, at: 700)
    next.recovery.since = Fixture.date + 690
    #expect(note(next, &watch).isEmpty)
    #expect(watch.note([], all: [], at: Fixture.date + 710).count == 1)
  }

  @Test(
    "a restored directory waits for its server; one that is told as failed has not come to its end")
  func ends() throws {
    let restored = look(.restoring, at: 10, bytes: 5)
    var watch = FollowedRecoveries()
    #expect(note(restored, &watch).isEmpty)
    #expect(watch.note([], all: [], at: Fixture.date + 60).isEmpty)
    let replay = look(at: 120, to: 5)
    #expect(note(replay, &watch).isEmpty)
    var failed = replay.recovery
    failed.ending = Fixture.finding()
    let ended = try #require(watch.note([], all: [failed], at: Fixture.date + 130).first)
    #expect(ended.begunAt == Fixture.date && ended.hasFailed)
    #expect(ended.words.hasSuffix("failed after 2m 10s"))
  }

  @Test("whose origin follows it too is known at its end: it is written down once")
  func origin() throws {
    var seen = look(at: 120, to: 5)
    seen.recovery.origin = ClusterPlace(context: "c", namespace: "prod", name: "auth-db")
    var watch = FollowedRecoveries()
    #expect(note(seen, &watch).isEmpty)
    let ended = try #require(watch.note([], all: [], at: Fixture.date + 130).first)
    #expect(ended.origin?.name == "auth-db")
  }

  @Test(
    "one that was last seen on its way is not said to have come to its end",
    arguments: [0.45, 0.95])
  func stopped(fraction: Double) throws {
    var seen = look(at: 120, to: 5)
    seen.fraction = fraction
    var watch = FollowedRecoveries()
    #expect(note(seen, &watch).isEmpty)
    let ended = try #require(watch.note([], all: [], at: Fixture.date + 130).first)
    #expect(ended.leftAt == (fraction < 0.9 ? fraction : nil))
    #expect(
      ended.words.hasSuffix(
        fraction < 0.9 ? "was last seen at 45 %, over after 2m 10s" : "took 2m 10s"))
  }

  @Test("an operator's recovery that is gone while it replays was taken away")
  func deleted() {
    var gone = look(at: 10, to: 5)
    gone.recovery.tries = RecoveryUnderWay.Tries(failed: 0, most: 7)
    var watch = FollowedRecoveries()
    #expect(note(gone, &watch).isEmpty)
    #expect(watch.note([], all: [], at: Fixture.date + 30).isEmpty)
    #expect(watch.note([], all: [], at: Fixture.date + 1000).isEmpty)
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

@Suite("Recoveries watched") struct RecoveryWatchTests {
  private func look(
    _ stage: RecoveryUnderWay.Stage = .replaying, at seconds: Double, bytes: Int64? = nil,
    to: UInt64? = nil, moved: Double? = nil
  ) -> RecoveryForecast {
    var recovery = RecoveryUnderWay(
      place: "/srv/restored", stage: stage, since: Fixture.date,
      observedAt: Fixture.date + seconds, restoredBytes: bytes, replayedFrom: LSN(0),
      replayedTo: to.map { LSN($0) })
    recovery.movedAt = moved.map { Fixture.date + $0 }
    recovery.doing = "waiting for 000000010000000000000005"
    recovery.lookAt = "tail /srv/restored/log"
    var forecast = RecoveryForecast(recovery, backup: nil, archive: nil, projection: nil)
    forecast.remaining = Estimate(expected: 1000 - seconds, low: 0, high: 2000)
    return forecast
  }

  private func watch(_ looks: [RecoveryForecast]) -> RecoveryWatch {
    var watch = RecoveryWatch()
    for look in looks { watch.note([look]) }
    return watch
  }

  @Test("what it does of late counts as much as what it did")
  func latePace() {
    var recovery = RecoveryUnderWay(
      place: "/srv/restored", stage: .replaying, since: Fixture.date,
      observedAt: Fixture.date + 101, replayedFrom: LSN(0), replayedTo: LSN(1000))
    recovery.end = LSN(2000)
    let whole = RecoveryForecast(recovery, backup: nil, archive: nil, projection: nil)
    #expect(whole.remaining?.expected == 100)
    recovery.latePace = 50
    let late = RecoveryForecast(recovery, backup: nil, archive: nil, projection: nil)
    #expect(late.remaining.map { abs($0.expected - 60) < 1e-9 } ?? false)
  }

  @Test("what has not moved for long stands still; what moves slowly does not")
  func standStill() {
    let stuck = watch([0, 10, 20, 200].map { look(at: $0, to: 77) })
    #expect(stuck.still("/srv/restored") == 200)
    let short = watch([0, 10, 20, 100].map { look(at: $0, to: 77) })
    #expect(short.still("/srv/restored") == nil)
    // A segment in 100 s: five times that.
    let slow = watch(
      [look(at: 0, to: 1), look(at: 100, to: 2)] + [120, 200, 580].map { look(at: $0, to: 2) })
    #expect(slow.still("/srv/restored") == nil)
    let over = watch(
      [look(at: 0, to: 1), look(at: 100, to: 2)] + [120, 200, 601].map { look(at: $0, to: 2) })
    #expect(over.still("/srv/restored") == 501)
  }

  @Test(
    "what cannot be read, is seen for the first time or was not looked at again is no stand-still")
  func unknown() {
    #expect(watch([0, 10, 900].map { look(at: $0) }).still("/srv/restored") == nil)
    #expect(
      watch([0, 10, 900].map { look(.restoring, at: $0) }).still("/srv/restored") == nil)
    #expect(watch([look(at: 900, to: 5)]).still("/srv/restored") == nil)
    // Two looks far apart say nothing of what was between.
    #expect(watch([look(at: 0, to: 5), look(at: 900, to: 5)]).still("/srv/restored") == nil)
    // The same look, told again and again.
    let same = look(at: 10, to: 5)
    #expect(watch([look(at: 0, to: 5), same, same, same]).still("/srv/restored") == nil)
  }

  @Test("its own word of when it last got on needs no second look")
  func own() {
    #expect(watch([look(at: 900, to: 5, moved: 300)]).still("/srv/restored") == 600)
    #expect(watch([look(at: 900, to: 5, moved: 890)]).still("/srv/restored") == nil)
    // The segment is the same and the server works on it.
    let busy = [0, 100, 200, 300, 400].map { look(at: $0, to: 5, moved: $0) }
    #expect(watch(busy).still("/srv/restored") == nil)
  }

  @Test("what is all there is flushed yet, which moves nothing")
  func flush() {
    var looks = [0, 10, 20, 500].map { look(.restoring, at: $0, bytes: 1000) }
    #expect(watch(looks).still("/srv/restored") == 500)
    for index in looks.indices { looks[index].fraction = 0.99 }
    #expect(watch(looks).still("/srv/restored") == nil)
  }

  @Test("what it did last and what to look at stand in the finding")
  func finding() throws {
    var stuck = look(at: 900, to: 5)
    stuck.still = 600
    let finding = try #require(stuck.standStill)
    #expect(
      finding.headline
        == "The recovery into /srv/restored stands still: no WAL was applied for 10m; last: "
        + "waiting for 000000010000000000000005")
    #expect(finding.remedy.contains("tail /srv/restored/log"))
    #expect(finding.ceiling == .proven && stuck.brief == "stands still for 10m")
    #expect(!stuck.sentence.contains("left"))
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

@Suite("Recoveries under way") struct RecoveryForecastTests {
  private static let noon = Fixture.date

  private func recovery(
    _ stage: RecoveryUnderWay.Stage, seconds: Double?, bytes: Int64? = nil, from: UInt64? = nil,
    to: UInt64? = nil, aim: RecoveryUnderWay.Aim = .latest
  ) -> RecoveryUnderWay {
    RecoveryUnderWay(
      place: "/srv/restored", stage: stage, since: seconds.map { Fixture.ago($0) },
      observedAt: Self.noon, restoredBytes: bytes, replayedFrom: from.map { LSN($0) },
      replayedTo: to.map { LSN($0) }, aim: aim)
  }

  private func backup(_ bytes: Int64) -> Backup {
    Backup(
      id: "20261122-030000F", kind: .full, startedAt: Fixture.ago(9000),
      finishedAt: Fixture.ago(8000), stopLSN: LSN(3000), databaseBytes: bytes)
  }

  private static let projection = RTOProjection(
    total: Estimate(expected: 100, low: 80, high: 150), restore: 60, replay: 30, start: 10,
    basis: .measured, drills: 3, restoreBytes: 1000,
    load: ReplayLoad(segments: 1, walBytes: 1, storedBytes: 1))

  @Test("a restore's own pace tells its end; what comes after it the drills do")
  func restoring() throws {
    let half = RecoveryForecast(
      recovery(.restoring, seconds: 20, bytes: 500), backup: backup(1000), archive: nil,
      projection: Self.projection)
    #expect(half.fraction == 0.5 && half.rate == 25)
    let remaining = try #require(half.remaining)
    // Nothing moves in the first second.
    #expect(remaining.expected == 19 + 30 + 10)
    #expect(remaining.low < 59 && remaining.high > 59)
    #expect(
      half.sentence.hasPrefix("50 %, about 59s left (")
        && half.sentence.contains("500 B of 1000 B"))
    #expect(half.brief == "50 %, about 59s left")
  }

  @Test("what nobody knows has no end", arguments: [nil, 1_000_000] as [Int64?])
  func unknown(bytes: Int64?) {
    let blind = RecoveryForecast(
      recovery(.restoring, seconds: nil, bytes: bytes), backup: nil, archive: nil, projection: nil)
    #expect(blind.fraction == nil && blind.remaining == nil && blind.rate == nil)
  }

  @Test("of what an operator still has to do nobody knows without a projection")
  func handedOver() {
    var recovery = recovery(.replaying, seconds: 61, from: 0, to: 1900, aim: .lsn(LSN(2000)))
    let left = { (projection: RTOProjection?) in
      RecoveryForecast(recovery, backup: nil, archive: nil, projection: projection).remaining
    }
    #expect(left(nil) != nil)
    recovery.tries = RecoveryUnderWay.Tries(failed: 0, most: 7, next: nil)
    #expect(left(nil) == nil && left(Self.projection) != nil)
  }

  @Test("before it tells anything by itself, the drills' time counts, less what has passed")
  func early() throws {
    let begun = RecoveryForecast(
      recovery(.restoring, seconds: 15, bytes: 10), backup: backup(1000), archive: nil,
      projection: Self.projection)
    let expected = try #require(begun.remaining?.expected)
    #expect(abs(expected - (45 + 30 + 10)) < 0.001)
  }

  @Test("the longer it lasts and the further it is, the more its own pace counts")
  func ownPace() throws {
    func said(_ seconds: Double, _ bytes: Int64) -> Double? {
      RecoveryForecast(
        recovery(.restoring, seconds: seconds, bytes: bytes), backup: backup(100_000),
        archive: nil, projection: Self.projection
      ).remaining.map { $0.expected - 40 }
    }
    // A third of it is done: the drills' 60 seconds are nothing to it any more.
    #expect(said(101, 40_000).map { abs($0 - 150) < 0.001 } == true)
    // Little is done in much time: ten seconds of doubt against a minute of its own.
    let own = 100_000.0 / 1000 * 61 - 61
    let expected = (own * 61 + Self.overdue(61) * 10) / 71
    #expect(said(61, 1000).map { abs($0 - expected) < own * 0.05 } == true)
    // And as little, early on, says nothing.
    #expect(said(5, 1000) == 55)
  }

  /// What the drills' 60 seconds still say when more than these have gone by.
  private static func overdue(_ elapsed: Double) -> Double { elapsed * 0.2 }

  @Test(
    "drills that replayed count against a replay's own pace by how far each of them errs",
    arguments: [(nil, 60.0, 60.0), (0.01, 39.9, 40.3), (0.2, 45, 55), (2, 59, 60)]
      as [(Double?, Double, Double)])
  func drilled(spread: Double?, low: Double, high: Double) throws {
    var drills = Self.projection
    drills.replay = 80
    drills.load = ReplayLoad(segments: 1, walBytes: 2000, storedBytes: 2000)
    drills.replaySpread = spread
    // Half of it took a minute, its first second aside: they say 40 s of what is left, it says 60.
    let left = RecoveryForecast(
      recovery(.replaying, seconds: 61, from: 0, to: 1000, aim: .lsn(LSN(2000))), backup: nil,
      archive: nil, projection: drills
    ).remaining.map { $0.expected - 10 }
    let expected = try #require(left)
    #expect(expected >= low - 0.001 && expected <= high + 0.001)
  }

  @Test("from an older base backup there is more to replay than drills had")
  func moreToReplay() throws {
    var projection = Self.projection
    projection.load.walBytes = 1000
    let begun = RecoveryForecast(
      recovery(.replaying, seconds: 5, from: 0, to: 10, aim: .lsn(LSN(4000))), backup: nil,
      archive: nil, projection: projection)
    // Four times the 30 seconds of the drills, less what has passed, and the start.
    #expect(begun.remaining.map { abs($0.expected - (4 * 30 - 5 + 10)) < 0.001 } == true)
  }

  @Test("an archive that grows meanwhile moves the end away, and one that grows as fast has none")
  func growing() throws {
    func left(archived: [Double], aim: RecoveryUnderWay.Aim = .latest) -> Double? {
      let segments = archived.enumerated().map { index, ago in
        ArchivedSegment(
          segment: WALSegment(timeline: 1, number: UInt64(index)), storedBytes: 1,
          archivedAt: Fixture.ago(ago))
      }
      return RecoveryForecast(
        recovery(.replaying, seconds: 11, from: 0, to: 5000, aim: aim), backup: nil,
        archive: WALArchive(segmentSize: 1000, segments: segments), projection: nil
      ).remaining?.expected
    }
    // 500 bytes a second; 5,000 are left.
    #expect(left(archived: Array(repeating: 60, count: 10)) == 10)
    // Two segments of a thousand came in these 11 seconds.
    let slow = try #require(left(archived: Array(repeating: 60, count: 8) + [9, 4]))
    #expect(abs(slow - 5000 / (500 - 2000 / 11.0)) < 0.001)
    #expect(left(archived: Array(repeating: 60, count: 4) + [9, 8, 7, 6, 5, 4]) == nil)
    // A moment that is reached on the way stays where it is.
    #expect(
      left(archived: Array(repeating: 60, count: 4) + [9, 8, 7, 6, 5, 4], aim: .lsn(LSN(10_000)))
        == 10)
  }

  @Test("replay ends where its settings say, else with the archive")
  func replaying() throws {
    let archive = WALArchive(
      segmentSize: 1000,
      segments: [
        ArchivedSegment(
          segment: WALSegment(timeline: 1, number: 2), storedBytes: 1, archivedAt: Fixture.ago(100)),
        ArchivedSegment(
          segment: WALSegment(timeline: 1, number: 3), storedBytes: 1, archivedAt: Fixture.ago(50)),
        ArchivedSegment(
          segment: WALSegment(timeline: 1, number: 4), storedBytes: 1, archivedAt: Fixture.ago(0)),
      ])
    func total(_ aim: RecoveryUnderWay.Aim) -> Int64? {
      RecoveryForecast(
        recovery(.replaying, seconds: 10, from: 2000, to: 3000, aim: aim), backup: backup(1),
        archive: archive, projection: nil
      ).total
    }
    #expect(total(.latest) == 3000 && total(.lsn(LSN(3500))) == 1500)
    #expect(total(.time(Fixture.ago(60))) == 2000 && total(.immediate) == 1000)
    #expect(total(.named("transaction 7")) == 3000)
    let half = RecoveryForecast(
      recovery(.replaying, seconds: 10, from: 2000, to: 3000, aim: .time(Fixture.ago(60))),
      backup: nil, archive: archive, projection: Self.projection)
    #expect(half.fraction == 0.5 && half.remaining?.expected == 9 + 10)
  }
}

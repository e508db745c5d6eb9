import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct WALClockTests {
  static let end = LSN(401 << 24)
  static func at(_ seconds: Double) -> Date { Fixture.date.addingTimeInterval(seconds) }

  /// (seconds from now, bytes from the archived end, transaction id)
  static func clock(_ samples: [(Double, Int64, UInt64?)]) -> WALClock {
    var clock = WALClock()
    for (seconds, offset, transaction) in samples {
      clock.record(
        lsn: LSN(UInt64(Int64(end.rawValue) + offset)), nextTransactionID: transaction,
        at: at(seconds))
    }
    return clock
  }

  static func status(_ change: (inout ArchiveStatus) -> Void = { _ in }) -> ArchiveStatus {
    var status = Fixture.archiveStatus()
    status.archiveTimeout = 0
    change(&status)
    return status
  }

  @Test func secondsSinceTheFirstWriteBeyondTheArchive() {
    let clock = Self.clock([(-62, -50, 10), (-60, 100, 11), (-30, 900, 15), (-1, 2048, 19)])
    let exposure = clock.exposure(status: Self.status(), now: Fixture.date)
    #expect(exposure == RPOExposure(bytes: 2048, seconds: 60, segments: 0))
  }

  @Test("what is seen only now was written at some moment since the look before")
  func writtenBetweenTwoLooks() {
    let clock = Self.clock([(-2, -50, 10), (0, 2048, 15)])
    #expect(clock.exposure(status: Self.status(), now: Fixture.date)?.seconds == 2)
  }

  @Test func anIdleDatabaseExposesNothingWhateverTheLSNDoes() {
    let clock = Self.clock([(-600, -50, 10), (-595, 100, 10), (-300, 300, 10), (-1, 2048, 10)])
    let exposure = clock.exposure(status: Self.status(), now: Fixture.date)
    #expect(exposure == RPOExposure(bytes: 2048, seconds: 0, segments: 0))
  }

  @Test func withoutTransactionIDsEveryByteCounts() {
    let clock = Self.clock([(-62, -50, nil), (-60, 100, nil), (-1, 2048, nil)])
    #expect(clock.exposure(status: Self.status(), now: Fixture.date)?.seconds == 60)
  }

  @Test func nothingUnarchivedIsNoExposure() {
    let exposure = WALClock().exposure(
      status: Self.status { $0.unarchivedBytes = 0 }, now: Fixture.date)
    #expect(exposure == RPOExposure(bytes: 0, seconds: 0, segments: 0))
  }

  @Test("what a promotion leaves in the archive saves nothing")
  func promoted() {
    let promoted = Self.status {
      $0.timeline = 2
      $0.savedSegmentLast = false
      $0.lastArchivedSegment = nil
      $0.unarchivedBytes = 2048
    }
    let clock = WALClock()
    // Unless somebody lists the archive, or whole segments came in their time before it.
    #expect(clock.exposure(status: promoted, now: Fixture.date)?.seconds == nil)
    let listed = clock.exposure(status: promoted, storedAt: Fixture.ago(500), now: Fixture.date)
    #expect(listed?.seconds == 500 && listed?.isUpperBound == true)
    var timely = promoted
    timely.archiveTimeout = 30
    #expect(clock.exposure(status: timely, now: Fixture.date)?.seconds == 90)
  }

  @Test("not watched long enough: an upper bound")
  func upperBound() {
    let clock = Self.clock([(-5, 100, 11), (-1, 2048, 12)])
    let seen = clock.exposure(status: Self.status(), now: Fixture.date)
    #expect(seen == RPOExposure(bytes: 2048, seconds: 60, segments: 0, isUpperBound: true))
    let waiting = Self.status {
      $0.waitingSegments = 3
      $0.oldestWaitingSince = Fixture.ago(400)
    }
    #expect(WALClock().exposure(status: waiting, now: Fixture.date)?.seconds == 400)
    let silent = Self.status {
      $0.lastArchivedAt = nil
      $0.oldestWaitingSince = nil
    }
    #expect(WALClock().exposure(status: silent, now: Fixture.date)?.seconds == nil)
  }

  @Test("archive_timeout bounds what an idle server can hold back")
  func timeoutBounds() {
    let idle = Self.status {
      $0.archiveTimeout = 60
      $0.lastArchivedAt = Fixture.ago(40_000)
    }
    #expect(WALClock().exposure(status: idle, now: Fixture.date)?.seconds == 70)
    // More than an idle server writes, and no switch: nobody forces one.
    let asleep = Self.status {
      $0.archiveTimeout = 60
      $0.lastArchivedAt = Fixture.ago(200)
      $0.unarchivedBytes = 237 << 10
    }
    #expect(WALClock().exposure(status: asleep, now: Fixture.date)?.seconds == 200)
    let failing = Self.status {
      $0.archiveTimeout = 60
      $0.failing = true
      $0.lastArchivedAt = Fixture.ago(40_000)
    }
    #expect(WALClock().exposure(status: failing, now: Fixture.date)?.seconds == 40_000)
  }

  @Test("a write that fell between the last look and the switch does not count for ever")
  func switchedAfterAll() {
    let clock = Self.clock([(-602, -50, 10), (-600, 100, 11), (-1, 2048, 11)])
    let timed = Self.status { $0.archiveTimeout = 60 }
    #expect(clock.exposure(status: timed, now: Fixture.date)?.seconds == 0)
    let hanging = Self.status {
      $0.archiveTimeout = 60
      $0.waitingSegments = 1
    }
    #expect(clock.exposure(status: hanging, now: Fixture.date)?.seconds == 600)
  }

  @Test func looksFarApartGiveABound() {
    let clock = Self.clock([(-600, -50, 10), (-60, 100, 11), (-1, 2048, 19)])
    let stored = { (ago: Double) in Self.status { $0.lastArchivedAt = Fixture.ago(ago) } }
    let exposure = clock.exposure(status: stored(700), now: Fixture.date)
    #expect(exposure?.seconds == 600)
    #expect(exposure?.isUpperBound == true)
    // The archive's own word may reach further, but not behind what was seen to be written.
    #expect(clock.exposure(status: stored(90), now: Fixture.date)?.seconds == 90)
    #expect(clock.exposure(status: stored(12), now: Fixture.date)?.seconds == 60)
  }

  @Test("a clock that jumps back gives no negative and no absurd figure")
  func clockJumpsBack() {
    var clock = Self.clock([(3590, -50, 10), (3600, 100, 11)])
    clock.record(lsn: LSN(Self.end.rawValue + 2048), nextTransactionID: 12, at: Fixture.date)
    let exposure = clock.exposure(status: Self.status(), now: Fixture.date)
    let seconds = exposure?.seconds ?? -1
    #expect((0...60).contains(seconds))
    let future = Self.status { $0.lastArchivedAt = Self.at(3600) }
    #expect(WALClock().exposure(status: future, now: Fixture.date)?.seconds == 0)
  }

  @Test func anotherPrimaryStartsOver() {
    let clock = Self.clock([(-20, 500, 10), (-10, 900, 11), (-5, -4000, 12)])
    #expect(clock.samples.count == 1)
  }

  @Test func unknownStaysUnknown() {
    let off = Self.status { $0.enabled = false }
    #expect(WALClock().exposure(status: off, now: Fixture.date) == nil)
    let never = Self.status {
      $0.unarchivedBytes = nil
      $0.lastArchivedSegment = nil
      $0.waitingSegments = nil
    }
    let exposure = WALClock().exposure(status: never, now: Fixture.date)
    #expect(exposure == RPOExposure(bytes: nil, seconds: nil, segments: nil))
  }

  @Test func theHistoryIsBoundedAndIdleLooksCostNothing() {
    var clock = WALClock()
    for second in 0..<10_000 {
      clock.record(
        lsn: LSN(UInt64(second) * 100), nextTransactionID: UInt64(second),
        at: Self.at(Double(second)))
    }
    #expect(clock.samples.count <= WALClock.capacity)
    #expect(clock.samples.last?.lsn == LSN(999_900))
    var idle = WALClock()
    for second in 0..<1000 {
      idle.record(lsn: Self.end, nextTransactionID: 5, at: Self.at(Double(second)))
    }
    #expect(idle.samples.count == 1)
    #expect(idle.samples.first?.lastSeen == Self.at(999))
  }
}

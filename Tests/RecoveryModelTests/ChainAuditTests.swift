import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct ChainAuditTests {
  static func window(
    _ archive: WALArchive, _ backups: [Backup] = [Fixture.backup()], listedAt: Date? = nil
  ) -> RecoveryWindow {
    ChainAudit.window(archive: archive, listedAt: listedAt, backups: Fixture.catalog(backups))
  }

  @Test(
    "what is archived was written before the next was full that still waits",
    arguments: [30.0, 500])
  func archivedLate(waiting: Double) {
    var server = Fixture.archiveStatus()
    server.waitingSegments = 2
    server.oldestWaitingSince = Fixture.ago(waiting)
    let window = ChainAudit.window(
      archive: Fixture.walArchive(), listedAt: nil, backups: Fixture.catalog([Fixture.backup()]),
      server: server)
    // Its last segment was archived a minute ago.
    #expect(window.last == Fixture.ago(max(60, waiting)))
    server.lastArchivedSegment = Fixture.segment(399)
    let later = ChainAudit.window(
      archive: Fixture.walArchive(), listedAt: nil, backups: Fixture.catalog([Fixture.backup()]),
      server: server)
    // It may be the very one that was seen to wait.
    #expect(later.last == Fixture.ago(60))
  }

  /// Seconds between the end of the newest backup and the listing that lacks its WAL.
  @Test(
    "an older listing does not break a backup that ended after it",
    arguments: [(-30.0, false), (0, false), (5.9, false), (6, true), (600, true)])
  func listedBeforeTheBackupEnded(later: Double, breaks: Bool) {
    let ended = Fixture.ago(100)
    let older = Fixture.backup("old", finished: Fixture.ago(6_000), from: 149, through: 150)
    let fresh = Fixture.backup("fresh", finished: ended, from: 401, through: 402)
    let window = Self.window(
      Fixture.walArchive(), [older, fresh], listedAt: ended.addingTimeInterval(later))
    #expect(window.restorable == ["old"])
    #expect(window.broken == (breaks ? ["fresh"] : []))
    #expect(window.unjudged == (breaks ? [] : ["fresh"]))
    #expect(window.lastSegment == Fixture.segment(400))
  }

  /// Seconds between the end of the newest backup and the listing, the segment that the server archived last, and how
  /// long after the listing.
  @Test(
    "what the server had not archived yet is awaited for a while, and what it had is missed",
    arguments: [
      (30.0, UInt64(400), -20.0, false), (30, 401, -20, false), (30, 402, -20, true),
      (30, 402, 5, false), (599, 400, -20, false), (600, 400, -20, true),
    ])
  func theEndOfABackupIsNotArchivedYet(
    later: Double, archived: UInt64, at: Double, breaks: Bool
  ) {
    let ended = Fixture.ago(1000)
    let listed = ended.addingTimeInterval(later)
    let fresh = Fixture.backup("fresh", finished: ended, from: 399, through: 402)
    var server = Fixture.archiveStatus()
    server.lastArchivedSegment = Fixture.segment(archived)
    server.lastArchivedAt = listed.addingTimeInterval(at)
    let window = ChainAudit.window(
      archive: Fixture.walArchive(), listedAt: listed, backups: Fixture.catalog([fresh]),
      server: server)
    #expect(window.broken == (breaks ? ["fresh"] : []))
    #expect(window.unjudged == (breaks ? [] : ["fresh"]))
  }

  @Test("what the server says may come after the listing: the window is judged with both")
  func theServerAnswersLater() {
    var report = Fixture.report()
    report.setBackups([
      Fixture.backup(), Fixture.backup("fresh", finished: Fixture.ago(20), from: 401, through: 401),
    ])
    let answer = report.archive
    report.archive = .pending
    func assess(_ previous: ClusterSnapshot?) -> ClusterSnapshot {
      ClusterAssessment.assess(
        declaration: Fixture.declaration(), engineTitle: "CloudNativePG", interval: 2,
        report: report, drills: [], operation: nil, outcomes: [], clock: WALClock(),
        now: Fixture.date, previous: previous)
    }
    let first = assess(nil)
    #expect(first.window?.broken == ["fresh"])
    report.archive = answer
    #expect(assess(first).window?.unjudged == ["fresh"])
  }

  @Test func aListingThatHoldsItsWALJudgesABackupWhateverTheClocks() {
    let backup = Fixture.backup()
    let window = Self.window(Fixture.walArchive(), [backup], listedAt: backup.startedAt)
    #expect(window.restorable == [backup.id] && window.unjudged.isEmpty)
  }

  @Test func unbrokenChain() {
    let window = Self.window(Fixture.walArchive())
    #expect(window.restorable == ["20261122-030000F"])
    #expect(window.broken.isEmpty)
    #expect(window.holes.isEmpty)
    #expect(window.first == Fixture.ago(Fixture.hours(9)))
    #expect(window.last == Fixture.ago(60))
    #expect(window.lastSegment == Fixture.segment(400))
  }

  @Test func nothingAtAll() {
    let empty = WALArchive(segmentSize: 16 << 20, segments: [])
    #expect(Self.window(empty, []) == RecoveryWindow())
    let orphan = Self.window(empty)
    #expect(orphan.restorable.isEmpty)
    #expect(orphan.broken == ["20261122-030000F"])
    #expect(orphan.first == nil && orphan.last == nil)
    #expect(Self.window(Fixture.walArchive(), []) == RecoveryWindow())
  }

  @Test("a hole in the middle ends the chain", arguments: [UInt64(132), 200, 399])
  func hole(at number: UInt64) {
    let window = Self.window(Fixture.walArchive(missing: [number]))
    #expect(window.restorable.count == 1)
    #expect(window.lastSegment == Fixture.segment(number - 1))
    #expect(window.holes.count == 1)
    #expect(window.holes.first?.first == Fixture.segment(number))
    #expect(window.holes.first?.missing == 1)
    let step = 120.0
    let archived = Fixture.ago(60).addingTimeInterval(-Double(400 - number) * step)
    #expect(window.holes.first?.from == archived.addingTimeInterval(-step))
    #expect(window.holes.first?.to == archived.addingTimeInterval(step))
    #expect(window.last == archived.addingTimeInterval(-step))
  }

  @Test("the backup itself is restorable whatever follows it")
  func holeRightAfterTheBackup() {
    let window = Self.window(Fixture.walArchive(missing: [131]))
    #expect(window.lastSegment == Fixture.segment(130))
    #expect(window.last == Fixture.ago(Fixture.hours(9)))
  }

  @Test func neighbouringHolesAreOneAndDistantOnesTwo() {
    let window = Self.window(Fixture.walArchive(missing: [200, 201, 202, 300]))
    #expect(window.holes.map(\.missing) == [3, 1])
    #expect(window.lastSegment == Fixture.segment(199))
  }

  @Test("a hole inside the backup's own WAL breaks the backup", arguments: [UInt64(129), 130])
  func holeInTheBackup(number: UInt64) {
    let window = Self.window(Fixture.walArchive(missing: [number]))
    #expect(window.restorable.isEmpty)
    #expect(window.broken == ["20261122-030000F"])
    #expect(window.first == nil && window.last == nil && window.lastSegment == nil)
    #expect(window.holes.map(\.first) == [Fixture.segment(number)])
  }

  @Test func aHoleBeforeTheOldestBackupIsNoHole() {
    #expect(Self.window(Fixture.walArchive(missing: [110, 111])).holes.isEmpty)
  }

  @Test func theNewestBackupStartsANewChainBehindAHole() {
    let older = Fixture.backup("old", finished: Fixture.ago(30_000), from: 149, through: 150)
    let newer = Fixture.backup("new", finished: Fixture.ago(6_000), from: 349, through: 350)
    let window = Self.window(Fixture.walArchive(missing: [250]), [older, newer])
    #expect(window.restorable == ["old", "new"])
    #expect(window.first == Fixture.ago(30_000))
    #expect(window.lastSegment == Fixture.segment(400))
    #expect(window.holes.map(\.first) == [Fixture.segment(250)])
  }

  @Test func dependenciesMustExistAndBeGood() {
    let full = Fixture.backup("full")
    let incremental = Fixture.backup(
      "incr", kind: .incremental, finished: Fixture.ago(3600), from: 369, through: 370,
      dependsOn: ["full"])
    #expect(Self.window(Fixture.walArchive(), [full, incremental]).restorable == ["full", "incr"])
    #expect(Self.window(Fixture.walArchive(), [incremental]).broken == ["incr"])
    var damaged = full
    damaged.error = "page checksum"
    let window = Self.window(Fixture.walArchive(), [damaged, incremental])
    #expect(window.restorable.isEmpty && window.broken == ["incr"])
  }

  @Test func runningAndUnverifiableBackupsAreNeitherGoodNorBroken() {
    var running = Fixture.backup("running")
    running.finishedAt = nil
    var silent = Fixture.backup("silent")
    silent.startSegment = nil
    let window = Self.window(Fixture.walArchive(), [running, silent])
    #expect(window.restorable.isEmpty && window.broken.isEmpty)
  }

  @Test("unsorted listings and twins do not matter")
  func disorder() {
    var archive = Fixture.walArchive(missing: [200])
    archive.segments = SegmentList(archive.segments.reversed() + archive.segments.prefix(40))
    #expect(Self.window(archive) == Self.window(Fixture.walArchive(missing: [200])))
    let load = ChainAudit(archive).load(from: Fixture.segment(129), through: Fixture.segment(199))
    #expect(load?.segments == 71)
  }

  @Test func loadCountsWhatIsReplayed() {
    let audit = ChainAudit(Fixture.walArchive())
    let load = audit.load(from: Fixture.segment(129), through: Fixture.segment(400))
    #expect(
      load == ReplayLoad(segments: 272, walBytes: 272 << 24, storedBytes: 272 * 3 << 20))
    #expect(audit.load(from: Fixture.segment(99), through: Fixture.segment(400)) == nil)
  }

  @Test("segments of 1 MiB and 1 GiB", arguments: [1 << 20, 1 << 30])
  func segmentSizes(size: Int) {
    let archive = Fixture.walArchive(from: 4090, through: 4200, missing: [4150], segmentSize: size)
    let window = Self.window(archive, [Fixture.backup(from: 4095, through: 4096)])
    #expect(window.restorable.count == 1)
    #expect(window.lastSegment?.number == 4149)
    let load = ChainAudit(archive).load(from: Fixture.segment(4095), through: Fixture.segment(4149))
    #expect(load?.walBytes == 55 * Int64(size))
  }

  @Test("100,000 segments are audited in a moment", .timeLimit(.minutes(30)))
  func large() {
    let archive = Fixture.walArchive(from: 1, through: 100_000, missing: [50_000], every: 1)
    let backup = Fixture.backup(from: 60_000, through: 60_010)
    // A look at every segment for each of them would take hours.
    #expect(Self.window(archive, [backup]).holes.isEmpty)
  }
}

/// A promotion in the middle: timeline 2 begins in the segment that holds its switch point.
struct TimelineAuditTests {
  static let switchPoint = TimelineSwitch(
    timeline: 2, parent: 1, switchedAt: LSN(250 << 24 | 0x1234))

  /// Timeline 1 to 249 (its 250 stayed partial), timeline 2 from 250.
  static func archive(
    parent: ClosedRange<UInt64> = 100...249, child: ClosedRange<UInt64> = 250...400,
    switches: [TimelineSwitch] = [switchPoint]
  ) -> WALArchive {
    let older = Fixture.walArchive(
      from: parent.lowerBound, through: parent.upperBound, end: Fixture.ago(18_180))
    let newer = Fixture.walArchive(from: child.lowerBound, through: child.upperBound, timeline: 2)
    return WALArchive(
      segmentSize: 16 << 20, segments: older.segments + newer.segments, switches: switches)
  }

  @Test("the chain goes on across the switch, with and without its history file")
  func across() {
    for switches in [[Self.switchPoint], []] {
      let window = ChainAuditTests.window(Self.archive(switches: switches))
      #expect(window.restorable.count == 1)
      #expect(window.holes.isEmpty)
      #expect(window.lastSegment == Fixture.segment(400, timeline: 2))
      #expect(window.last == Fixture.ago(60))
    }
  }

  @Test func theParentsOwnWALBeyondTheSwitchDoesNotCount() {
    let window = ChainAuditTests.window(Self.archive(parent: 100...300))
    #expect(window.lastSegment == Fixture.segment(400, timeline: 2))
    let load = ChainAudit(Self.archive(parent: 100...300)).load(
      from: Fixture.segment(129), through: Fixture.segment(400, timeline: 2))
    #expect(load?.segments == 272)
  }

  @Test func theChildsFirstSegmentMissing() {
    let window = ChainAuditTests.window(Self.archive(child: 251...400))
    #expect(window.lastSegment == Fixture.segment(249))
    #expect(window.holes.map(\.first) == [Fixture.segment(250, timeline: 2)])
    #expect(window.holes.map(\.missing) == [1])
  }

  @Test func theParentsLastSegmentsMissing() {
    let window = ChainAuditTests.window(Self.archive(parent: 100...240))
    #expect(window.lastSegment == Fixture.segment(240))
    #expect(window.holes.map(\.first) == [Fixture.segment(241)])
    #expect(window.holes.map(\.missing) == [9])
    #expect(window.holes.first?.to != nil)
  }

  @Test func aBackupOnTheNewTimeline() {
    let backup = Fixture.backup(from: 260, through: 261, timeline: 2)
    let window = ChainAuditTests.window(Self.archive(parent: 100...200), [backup])
    #expect(window.restorable.count == 1 && window.holes.isEmpty)
    #expect(window.lastSegment == Fixture.segment(400, timeline: 2))
  }

  @Test func aBackupOnAnAbandonedBranchEndsThere() {
    // Taken on timeline 1 after timeline 2 had already left it.
    let backup = Fixture.backup(from: 260, through: 261)
    let window = ChainAuditTests.window(Self.archive(parent: 100...300), [backup])
    #expect(window.restorable.count == 1)
    #expect(window.lastSegment == Fixture.segment(300))
    #expect(window.holes.isEmpty)
  }

  @Test func aSwitchOnASegmentBoundary() {
    let change = TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(250 << 24))
    let window = ChainAuditTests.window(Self.archive(switches: [change]))
    #expect(window.holes.isEmpty && window.lastSegment == Fixture.segment(400, timeline: 2))
  }

  @Test("nonsense in a history file ends nowhere endless")
  func nonsense() {
    let loops = [
      TimelineSwitch(timeline: 1, parent: 2, switchedAt: LSN(0)),
      TimelineSwitch(timeline: 2, parent: 2, switchedAt: LSN(250 << 24)),
    ]
    #expect(ChainAuditTests.window(Self.archive(switches: loops)).restorable.count == 1)
  }
}

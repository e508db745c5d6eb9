import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What is lost with a primary that is seen to be stopped.
struct StoppedPrimaryTests {
  /// `seconds` after the fixture's time; the archive was last listed an hour before that.
  private static func look(
    at seconds: Double, _ reason: String?, after previous: ClusterSnapshot?, watched: Bool = false,
    notes: ClusterNotes = ClusterNotes(), wrote: Date? = nil, heard: [Double] = []
  ) -> ClusterSnapshot {
    let now = Fixture.date + seconds
    return Assessed.cluster(watched: watched, now: now, notes: notes, previous: previous) {
      report in
      report = Fixture.report(at: now)
      report.walArchive = Fixture.observed(Fixture.walArchive(end: Fixture.ago(3600)), at: now)
      guard let reason else { return }
      var instances = Fixture.instances()
      instances[0].role = .unknown
      instances[0].state = .unreachable(reason: reason)
      instances[0].observedAt = now
      instances[0].lastWroteAt = wrote
      for (index, seconds) in heard.enumerated() {
        instances[index + 1].upstream = Upstream(place: "10.0.0.5:5432", heard: seconds)
      }
      report.instances = Fixture.observed(instances, at: now)
      report.archive = Fixture.unavailable("archive")
    }
  }

  /// Nothing listens where it is looked for, and it runs: a wrong port, a conninfo of before a move.
  @Test(arguments: [([2.0, 9], true), ([2], false), ([2, 50], false), ([], false)])
  func whoFeedsStandbysRuns(heard: [Double], isSaid: Bool) throws {
    let before = Self.look(at: 0, nil, after: nil)
    let cluster = Self.look(at: 60, "Connection refused", after: before, heard: heard)
    let remedy = try #require(cluster.findings.first { $0.id == "primary.unreachable" }).remedy
    #expect(remedy.contains("primary runs: standby-1 receives WAL from 10.0.0.5:5432") == isSaid)
    let steps = IncidentPage(cluster, acts: [], now: Fixture.date + 60).steps
    #expect(steps.contains { $0.contains("promote standby") } == !isSaid, "\(steps)")
    #expect((cluster.lastAnswers.stoppedAt == nil) == isSaid)
  }

  /// What only they have received is nowhere else.
  @Test func standbysThatAreDownAreLookedAtBeforeTheArchive() {
    let before = Self.look(at: 0, nil, after: nil)
    var cluster = Self.look(at: 60, "Connection refused", after: before)
    var instances = cluster.report.instances.value ?? []
    for index in instances.indices {
      instances[index].state = .unreachable(reason: "Connection refused")
    }
    cluster.report.instances = Fixture.observed(instances, at: Fixture.date + 60)
    let steps = IncidentPage(cluster, acts: [], now: Fixture.date + 60).steps
    #expect(steps.count == 3 && steps[1].contains("start standby-1, standby-2 as a standby"))
    #expect(steps.last?.contains("plan recovery") == true)
  }

  private static func seen(_ reason: String) -> [ClusterSnapshot] {
    var all = [look(at: 0, nil, after: nil)]
    for seconds in [2.0, 60, 600] { all.append(look(at: seconds, reason, after: all.last)) }
    return all
  }

  @Test(
    "the server's own word of what it archived outlives it, and nothing is written after its end")
  func refused() throws {
    let seen = Self.seen("Connection refused")
    // Stored a minute before it was last seen, stopped two seconds after that.
    #expect(seen.dropFirst().map { $0.loss.seconds } == [62, 62, 62])
    #expect(seen[3].reach?.until == Fixture.ago(60))
    let outlook = RecoveryChart(seen[3], now: Fixture.date + 600).outlook(of: .latest)
    #expect(outlook.loss.seconds == 62 && outlook.loss.isUpperBound)
    let started = Self.look(at: 610, nil, after: seen[3])
    #expect(started.lastAnswers.stoppedAt == nil)
  }

  @Test("whoever watched knows better than the archive what the server had not stored yet")
  func watched() {
    let refused = "Connection refused"
    let before = Self.look(at: 0, nil, after: nil, watched: true)
    #expect(before.loss.seconds == 60)
    let first = Self.look(at: 2, refused, after: before, watched: true)
    let later = Self.look(at: 900, refused, after: first, watched: true)
    #expect(first.loss.changes?.isUpperBound == true && first.loss.changes?.bytes == nil)
    #expect(first.loss.seconds == 62 && later.loss.seconds == 62)
  }

  @Test("what one command found stopped, the next goes on from, until somebody saw it run")
  func laterCommands() {
    var notes = ClusterNotes()
    let sighting = { (at: Double) in
      WALSighting(at: Fixture.date + at, lsn: LSN(1), nextTransaction: 1, timeline: 1)
    }
    notes.looks.note([sighting(-90)], of: nil, primary: "standby-1", at: Fixture.date)
    let name = Fixture.instances()[0].name
    notes.looks.note([sighting(0)], of: nil, primary: name, at: Fixture.date)
    let refused = "Connection refused"
    var told: [Double?] = []
    for seconds in [10.0, 400, 900, 1500] {
      let seen = Self.look(at: seconds, refused, after: nil, notes: notes)
      notes.note(seen.lastAnswers.stop)
      told.append(seen.lastAnswers.stoppedAt?.timeIntervalSince(Fixture.date))
    }
    #expect(told == [10, 10, 10, 10])
    // Nobody looked for an hour: it may have run.
    let late = Self.look(at: 5100, refused, after: nil, notes: notes)
    #expect(late.lastAnswers.stoppedAt == Fixture.date + 5100)
    // Its own files know better than any look, whoever asks; and never before it was seen to run.
    let files = Self.look(at: 5100, refused, after: nil, notes: notes, wrote: Fixture.date + 4)
    #expect(files.lastAnswers.stoppedAt == Fixture.date + 4)
    let early = Self.look(at: 5100, refused, after: nil, notes: notes, wrote: Fixture.ago(50))
    #expect(early.lastAnswers.stoppedAt == Fixture.date)
    // Seen to run again, also by another.
    var others = ClusterNotes()
    others.looks.note([sighting(1600)], of: nil, primary: name, at: Fixture.date + 1600)
    notes.merge(others, at: Fixture.date + 1600)
    #expect(notes.stop == nil)
  }

  @Test func oneThatIsSilentMayWriteOn() {
    #expect(
      Self.seen("no connection to db1: timed out").dropFirst().map { $0.loss.seconds }
        == [62, 120, 660])
  }

  @Test("a timeline that its primary was seen on is nobody else's, also once that one is down")
  func ownTimeline() {
    func findings(lastSeenOn timeline: UInt32) -> [String] {
      var notes = ClusterNotes()
      notes.looks.note(
        [WALSighting(at: Fixture.ago(90), lsn: LSN(1), nextTransaction: 1, timeline: timeline)],
        of: nil, primary: "standby-1", at: Fixture.ago(90))
      return Assessed.cluster(watched: false, notes: notes) { report in
        var archive = Fixture.walArchive()
        archive.switches = [
          TimelineSwitch(
            timeline: 2, parent: 1, switchedAt: Fixture.segment(400).start(segmentSize: 16 << 20))
        ]
        archive.histories = [2]
        report.walArchive = Fixture.observed(archive)
        report.archive = Fixture.unavailable("archive")
        report.changeInstances { $0[0].state = .unreachable(reason: "Connection refused") }
      }.findings.map(\.id)
    }
    #expect(findings(lastSeenOn: 1).contains("chain.empty-timeline"))
    #expect(!findings(lastSeenOn: 2).contains("chain.empty-timeline"))
  }

  @Test("a segment that came late into the archive holds nothing of later than its end was seen")
  func lateUpload() {
    let segment = Fixture.segment(400)
    let end = segment.end(segmentSize: Fixture.segmentSize)
    var clock = WALClock()
    for (ago, offset, timeline) in [(70.0, -8, 1), (65, 16, 1), (50, -16, 2)]
      as [(Double, Int, UInt32)]
    {
      clock.record(
        lsn: LSN(UInt64(Int(end.rawValue) + offset)), nextTransactionID: 1, timeline: timeline,
        at: Fixture.ago(ago))
    }
    let report = Fixture.report()
    let window = ChainAudit.window(
      archive: Fixture.walArchive(end: Fixture.ago(60)), listedAt: Fixture.date,
      backups: Fixture.catalog(), server: report.archive.value, clock: clock)
    #expect(window.lastSegment == segment && window.last == Fixture.ago(65))
  }
}

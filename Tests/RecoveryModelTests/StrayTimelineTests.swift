import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// A copy was let out, archived on timeline 2 and was taken back; production goes on on timeline 1.
struct StrayTimelineTests {
  /// `fork` is the segment at whose beginning the copy left; its own segments end at `end`.
  private func cluster(
    fork: UInt64 = 200, end: Date = Fixture.ago(3600), second: Bool = false,
    previous: ClusterSnapshot? = nil, silent: Bool = false
  ) -> ClusterSnapshot {
    Assessed.cluster(previous: previous) { report in
      var archive = Fixture.walArchive(switches: [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(fork << 24 | 0x28))
      ])
      let other = Fixture.walArchive(from: fork, through: fork + 5, timeline: 2, end: end)
      for segment in other.segments { archive.segments.append(segment) }
      report.setWAL(archive)
      if silent {
        report.archive = Fixture.unavailable("archive")
        report.instances = Fixture.unavailable("instances")
      }
      if second, var instances = report.instances.value {
        instances[1].role = .primary
        report.instances = Fixture.observed(instances)
      }
    }
  }

  @Test func aRecoveryFollowsTheLineOfTheServerThatRuns() throws {
    let cluster = self.cluster()
    #expect(cluster.findings.contains { $0.headline.contains("another server writes") })
    #expect(cluster.window?.lastSegment == Fixture.segment(Fixture.lastSegmentNumber))
    #expect(cluster.report.ownArchive()?.segments.last?.segment.timeline == 1)
    let outlook = RecoveryChart(cluster, now: Fixture.date).outlook(of: .latest)
    #expect(outlook.route?.end.segment == Fixture.segment(Fixture.lastSegmentNumber))
    #expect(outlook.astray == nil && outlook.parting == nil)
  }

  @Test func aPromotionThatTheServerHasNotPassedIsItsOwn() {
    // It writes segment 401.
    #expect(cluster(fork: 402).report.strays(LastAnswers()).isEmpty)
    #expect(cluster(fork: 401).report.strays(LastAnswers()) == [2])
    #expect(cluster(second: true).window?.lastSegment?.timeline == 2)
  }

  @Test func ofASilentServerTheOtherLineMustHaveEndedWhileItWasSeen() {
    let seen = cluster()
    #expect(cluster(previous: seen, silent: true).window?.lastSegment?.timeline == 1)
    let later = cluster(end: Fixture.date.addingTimeInterval(60), previous: seen, silent: true)
    #expect(later.window?.lastSegment?.timeline == 2)
  }
}

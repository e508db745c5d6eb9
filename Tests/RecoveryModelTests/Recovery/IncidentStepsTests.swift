import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// What to do first where no primary answers: one order, each step with when it is reached.
struct IncidentStepsTests {
  private static func cluster(
    reason: String = "no connection to db1: timed out", seen: LSN? = nil,
    _ change: (inout [Instance], inout EngineReport) -> Void = { _, _ in }
  ) -> ClusterSnapshot {
    var before = Fixture.report(at: Fixture.ago(120))
    if let seen {
      var status = Fixture.archiveStatus()
      status.currentLSN = seen
      before.archive = Fixture.observed(status, at: Fixture.ago(120))
    }
    return IncidentPageTests.cluster(before: before) { report in
      var instances = Fixture.instances()
      instances[0].state = .unreachable(reason: reason)
      change(&instances, &report)
      report.instances = Fixture.observed(instances)
      report.archive = Fixture.unavailable("archive")
    }
  }

  private static func steps(_ cluster: ClusterSnapshot) -> [String] {
    IncidentPage(cluster, acts: [], now: Fixture.date).steps
  }

  private static let end = Fixture.segment(400).end(segmentSize: Fixture.segmentSize)

  @Test func aSilentPrimaryMayBeAlive() {
    let steps = Self.steps(Self.cluster())
    #expect(steps.count == 3)
    #expect(steps[0].hasPrefix("Does primary still run?"))
    #expect(steps[0].hasSuffix("Until you know, promote and restore nothing."))
    #expect(steps[1].hasPrefix("If it is lost, keep it off and promote standby-1"))
    #expect(
      steps[2]
        == "If no standby can: pgvigil plan recovery auth-db --at latest")
  }

  @Test("what lies recovered to the latest takes production's place; what is older is made anew")
  func successor() {
    func last(since: Double) -> String? {
      let cluster = Self.cluster { _, report in
        report.kept = [
          KeptRecovery(
            id: "k", place: "/srv/copy", moment: "latest", since: Fixture.ago(since), by: "alice",
            connect: "psql")
        ]
      }
      return Self.steps(cluster).last
    }
    #expect(
      last(since: 30)
        == "If no standby can: /srv/copy holds the latest already: let it take production's place, by "
        + "the steps of this plan: pgvigil plan recovery auth-db --at latest --to /srv/copy")
    #expect(last(since: 90) == "If no standby can: pgvigil plan recovery auth-db --at latest")
  }

  @Test("what has more than a recovery to the latest is told with it, and with no other moment")
  func insteadOfTheLatest() {
    let cluster = Self.cluster(reason: "Connection refused")
    let chart = RecoveryChart(cluster, now: Fixture.date)
    let outlook = chart.outlook(of: .latest)
    #expect(outlook.instead == Array(Self.steps(cluster).prefix(2)))
    let lines = outlook.lines(zone: .utc, segmentSize: nil)
    #expect(lines.prefix(3).map(\.label) == ["rather", "rather", "moment"])
    #expect(lines[1].text.contains("keep it off and promote standby-1"))
    #expect(chart.outlook(of: RecoveryMoment(.time(Fixture.ago(600)))).instead.isEmpty)
    let alive = RecoveryChart(IncidentPageTests.cluster { _ in }, now: Fixture.date)
    #expect(alive.outlook(of: .latest).instead.isEmpty)
  }

  @Test(arguments: [
    "no connection to db1: Connection refused",
    "no connection to db1: no socket there: No such file or directory",
  ])
  func oneThatIsDownIsStartedFirst(reason: String) {
    let steps = Self.steps(Self.cluster(reason: reason))
    #expect(steps[0].hasPrefix("Start primary: nothing listens where it was."))
    #expect(steps[1].hasPrefix("If it cannot be started, keep it off and promote standby-1"))
    #expect(!steps.joined().contains("promote and restore nothing"))
  }

  @Test func commandsStandWithTheStepsWhereTheyAreKnown() {
    var cluster = Self.cluster(reason: "Connection refused") { instances, _ in
      for index in 1...2 { instances[index].promotion = "psql -c promote" }
    }
    let hosts = Self.steps(cluster)
    #expect(hosts[0].contains("By its service (systemctl, pg_ctlcluster)"))
    #expect(hosts[1].hasSuffix("Unless Patroni or pg_auto_failover does that: psql -c promote"))
    cluster.declaration.start = "pgvigil sandbox up --dir /tmp/try"
    let sandbox = Self.steps(cluster)
    #expect(sandbox[0].hasSuffix("With: pgvigil sandbox up --dir /tmp/try"))
    #expect(sandbox[1].hasSuffix("With: psql -c promote"))
  }

  @Test func aPrimaryOfThePastIsNotStartedBeforeTheLast() {
    let steps = Self.steps(
      Self.cluster(reason: "Connection refused") { instances, _ in
        instances[2].state = .unreachable(reason: "Connection refused")
        instances[2].role = .unknown
      })
    #expect(steps[0].contains("That loses nothing. Start no other one before it."))
  }

  @Test func oneWhoseDataAreNotThereIsNotStarted() {
    let steps = Self.steps(
      Self.cluster(reason: "Connection refused") { instances, _ in
        instances[0].emptyDirectory = "/srv/pg"
      })
    #expect(
      steps[0]
        == "primary cannot be started: no data are to be seen in /srv/pg. Is its file system mounted?"
    )
    #expect(steps[1].hasPrefix("If they are lost, promote standby-1"))
  }

  @Test("who has only just come knows the primary by the looks that others kept")
  func keptLooks() {
    func steps(newest timeline: UInt32) -> [String] {
      var notes = ClusterNotes()
      notes.looks.note(
        [WALSighting(at: Fixture.ago(90), lsn: Self.end, nextTransaction: 1, timeline: 1)],
        of: nil, primary: "standby-1", at: Fixture.ago(90))
      let cluster = Assessed.cluster(watched: false, notes: notes) { report in
        var instances = Fixture.instances()
        for index in 0...1 {
          instances[index].state = .unreachable(reason: "Connection refused")
          instances[index].role = .unknown
        }
        report.instances = Fixture.observed(instances)
        report.archive = Fixture.unavailable("archive")
        guard timeline > 1 else { return }
        var archive = Fixture.walArchive(from: 100, through: 400)
        archive.segments.append(
          ArchivedSegment(
            segment: Fixture.segment(400, timeline: timeline), storedBytes: 1,
            archivedAt: Fixture.ago(30)))
        report.walArchive = Fixture.observed(archive)
      }
      let page = IncidentPage(cluster, acts: [], now: Fixture.date)
      let seen = page.answers.first { $0.what.hasSuffix("standby-1") }
      #expect(seen?.last == Fixture.ago(90))
      return page.steps
    }
    #expect(steps(newest: 1)[0].hasPrefix("Start standby-1: nothing listens where it was."))
    // Somebody was promoted since, whom nobody saw.
    #expect(steps(newest: 2)[0].hasPrefix("Does the primary still run?"))
  }

  @Test func theFindingSaysTheSameAsThePage() {
    let cluster = Self.cluster(reason: "Connection refused")
    let finding = cluster.findings.first { $0.id == "primary.unreachable" }
    #expect(
      finding?.remedy
        == "Start primary: nothing listens where it was. That loses nothing. What comes then: "
        + "pgvigil incident auth-db")
  }

  @Test func whatIsWrongWithTheCatalogIsSaidAndNoBucketIsMadeUp() {
    let cluster = Self.cluster { _, report in
      report.backups = Fixture.unavailable("backups", remedy: "set the key stanza to auth")
    }
    let steps = Self.steps(cluster)
    #expect(steps[0].hasPrefix("Does primary still run?"))
    #expect(steps[1] == "set the key stanza to auth")
    #expect(!steps.joined().contains("s3://"))
  }

  @Test func theStepsStandAboveWhatIsReadLater() {
    let page = IncidentPage(Self.cluster(), acts: [], now: Fixture.date)
    let labels = page.lines(zone: .utc).map(\.label)
    let step = labels.lastIndex(of: "do 3") ?? labels.count
    for later in ["before act", "runs", "who"] {
      #expect((labels.firstIndex(of: later) ?? 0) > step, "\(later)")
    }
  }

  @Test func oneThatIsGoneIsNotLookedFor() {
    let steps = Self.steps(Self.cluster { instances, _ in instances.removeFirst() })
    #expect(steps[0].contains("no server of the cluster any more: see that it stays off"))
    #expect(steps[1].hasPrefix("Promote standby-1: "))
  }

  @Test func oneThatStartsIsWaitedFor() {
    let steps = Self.steps(Self.cluster { instances, _ in instances[0].state = .startingUp })
    #expect(steps[0].hasPrefix("Wait for primary, which is starting up"))
    #expect(steps[1].hasPrefix("If it does not come up"))
  }

  @Test func whatIsDoneOnPurposeIsWaitedFor() {
    let steps = Self.steps(
      Self.cluster { _, report in
        report.activities = [
          ClusterActivity(kind: .failover, sentence: "standby-1 takes over from primary")
        ]
      })
    #expect(steps[0].hasPrefix("Wait: standby-1 takes over from primary."))
  }

  @Test(
    "how far the standby came",
    arguments: [
      (2048, 2048, "it has all that the primary was seen to write."),
      (2048, 4096, "is 2 KiB ahead of the archive, 2 KiB short of what the primary was seen"),
      (-4096, 4096, "let it read the archive first (restore_command): it is 4 KiB behind"),
    ] as [(Int, Int, String)])
  func standby(its: Int, primarys: Int, words: String) {
    let position = { (offset: Int) in LSN(UInt64(Int(Self.end.rawValue) + offset)) }
    let steps = Self.steps(
      Self.cluster(seen: position(primarys)) { instances, _ in
        for index in 1...2 { instances[index].lsn = position(its) }
      })
    #expect(steps[1].contains(words), "\(steps)")
  }

  @Test func oneThatLeftTheHistoryIsNotPromoted() {
    let cluster = Self.cluster { instances, report in
      var archive = Fixture.walArchive(from: 100, through: 400)
      archive.segments.append(
        ArchivedSegment(
          segment: Fixture.segment(400, timeline: 2), storedBytes: 1, archivedAt: Fixture.ago(30)))
      archive.switches = [
        TimelineSwitch(
          timeline: 2, parent: 1, switchedAt: Fixture.segment(400).start(segmentSize: 16 << 20))
      ]
      report.walArchive = Fixture.observed(archive)
      for index in 1...2 { instances[index].lsn = Self.end }
    }
    let steps = Self.steps(cluster)
    #expect(steps[1].contains("has left the primary's history: do not promote it"))
    #expect(steps[2].hasPrefix("Then: pgvigil plan recovery"))
  }

  @Test func withoutAStandbyARecoveryIsNext() {
    let steps = Self.steps(Self.cluster { instances, _ in instances.removeSubrange(1...) })
    #expect(steps.count == 2)
    #expect(steps[1].hasPrefix("If it is lost, keep it off, then: pgvigil plan recovery"))
  }

  @Test func whereNobodyCanBeAskedNothingIsPromoted() {
    let cluster = IncidentPageTests.cluster { report in
      report = EngineReport()
      report.outage = Outage(
        place: "context prod-eu", reason: "no route to host", remedy: "", since: Fixture.ago(110))
    }
    let steps = Self.steps(cluster)
    #expect(steps[0].hasPrefix("Reach context prod-eu another way"))
    #expect(steps[1].hasPrefix("Only if all of it is lost: pgvigil plan recovery"))
  }

  @Test func aStoreAloneIsNotAllThatMayBeLeft() {
    let cluster = IncidentPageTests.cluster { report in
      report.isStoreAlone = true
      report.instances = .pending
      report.archive = .pending
    }
    let steps = Self.steps(cluster)
    #expect(steps[0].hasPrefix("Look for a server that still runs"))
    #expect(steps[1].hasPrefix("If there is none: pgvigil plan recovery"))
  }
}

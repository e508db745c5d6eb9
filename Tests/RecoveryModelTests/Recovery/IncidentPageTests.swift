import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

struct IncidentPageTests {
  /// Healthy until two minutes ago; then `change` is what is observed now.
  static func cluster(
    before: EngineReport = Fixture.report(at: Fixture.ago(120)), drills: [DrillRecord] = [],
    _ change: (inout EngineReport) -> Void
  ) -> ClusterSnapshot {
    let assess = { (report: EngineReport, now: Date, previous: ClusterSnapshot?) in
      ClusterAssessment.assess(
        declaration: Fixture.declaration(), engineTitle: "pgBackRest", interval: 2,
        report: report, drills: drills, operation: nil, outcomes: [], clock: WALClock(), now: now,
        previous: previous)
    }
    let earlier = assess(before, Fixture.ago(120), nil)
    var report = Fixture.report()
    change(&report)
    return assess(report, Fixture.date, earlier)
  }

  static let primaryGone = cluster { report in
    var instances = Fixture.instances()
    instances[0].role = .unknown
    instances[0].state = .unreachable(reason: "connection refused")
    report.instances = Fixture.observed(instances)
    report.archive = Fixture.unavailable("archive")
  }

  static func text(_ page: IncidentPage) -> String {
    page.lines(zone: .utc).map { "\($0.label): \($0.text)" }.joined(separator: "\n")
  }

  @Test func whatStillAnswersAndSinceWhenNot() throws {
    let page = IncidentPage(Self.primaryGone, acts: [], now: Fixture.date)
    let primary = try #require(page.answers.first)
    #expect(primary.state == .silent && primary.what == "primary")
    // Fixture instances are seen at the fixture's own time.
    #expect(primary.last == Fixture.date && primary.reason == "connection refused")
    #expect(
      page.answers.filter { $0.state == .answers }.map(\.what)
        == ["standby standby-1", "standby standby-2", "backup catalog", "archived WAL"])
    #expect(page.asOf == nil)
    #expect(page.lastSign?.at == Fixture.date)
  }

  @Test func whileThePrimaryAnswersNothingIsGoneBackToUnasked() throws {
    let cluster = Self.cluster { _ in }
    let page = IncidentPage(cluster, acts: nil, now: Fixture.date)
    #expect(page.advised == nil)
    let question = "pgvigil find auth-db --from -1h"
    #expect(page.steps.first?.contains(question) == true && page.steps.count == 2)
    // What is critical comes before it, and no more than that.
    var grave = cluster
    grave.findings[0].severity = .critical
    #expect(
      IncidentPage(grave, acts: nil, now: Fixture.date).steps.last?.contains(question) == true)
    #expect(!page.steps.contains { $0.hasPrefix("pgvigil plan") })
    let act = DestructiveAct(
      at: Fixture.ago(600), transaction: nil, position: LSN(0x1_9000_0000), what: "DROP of a")
    let found = IncidentPage(cluster, acts: nil, act: act, now: Fixture.date)
    #expect(found.steps.first?.hasPrefix("Unless it was mended since: pgvigil plan") == true)
    #expect(found.advised == act.moment)
    // Whoever stands on a moment means that one.
    let chosen = RecoveryMoment(.time(Fixture.ago(1200)))
    let standing = IncidentPage(cluster, acts: nil, act: act, chosen: chosen, now: Fixture.date)
    #expect(standing.advised == chosen)
    #expect(standing.steps[0].hasPrefix("The primary answers. Where all of it goes back, stop"))
    // A server that is lost was not dropped by an act of an hour ago.
    let gone = IncidentPage(Self.primaryGone, acts: [], act: act, chosen: chosen, now: Fixture.date)
    #expect(gone.advised == .latest)
  }

  @Test func ofTwoPrimariesOneIsStoppedFirst() throws {
    let cluster = Self.cluster { report in
      var instances = Fixture.instances()
      instances[1].role = .primary
      instances[1].timeline = 2
      report.instances = Fixture.observed(instances)
    }
    let page = IncidentPage(cluster, acts: nil, now: Fixture.date)
    #expect(page.steps.first?.contains("stop the other") == true)
    #expect(page.steps.last?.hasPrefix("Only if neither can be kept: pgvigil plan") == true)
  }

  @Test func theAuditLogMayNotHaveBeenRead() {
    let page = IncidentPage(Self.cluster { _ in }, acts: nil, now: Fixture.date)
    #expect(Self.text(page).contains("who: the audit log has not been read"))
  }

  @Test func theLossAndTheThreeMoments() {
    let page = IncidentPage(Self.primaryGone, acts: [], now: Fixture.date)
    #expect(page.loss.seconds == 60 && !page.loss.mayBeMore)
    #expect(page.choices.map(\.kind) == [.latest, .certain, .beforeAct])
    #expect(page.choices.filter { $0.outlook?.projection != nil }.count == 2)
    #expect(Self.text(page).contains("before act: none: not looked for"))
  }

  @Test("with everything gone, what was seen last is shown with its age")
  func recalled() {
    let gone = Self.cluster { report in
      report = EngineReport()
      report.outage = Outage(
        place: "context prod-eu", reason: "no route to host", remedy: "", since: Fixture.ago(110))
      report.instances = Fixture.unavailable("instances")
      report.backups = Fixture.unavailable("backups")
      report.walArchive = Fixture.unavailable("archived WAL")
    }
    #expect(gone.window == nil && gone.verdict == .unknown)
    let page = IncidentPage(gone, acts: [], now: Fixture.date)
    #expect(page.asOf == Fixture.ago(120))
    #expect(page.choices[0].outlook?.route?.end.segment == Fixture.segment(400))
    let lines = page.lines(zone: .utc)
    #expect(lines.first?.label == "AS SEEN" && lines.first?.text.hasPrefix("2m AGO") == true)
    #expect(page.answers.first?.what == "context prod-eu")
    #expect(page.answers.first?.last == Fixture.ago(110))
  }

  @Test("what is claimed answers only where nobody goes by a listing")
  func oneBasis() {
    func answers(_ change: (inout EngineReport) -> Void) -> [String] {
      let cluster = Self.cluster { report in
        let claim = ClaimedWindow(first: Fixture.ago(9000), lastBackupAt: nil, claimant: "x")
        report.claimedWindow = Fixture.observed(claim)
        change(&report)
      }
      return IncidentPage(cluster, acts: [], now: Fixture.date).answers.map(\.what)
    }
    #expect(!answers { _ in }.contains("recovery window as claimed"))
    #expect(answers { $0.walArchive = .pending }.contains("recovery window as claimed"))
  }

  @Test func whatNobodyEverSawIsNotMadeUp() {
    var report = EngineReport()
    report.instances = Fixture.unavailable("instances")
    report.backups = Fixture.unavailable("backups")
    let cluster = ClusterAssessment.assess(
      declaration: Fixture.declaration(), engineTitle: "pgBackRest", interval: 2, report: report,
      drills: [], operation: nil, outcomes: [], clock: WALClock(), now: Fixture.date)
    let page = IncidentPage(cluster, acts: [], now: Fixture.date)
    #expect(page.answers.allSatisfy { $0.state == .silent && $0.last == nil })
    #expect(page.lastSign == nil && page.loss == .unknown && page.asOf == nil)
    #expect(page.choices.allSatisfy { $0.outlook == nil })
    #expect(Self.text(page).contains("answers: nobody"))
    // Only what barman-cloud stores can be read by itself.
    #expect(!page.steps.joined().contains("s3://"))
    var stored = cluster
    stored.declaration.options["store"] = .string("s3://b/auth")
    let other = IncidentPage(stored, acts: [], now: Fixture.date)
    #expect(other.steps.last?.contains("s3://") == true)
  }

  @Test func whoDidWhatAndWhatRuns() {
    var cluster = Self.cluster { _ in }
    cluster.operation = Fixture.operation()
    let acts = (1...3).map {
      IncidentAct(at: Fixture.ago(Double($0) * 60), who: "oncall@jump-\($0)", what: "drill \($0)")
    }
    let text = Self.text(IncidentPage(cluster, acts: acts, now: Fixture.date))
    #expect(text.contains("runs: Take a full base backup of auth-db: copying files, 40 %"))
    #expect(text.contains("oncall@jump-1: drill 1") && !text.contains("jump-3"))
  }

  @Test("what lies restored already, and what was begun, need not be recovered again")
  func kept() {
    var cluster = Self.primaryGone
    let recovery = { (id: String, age: Double, isUnfinished: Bool) in
      KeptRecovery(
        id: id, place: "/srv/\(id)", moment: "latest", since: Fixture.ago(age), by: "oncall",
        connect: "psql -h /srv/\(id)", isUnfinished: isUnfinished)
    }
    cluster.report.kept = [recovery("a", 7200, false), recovery("b", 600, true)]
    let page = IncidentPage(cluster, acts: [], now: Fixture.date)
    let short = page.lines(zone: .utc).filter { $0.label == "kept" }
    #expect(short.count == 1 && short[0].tone == .warning)
    #expect(short[0].text.contains("kept in /srv/b, under way or left unfinished; 1 more"))
    let tall = page.lines(zone: .utc, room: .tall).filter { $0.label == "kept" }
    #expect(tall.count == 2 && tall[1].text.contains("/srv/a: psql -h /srv/a"))
  }

  @Test func namesFromOutsideAreCleaned() {
    var cluster = Self.primaryGone
    var instances = Fixture.instances()
    instances[0].name = "pri\u{1B}[2Jmary"
    instances[0].state = .unreachable(reason: "\u{9B}2J boom\u{202E}")
    cluster.report.instances = Fixture.observed(instances)
    let text = Self.text(
      IncidentPage(
        cluster, acts: [IncidentAct(at: Fixture.date, who: "\u{1B}x", what: "\u{7}y")],
        now: Fixture.date))
    #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B || $0.value == 7 })
  }

  @Test func aShortPageLeavesWhatToTryToTheSteps() {
    let cluster = Self.cluster { report in
      report.changeInstances {
        $0[0].state = .unreachable(
          reason: "no connection to db1:5432: Connection refused (check that the server runs)")
      }
      report.archive = Fixture.unavailable("archive")
    }
    let page = IncidentPage(cluster, acts: [], now: Fixture.date)
    let silent = { (room: IncidentPage.Room) in
      page.lines(zone: .utc, room: room).first { $0.label == "silent" }?.text ?? ""
    }
    #expect(silent(.short).hasSuffix("Connection refused"))
    #expect(silent(.tall).hasSuffix("(check that the server runs)"))
  }
}

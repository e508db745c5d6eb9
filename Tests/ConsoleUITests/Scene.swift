import FoundationEssentials
import RecoveryModel
import TestSupport

/// Clusters in the situations that the console is for.
enum Scene {
  static let backups: [Backup] = (0..<6).map { index in
    Fixture.backup(
      "202611\(17 + index)-030000F",
      finished: Fixture.ago(Fixture.hours(9 + Double(5 - index) * 24)),
      from: 129, through: 130, databaseBytes: Int64(880 + index * 20) << 20)
  }

  static let drills: [DrillRecord] = [
    Fixture.drill(
      "d1", outcome: .failed, finished: Fixture.ago(Fixture.hours(24 * 8)),
      backup: "20261114-030000F", failedIn: .replaying,
      reason: "WAL segment 000000010000000000000091 is not in the archive"),
    Fixture.drill(
      "d2", finished: Fixture.ago(Fixture.hours(24 * 6)), backup: "20261116-030000F",
      restoring: 2.6, replaying: 41),
    Fixture.drill(
      "d3", outcome: .couldNotRun, finished: Fixture.ago(Fixture.hours(24 * 2)), backup: nil,
      reason: "no room: 1.2 GiB free, 2.1 GiB needed"),
    Fixture.drill(
      "d4",
      tests: [
        Fixture.smokeTestResult("users"), Fixture.smokeTestResult("sessions", rows: 1_204),
        Fixture.smokeTestResult("events", rows: 88_120_004),
      ]),
  ]

  static let window = RecoveryWindow(
    first: Fixture.ago(Fixture.hours(129)), last: Fixture.ago(60),
    lastSegment: Fixture.segment(400), restorable: backups.map(\.id))

  static let proven: ClusterSnapshot = {
    var cluster = Fixture.cluster(
      report: Fixture.report(backups: Fixture.catalog(backups)), drills: drills, window: window)
    cluster.declaration.targets.rto = 300
    cluster.declaration.targets.retention = 5 * 86_400
    return cluster
  }()

  /// Proven, and the next drill could not run.
  static let blocked: ClusterSnapshot = {
    var cluster = proven
    cluster.readiness = DrillReadiness(
      checkedAt: Fixture.ago(1200),
      obstacle: "not met: the place has room (1.2 GiB free, 2.4 GiB needed)",
      account: "postgres on db1")
    return cluster
  }()

  static let archiveFailing: ClusterSnapshot = {
    var archive = Fixture.archiveStatus()
    archive.failing = true
    archive.failedCount = 41
    archive.lastFailedAt = Fixture.ago(12)
    archive.lastFailedSegment = "000000010000000100000091"
    archive.lastArchivedAt = Fixture.ago(1270)
    archive.waitingSegments = 9
    archive.oldestWaitingSince = Fixture.ago(1265)
    archive.unarchivedBytes = 148 << 20
    var cluster = proven
    cluster.verdict = .atRisk
    cluster.report.archive = Fixture.observed(archive, source: "pg_stat_archiver on primary")
    cluster.exposure = RPOExposure(
      bytes: 148 << 20, seconds: 1265, segments: 9, isUpperBound: true)
    cluster.findings = [
      Finding(
        id: "archive.failing", severity: .critical,
        headline: "Archiving has failed for 21m: 9 segments wait, 148 MiB would be lost now",
        evidence: [
          Evidence(
            what: "last_failed_time is after last_archived_time, 41 failures",
            source: "pg_stat_archiver on primary", at: Fixture.date),
          Evidence(what: "9 .ready files", source: "pg_ls_archive_statusdir", at: Fixture.date),
        ],
        remedy: "Read the server log for what archive_command says; is the repository full?",
        ceiling: .atRisk, words: "archiving fails"),
      Finding(
        id: "instance.restart", severity: .info,
        headline: "standby-2 waits for a restart to take shared_buffers over",
        evidence: [Evidence(what: "pending_restart", source: "pg_settings", at: Fixture.date)],
        remedy: "Restart standby-2 when it suits.", ceiling: .proven,
        words: "restart pending"),
      Finding(
        id: "drill.age", severity: .warning, headline: "The last drill is older than a week",
        evidence: [], remedy: "Run one: pgvigil drill auth-db", ceiling: .likely),
    ]
    cluster.report.instances = Fixture.observed(
      Fixture.instances().map { instance in
        var instance = instance
        instance.restartPending = instance.name == "standby-2"
        return instance
      })
    return cluster
  }()

  static let hole: ClusterSnapshot = {
    var cluster = proven
    cluster.verdict = .atRisk
    cluster.window?.holes = [
      WALHole(
        first: Fixture.segment(220), missing: 2, from: Fixture.ago(Fixture.hours(61)),
        to: Fixture.ago(Fixture.hours(58)))
    ]
    cluster.window?.broken = ["20261119-030000F"]
    cluster.window?.restorable.removeAll { $0 == "20261119-030000F" }
    cluster.findings = [
      Fixture.finding(
        "window.hole", severity: .critical,
        headline:
          "2 WAL segments are missing: nothing from 11-19 23:00 to 11-20 03:00 is restorable",
        ceiling: .atRisk)
    ]
    return cluster
  }()

  static let unreachable: ClusterSnapshot = {
    var cluster = proven
    cluster.verdict = .unknown
    cluster.report.archive = Fixture.unavailable(
      "archive", reason: "no primary answers: connection to 10.0.0.5 port 5432 timed out after 3s",
      remedy: "check that the primary runs and that pg_hba.conf lets pgvigil in")
    cluster.report.instances = Fixture.observed([
      Fixture.instance(
        "primary", role: .unknown,
        state: .unreachable(reason: "connection to 10.0.0.5 port 5432 timed out after 3s")),
      Fixture.instances()[1], Fixture.instances()[2],
    ])
    cluster.exposure = nil
    cluster.findings = [
      Fixture.finding(
        "instance.no-primary", severity: .critical,
        headline: "No primary answers; what is exposed cannot be told", ceiling: .unknown)
    ]
    return cluster
  }()

  static let drilling: ClusterSnapshot = {
    var cluster = proven
    cluster.operation = RunningOperation(
      plan: drillPlan, startedAt: Fixture.ago(8), step: "restoring 20261122-030000F",
      drillState: .restoring, fraction: 0.64, bytesDone: 627 << 20, bytesTotal: 980 << 20,
      log: ["preflight passed", "restoring 20261122-030000F to /var/tmp/pgvigil/d5"])
    cluster.outcomes = [
      OperationOutcome(
        operation: "d4", cluster: "auth-db", kind: .drill, status: .done,
        startedAt: Fixture.ago(28_820), finishedAt: Fixture.ago(28_800),
        summary: "restored 20261122-030000F, 3 of 3 smoke tests passed, RTO 17s")
    ]
    return cluster
  }()

  /// A drill and a backup that ended while the console was open.
  static let drilled: ClusterSnapshot = {
    var cluster = proven
    cluster.outcomes = [
      OperationOutcome(
        operation: "b1", cluster: "auth-db", kind: .backup, status: .failed,
        startedAt: Fixture.ago(90), finishedAt: Fixture.ago(70),
        summary: "pgbackrest backup ended with status 56: unable to find primary cluster"),
      OperationOutcome(
        operation: "d4", cluster: "auth-db", kind: .drill, status: .done,
        startedAt: Fixture.ago(60), finishedAt: Fixture.ago(40),
        summary: "restored 20261122-030000F, 3 of 3 tests passed", drill: drills.last),
    ]
    return cluster
  }()

  static let backingUp: ClusterSnapshot = {
    var cluster = Fixture.gapCluster()
    cluster.operation = Fixture.operation()
    return cluster
  }()

  static let drillFailed: ClusterSnapshot = {
    var cluster = proven
    cluster.verdict = .atRisk
    cluster.drills.append(
      Fixture.drill(
        "d5", outcome: .failed, finished: Fixture.ago(600), failedIn: .replaying,
        reason: "WAL segment 000000010000000100000091 is not in the archive"))
    cluster.findings = [
      Fixture.finding(
        "drill.failed", severity: .critical,
        headline: "The last verify drill failed while replaying",
        ceiling: .atRisk)
    ]
    return cluster
  }()

  /// Names and reasons that try to take the terminal over.
  static let hostile: ClusterSnapshot = {
    var cluster = Fixture.cluster(name: "auth\u{1B}[31m-db\u{202E}evil", verdict: .atRisk)
    cluster.report.instances = Fixture.observed([
      Fixture.instance("pri\u{1B}]0;owned\u{07}mary"),
      Fixture.instance(
        "データベース-一号機", role: .standby, state: .unreachable(reason: "\u{9B}2J\r\nboom\tbang")),
      Fixture.instance(
        "e\u{301}a\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}b", role: .standby),
    ])
    cluster.findings = [
      Fixture.finding(headline: "\u{1B}[2J\u{1B}[H gone \u{2066}?\u{2069} \u{200B}👩‍👩‍👧 family")
    ]
    return cluster
  }()

  static let drillPlan = OperationPlan(
    id: "d5", cluster: "auth-db", request: .drill(backup: nil),
    title: "Verify drill of auth-db",
    steps: [
      "Restore 20261122-030000F (980 MiB) to /var/tmp/pgvigil/d5",
      "Start it without archiving on a socket of its own and replay 272 segments to 1/90000000",
      "Run 3 smoke tests, read-only", "Stop it and remove /var/tmp/pgvigil/d5",
    ],
    notes: ["Reads the repository; production is asked for row counts only."],
    requirements: [
      Requirement(
        what: "room for the copy", satisfied: true, detail: "40 GiB free, 5.2 GiB needed"),
      Requirement(what: "end-of-backup WAL is archived", satisfied: true, detail: ""),
      Requirement(
        what: "production answers for comparison", satisfied: nil, detail: "not asked: no conninfo"),
    ], expected: Estimate(expected: 96, low: 67, high: 134))

  static let unmetPlan: OperationPlan = {
    var plan = drillPlan
    plan.requirements[0] = Requirement(
      what: "room for the copy", satisfied: false,
      detail: "1.2 GiB free at /var/tmp, 5.2 GiB needed")
    return plan
  }()

  static let fleet: FleetSnapshot = {
    var billing = archiveFailing
    billing.declaration.name = "billing"
    var shop = Fixture.gapCluster(name: "shop")
    shop.findings = [Fixture.finding()]
    var old = unreachable
    old.declaration.name = "warehouse"
    return Fixture.fleet([proven, billing, shop, old])
  }()
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import TextScreen

@testable import ConsoleUI

/// The cursor over the recovery window, and the page for an incident.
extension FrameScenarios {
  static let recoveries: [FrameScenario] = [
    FrameScenario("recovery-latest", [.classic, .wall]) { show(window: Scene.proven, in: &$0) },
    FrameScenario("recovery-cursor", [.classic, .wall]) { state in
      show(window: Scene.proven, in: &state)
      press("HH", in: &state)
      press(.left, in: &state)
    },
    FrameScenario("recovery-cut", [.classic, .wall]) { state in
      show(window: Scene.cut, in: &state)
      press("L", in: &state)
    },
    FrameScenario("recovery-claimed") { state in
      show(window: Scene.claimed, in: &state)
      press("HHH", in: &state)
    },
    FrameScenario("recovery-typing") { state in
      show(window: Scene.proven, in: &state)
      press("@yesterday 14:0", in: &state)
    },
    FrameScenario("recovery-refused") { state in
      show(window: Scene.proven, in: &state)
      press("@1403", in: &state)
      press(.enter, in: &state)
    },
    FrameScenario("recovery-ascii") { state in
      state.glyphs = .ascii
      show(window: Scene.cut, in: &state)
      press("L", in: &state)
    },
    FrameScenario("incident", [.classic, .wall]) { state in
      show(Scene.primaryGone, in: &state)
      press("i", in: &state)
      _ = update(&state, .auditRead(cluster: "auth-db", log))
    },
    FrameScenario("incident-all-gone", [.classic, .wall]) { state in
      show(Scene.allGone, in: &state)
      press("i", in: &state)
    },
    FrameScenario("acts", [.classic, .wall]) { state in
      find(in: &state)
      _ = update(&state, .actsFound(cluster: "auth-db", acts()))
    },
    FrameScenario("acts-asking") { state in
      show(window: Scene.proven, in: &state)
      press("HHF", in: &state)
    },
    FrameScenario("acts-reading") { state in
      find(in: &state)
      let progress = ActSearchProgress(
        segments: 4, ofSegments: 12, found: 1, at: Fixture.ago(2_400))
      _ = update(&state, .actSearchAdvanced(cluster: "auth-db", progress))
    },
    FrameScenario("acts-incident") { state in
      find(in: &state)
      _ = update(&state, .actsFound(cluster: "auth-db", acts()))
      press("i", in: &state)
    },
  ]

  private static func find(in state: inout AppState) {
    show(window: Scene.proven, in: &state)
    press("F", in: &state)
    press(.enter, in: &state)
  }

  /// A table that was dropped, one that was emptied, and the end of the stretch that is not archived yet.
  static func acts() -> ActSearch {
    var search = ActSearch(ActSearchOrder(from: Fixture.ago(3_600), to: Fixture.date))
    let file = RelationFile(tablespace: 1663, database: 16384, number: 16402)
    search.acts = [
      FoundAct(
        kind: .truncate, at: Fixture.ago(3_000), transaction: 9101, commit: LSN(0x8800_0060),
        database: 16384, relations: [FoundRelation(successor: file, name: "keycloak.event_entity")]
      ),
      FoundAct(
        kind: .drop, at: Fixture.ago(2_400.6), transaction: 9183, commit: LSN(0x9000_0060),
        database: 16384,
        relations: [16402, 16406, 16407].map { FoundRelation(oid: $0, file: nil) }),
      FoundAct(
        kind: .delete, at: Fixture.ago(1_200), transaction: 9407, commit: LSN(0x9A00_0060),
        database: 16384, relations: [FoundRelation(file: file, name: "keycloak.user_entity")],
        rows: 52_000),
    ]
    for index in search.acts.indices { search.acts[index].databaseName = "keycloak" }
    search.segments = 12
    search.commits = 4_310
    search.harmless = 2
    search.unread = [
      UnreadWAL(
        .notArchived, from: LSN(0xA000_0000),
        "the last commit that is archived is of 2026-11-22T11:58:44Z; 3 MiB of WAL are not archived "
          + "yet",
        remedy: "close the segment (SELECT pg_switch_wal() on the primary), and search again")
    ]
    return search
  }

  /// The plan of a recovery, scrolled by so many keys.
  static let recoveryPlans: [FrameScenario] = [
    FrameScenario("plan", [.classic, .wall]) { state in
      show(window: Scene.proven, in: &state)
      press("Hp", in: &state)
      answer(in: &state)
    },
    FrameScenario("plan-scrolled") { state in
      show(window: Scene.proven, in: &state)
      press("Hp", in: &state)
      answer(in: &state)
      for _ in 0..<3 { press(.pageDown, in: &state) }
    },
    FrameScenario("plan-asking") { state in
      show(window: Scene.proven, in: &state)
      press("p", in: &state)
    },
    FrameScenario("plan-refused") { state in
      show(window: Scene.proven, in: &state)
      press("p", in: &state)
      _ = update(
        &state,
        .recoveryPlanFailed(
          cluster: "auth-db",
          RecoveryError(
            .refused, "nobody tells which PostgreSQL made it", remedy: "ask the repository")))
    },
    FrameScenario("plan-saving") { state in
      show(window: Scene.proven, in: &state)
      press("p", in: &state)
      answer(in: &state)
      press("S", in: &state)
    },
  ]

  static func answer(
    in state: inout AppState, commands: [String] = ["restore --target 'x y'"],
    kept: KeptRecovery? = nil
  ) {
    guard let cluster = state.fleet?.clusters.first, let question = state.recoveryPlan?.question,
      let order = try? RecoveryChart(cluster, now: state.now).order(question)
    else { return }
    let long =
      "pgbackrest --config=/etc/pgbackrest/pgbackrest.conf --stanza=auth --repo=1 "
      + "--set=20261122-030000F --type=time '--target=2026-11-22 10:59:00+00' restore"
    var plan = RecoveryPlan(
      order: order, engineTitle: "pgBackRest", place: "/var/lib/postgresql/auth-db-recovered",
      checks: order.checks + [
        .notMet("there is room for it", "1 GiB free, about 3 GiB needed"),
        .met("PostgreSQL 15's programs are here", "/usr/lib/postgresql/15/bin"),
      ],
      roads: [
        RecoveryRoad(
          .beside, title: "Into /var/lib/postgresql/auth-db-recovered, beside production",
          steps: [
            RecoveryStep(
              "Restore the base backup into it", [long], changes: "a directory holds it",
              undo: "rm -rf /var/lib/postgresql/auth-db-recovered"),
            RecoveryStep("Look at how far it came", commands),
          ]),
        RecoveryRoad(
          .inPlace, title: "IN PLACE, over production: what was written after the moment is gone",
          steps: [
            RecoveryStep(
              "Restore over it", ["pgbackrest --delta restore"], changes: "all of it",
              undo: "none but what was kept")
          ]),
      ], notes: ["Run it as root on the host that is to hold the copy."])
    plan.kept = kept
    _ = update(&state, .recoveryPlanned(plan, cluster: cluster.id))
  }

  private static let log = (1...6).map { number in
    IncidentAct(
      at: Fixture.ago(Double(number) * 1_800), user: "oncall", host: "jump-1",
      operation: "drill-\(number)", kind: .drill, event: "ended", outcome: .done,
      summary: "restored 20261122-030000F, 3 of 3 tests passed")
  }

  private static func show(window cluster: ClusterSnapshot, in state: inout AppState) {
    state.zone = LocalZone(
      name: "Europe/Berlin",
      periods: [.init(since: .distantPast, offset: 3600, abbreviation: "CET")])
    show(cluster, in: &state)
    press("44", in: &state)
  }
}

extension Scene {
  /// A hole behind the newest base backup.
  static let cut: ClusterSnapshot = judged { report in
    report.walArchive = Fixture.observed(
      Fixture.walArchive(missing: [300, 301]), source: "pgbackrest repo-ls archive")
  }

  static let claimed = judged { $0 = Fixture.cloudNativePGReport() }

  /// The primary went away while this console watched.
  static let primaryGone: ClusterSnapshot = judged { report in
    var instances = Fixture.instances()
    instances[0].role = .unknown
    instances[0].state = .unreachable(
      reason: "connection to 10.0.0.5 port 5432 timed out after 3s")
    report.instances = Fixture.observed(instances)
    report.archive = Fixture.unavailable("archive", reason: "no primary answers")
  }

  /// Nobody is left who tells anything.
  static let allGone: ClusterSnapshot = judged { report in
    report = EngineReport()
    report.outage = Outage(
      place: "context prod-eu", reason: "no route to host", remedy: "", since: Fixture.ago(700))
    report.instances = Fixture.unavailable("instances", reason: "no route to host")
    report.backups = Fixture.unavailable("backups", reason: "no route to host")
    report.walArchive = Fixture.unavailable("archived WAL", reason: "no route to host")
  }

  /// Watched since twelve minutes, with what `change` makes of it now.
  private static func judged(_ change: (inout EngineReport) -> Void) -> ClusterSnapshot {
    let before = Fixture.report(at: Fixture.ago(720))
    var report = Fixture.report()
    change(&report)
    let assess = { (report: EngineReport, now: Date, previous: ClusterSnapshot?) in
      ClusterAssessment.assess(
        declaration: Fixture.declaration(), engineTitle: "pgBackRest", interval: 2,
        report: report, drills: drills, operation: nil, outcomes: [], clock: WALClock(), now: now,
        previous: previous)
    }
    return assess(report, Fixture.date, assess(before, Fixture.ago(720), nil))
  }
}

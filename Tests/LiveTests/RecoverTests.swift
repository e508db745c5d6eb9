import FoundationEssentials
import Glibc
import PostgresServers
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import RecoveryModel
@testable import Transports

/// Recoveries beside production that stay, on real servers.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct RecoverTests {
  private static let count = "SELECT count(*) FROM t"

  /// To just before everything was deleted.
  private static func loss(_ cluster: DrillCluster) async throws -> (RecoveryMoment, rows: String) {
    let rows = String(try await cluster.sql(count).trimmed)
    let act = try await cluster.sql("BEGIN; DELETE FROM t; SELECT txid_current(); COMMIT").trimmed
    for _ in 0..<2 { try await cluster.write(rows: 10) }
    return (RecoveryMoment(.transaction(try #require(UInt64(act))), isExclusive: true), rows)
  }

  private static func recover(
    _ cluster: DrillCluster, _ moment: RecoveryMoment, place: String, id: String,
    tests: [SmokeTest] = []
  ) async throws -> (kept: KeptRecovery, record: DrillRecord?, log: [String]) {
    let planning = try await RecoveryPlanTests.planning(
      cluster, moment, place: place, tests: tests, id: id)
    let plan = try await planning.operation(id: id)
    #expect(plan.unmet.isEmpty, "\(plan.unmet)")
    #expect(plan.typedConfirmation == "demo")
    var log: [String] = []
    for try await event in planning.operations.start(plan) {
      switch event.kind {
      case .log(let line): log.append(line)
      case .kept(let kept, let record): return (kept, record, log)
      default: break
      }
    }
    throw RecoveryError(.failed, "it ended without a result: \(log)")
  }

  /// As its own server answers, by the way in that it names.
  private static func ask(
    _ cluster: DrillCluster, _ kept: KeptRecovery, _ sql: String
  ) async throws
    -> String
  {
    let line = "\(kept.connect) -XAtq -d app -c \"\(sql)\""
    let result = try await cluster.runner.run(ProcessRequest("sh", ["-c", line], deadline: 60))
    #expect(result.status == 0, "\(result.error)")
    return String(result.output.trimmed)
  }

  /// As if whoever made it had died.
  private static func bury(_ place: String) throws {
    let path = "\(place)/\(DrillMark.fileName)"
    let text = try #require(FileText.read(path))
    var mark = try RecordCoding.decode(DrillMark.self, from: Array(text.utf8))
    mark.ownerPID = 999_999
    mark.ownerStart = 1
    mark.expires = Date(timeIntervalSince1970: 0)
    #expect(mark.write(in: place))
  }

  private static func removal(_ cluster: DrillCluster, _ id: String) async throws -> OperationPlan {
    try await cluster.operations(id: "gone").plan(
      .remove(recovery: id), report: EngineReport())
  }

  private static func remove(_ cluster: DrillCluster, _ plan: OperationPlan) async throws {
    var last: OperationEvent.Kind?
    for try await event in cluster.operations().start(plan) { last = event.kind }
    guard case .removed = last else { throw RecoveryError(.failed, "\(String(describing: last))") }
  }

  @Test func `a recovery stays, is left alone by all that clears away, and goes when asked to`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let (moment, rows) = try await Self.loss(cluster)
      let place = cluster.directory + "/recovered"
      let tests = [
        SmokeTest(name: "rows", sql: Self.count, expectation: .equals(rows)),
        // A test that fails keeps nothing from anybody.
        SmokeTest(name: "never", sql: Self.count, expectation: .equals("-1")),
      ]
      let (kept, record, _) = try await Self.recover(
        cluster, moment, place: place, id: "keep", tests: tests)
      #expect(kept.place == place && kept.moment == moment.text)
      #expect(record?.tests.map(\.passed) == [true, false], "\(String(describing: record))")
      #expect(try await Self.ask(cluster, kept, Self.count) == rows)
      #expect(try await Self.ask(cluster, kept, "SHOW archive_mode") == "off")
      #expect(try await Self.ask(cluster, kept, "SELECT count(*) FROM u") == "77")
      // It can be written to, and takes its tablespaces from within.
      #expect(try await Self.ask(cluster, kept, "CREATE TABLE x(i int) TABLESPACE fast") == "")
      try Self.bury(place)
      let operations = cluster.operations(id: "drill")
      #expect(await operations.reap() == [])
      let drill = try await DrillTests.record(
        of: operations.start(
          try await operations.plan(.drill(backup: nil), report: try await cluster.report())))
      #expect(drill.outcome == .passed, "\(drill)")
      #expect(operations.drills.kept.map(\.id) == ["keep"])
      #expect(operations.drills.kept.first?.isRunning == true)
      #expect(try await Self.ask(cluster, kept, Self.count) == rows)

      // Stopped, it is started by what it is told with; the plan of its moment begins there.
      _ = try await cluster.tool("pg_ctl", ["-D", place + "/data", "-m", "fast", "stop"])
      let start = try #require(operations.drills.kept.first?.start)
      let stays = try await RecoveryPlanTests.planning(cluster, moment, place: place).plan()
      #expect(stays.kept?.id == "keep" && stays.roads.first?.steps.first?.commands == [start])
      let started = try await cluster.runner.run(
        ProcessRequest("sh", ["-c", start], deadline: 120))
      #expect(started.status == 0, "\(start): \(started.error)")
      #expect(try await Self.ask(cluster, kept, Self.count) == rows)
      #expect(try await Self.ask(cluster, kept, "SHOW archive_mode") == "off")

      await #expect(throws: RecoveryError.self) { try await Self.removal(cluster, "other") }
      let plan = try await Self.removal(cluster, "keep")
      #expect(plan.typedConfirmation == place && plan.unmet.isEmpty, "\(plan.unmet)")
      try await Self.remove(cluster, plan)
      #expect(!FileText.exists(place))
      #expect(FileText.names(in: cluster.place) == [])
      #expect(operations.drills.kept == [])
      #expect(DrillProcesses.working(in: place, user: DrillTools.account.user) == [])
      #expect(String(try await cluster.sql(Self.count).trimmed) != rows)
    }
  }

  @Test func `one that archives is somebody's, and is not removed`() async throws {
    try await DrillCluster.with { cluster in
      let (moment, _) = try await Self.loss(cluster)
      let place = cluster.directory + "/recovered"
      let (kept, _, _) = try await Self.recover(cluster, moment, place: place, id: "keep")
      try await cluster.tool("pg_ctl", ["stop", "-w", "-m", "fast", "-D", place + "/data"])
      #expect(cluster.operations().drills.kept.first?.isRunning == false)
      try await cluster.tool(
        "pg_ctl",
        [
          "start", "-w", "-D", place + "/data", "-l", place + "/server.log", "-o",
          "-c unix_socket_directories=\(place)/run -c port=5432 -c archive_mode=on "
            + "-c archive_command=/bin/true -c hba_file=\(place)/pg_hba.conf",
        ])
      let plan = try await Self.removal(cluster, "keep")
      #expect(plan.unmet.count == 1 && plan.unmet[0].detail.contains("archive_mode = on"))
      await #expect(throws: RecoveryError.self) { try await Self.remove(cluster, plan) }
      #expect(FileText.exists(kept.place))
      try await cluster.tool("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", place + "/data"])
    }
  }

  @Test func `a configuration that lies elsewhere, where everybody may look, comes along`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let data = cluster.directory + "/p"
      let etc = cluster.directory + "/etc"
      let moved = try await cluster.runner.run(
        ProcessRequest(
          "sh",
          [
            "-c",
            "mkdir -m 0755 \(etc) && mv \(data)/*.conf \(etc)/ && mv \(etc)/postgresql.auto.conf \(data)/",
          ],
          account: DrillTools.account, deadline: 60))
      #expect(moved.status == 0, "\(moved.error)")
      try await cluster.tool(
        "pg_ctl",
        [
          "restart", "-w", "-D", data, "-l", cluster.directory + "/log/primary.log", "-m", "fast",
          "-o",
          "-c config_file=\(etc)/postgresql.conf -c hba_file=\(etc)/pg_hba.conf "
            + "-c ident_file=\(etc)/pg_ident.conf",
        ])
      try await cluster.pgBackRest(["--type=full", "backup"])
      let rows = String(try await cluster.sql(Self.count).trimmed)
      let place = cluster.directory + "/recovered"
      let (kept, _, log) = try await Self.recover(cluster, .latest, place: place, id: "keep")
      #expect(try await Self.ask(cluster, kept, Self.count) == rows)
      // Its own, and not the bare one that stands in for what cannot be loaded.
      #expect(
        try await Self.ask(cluster, kept, "SHOW config_file") == place + "/data/postgresql.conf",
        "\(log)")
      try await Self.remove(cluster, try await Self.removal(cluster, "keep"))
    }
  }

  @Test func `to the end of the archive all is there that was archived`() async throws {
    try await DrillCluster.with { cluster in
      let rows = String(try await cluster.sql(Self.count).trimmed)
      let place = cluster.directory + "/recovered"
      let (kept, _, _) = try await Self.recover(cluster, .latest, place: place, id: "keep")
      #expect(try await Self.ask(cluster, kept, Self.count) == rows)
      try await Self.remove(cluster, try await Self.removal(cluster, "keep"))
    }
  }

  @Test func `cancelled on its way nothing of it is left, and a dead one is cleared away`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let (moment, _) = try await Self.loss(cluster)
      let place = cluster.directory + "/recovered"
      // It stays on its way until it is cancelled, however fast the machine is.
      let planning = try await RecoveryPlanTests.planning(
        cluster, moment, place: place,
        tests: [
          SmokeTest(
            name: "sleep", sql: "SELECT pg_sleep(600)", expectation: .equals(""), timeout: 600)
        ])
      let plan = try await planning.operation(id: "half")
      let operations = planning.operations
      let reader = Task {
        for try await event in operations.start(plan) {
          if event.kind == .drillEntered(.replaying) {
            // The copy of it is what a process that is killed here leaves.
            _ = try await cluster.runner.run(
              ProcessRequest(
                "cp", ["-a", place, place + ".dead"], account: DrillTools.account, deadline: 60))
            withUnsafeCurrentTask { $0?.cancel() }
          }
        }
      }
      _ = await reader.result
      let record = try #require(await operations.settled(plan))
      #expect(record.outcome == .cancelled && record.leftBehind == [], "\(record)")
      #expect(!FileText.exists(place))
      #expect(FileText.names(in: cluster.place) == [])

      #expect(rename(place + ".dead", place) == 0)
      try operations.drills.copies.write(
        RecoveryNote(id: "half", cluster: "demo", directory: place))
      try Self.bury(place)
      #expect(operations.drills.kept.map(\.isUnfinished) == [true])
      let reaped = await operations.reap()
      #expect(reaped.map(\.kind) == [.recover] && reaped[0].record == nil, "\(reaped)")
      #expect(reaped[0].remaining == [])
      #expect(!FileText.exists(place) && FileText.names(in: cluster.place) == [])
    }
  }

  // MARK: Markers

  @Test func `a planted marker is found by recovering to just before its deletion`() async throws {
    try await DrillCluster.with { cluster in
      try await cluster.sql(
        "CREATE SCHEMA pgvigil; CREATE TABLE pgvigil.marker (token text PRIMARY KEY)")
      let place = MarkerPlace(database: "app", table: "pgvigil.marker")
      let operations = cluster.operations(id: "mark")
      let report = try await cluster.report()
      #expect(await operations.drills.markerCheck(place, report: report).satisfied == true)
      let marker = try await operations.drills.plant(place, token: "mark", report: report)
      #expect(marker.deleted > marker.written && marker.deletedLSN > marker.writtenLSN)
      #expect(try await cluster.sql("SELECT count(*) FROM pgvigil.marker").trimmed == "0")
      let base = try #require(report.backups.value?.lastGood)
      var outlook = RecoveryOutlook(
        cluster: "demo", moment: marker.moment, effective: marker.moment, standing: .reachable,
        base: base, loss: .unknown, now: Date())
      outlook.marker = marker
      outlook.operation = "mark"
      let plan = try await operations.plan(drillTo: outlook, report: try await cluster.report())
      #expect(plan.id == "mark")
      let record = try await DrillTests.record(of: operations.start(plan))
      #expect(record.outcome == .passed, "\(record)")
      let found = record.tests.filter { $0.name == "planted marker mark" }
      #expect(found.map(\.passed) == [true] && found.map(\.answer) == ["1"], "\(record.tests)")
      #expect(record.moment?.stop?.contains("transaction \(marker.deleted)") == true)
    }
  }

  @Test func `where it may not be written, none is planted`() async throws {
    try await DrillCluster.with { cluster in
      let place = MarkerPlace(database: "app", table: "pgvigil.marker")
      let operations = cluster.operations()
      let report = try await cluster.report()
      let check = await operations.drills.markerCheck(place, report: report)
      #expect(check.satisfied == false && check.detail == "there is no such table")
      await #expect(throws: RecoveryError.self) {
        try await operations.drills.plant(place, token: "mark", report: report)
      }
    }
  }
}

import DrillParts
import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// The script of a recovery plan, run as it stands on real servers; its rows held against production's.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct RecoveryPlanTests {
  private static func plan(
    _ cluster: DrillCluster, _ moment: RecoveryMoment, place: String
  ) async throws -> RecoveryPlan {
    try await planning(cluster, moment, place: place).plan()
  }

  static func planning(
    _ cluster: DrillCluster, _ moment: RecoveryMoment, place: String, tests: [SmokeTest] = [],
    id: String = "abc"
  ) async throws -> HostRecoveryPlanning {
    var report = try await cluster.report()
    let archived = try await times(cluster, report.walArchive.value)
    report.walArchive = .value(archived, source: "test", at: Date())
    let snapshot = ClusterAssessment.assess(
      declaration: ClusterDeclaration(name: "demo", engine: "pgbackrest"),
      engineTitle: "pgBackRest", interval: 2, report: report, drills: [], operation: nil,
      outcomes: [], clock: WALClock(), now: Date())
    let order = try RecoveryChart(snapshot, now: Date()).order(
      RecoveryQuestion(moment, into: place))
    return HostRecoveryPlanning(
      operations: cluster.operations(tests: tests, id: id), order: order, report: report)
  }

  /// The archive with the times at which its files came, as an observer has them.
  private static func times(
    _ cluster: DrillCluster, _ archive: WALArchive?
  ) async throws -> WALArchive {
    let archive = try #require(archive)
    let base = cluster.repository + "/archive/demo/15-1/"
    let files = FileText.names(in: base).flatMap { folder in
      FileText.names(in: base + folder).map { (name: $0, path: "\(base)\(folder)/\($0)") }
    }
    return WALArchive(
      segmentSize: archive.segmentSize,
      segments: archive.segments.map { segment in
        let name = segment.segment.name(segmentSize: archive.segmentSize)
        let file = files.first { $0.name.hasPrefix(name + "-") }
        let at = file.flatMap { LocalFile.modified($0.path) }
        return ArchivedSegment(
          segment: segment.segment, storedBytes: segment.storedBytes,
          archivedAt: at.map { Date(timeIntervalSince1970: $0) })
      })
  }

  /// Runs the script, asks the copy, and takes it down.
  private static func rows(
    _ cluster: DrillCluster, _ moment: RecoveryMoment, _ question: String
  ) async throws -> String {
    let place = cluster.directory + "/copy"
    let plan = try await plan(cluster, moment, place: place)
    #expect(plan.unmet.isEmpty, "\(plan.unmet)")
    let script = cluster.directory + "/plan.sh"
    try plan.artefact.text.write(toFile: script, atomically: true, encoding: .utf8)
    let run = try await cluster.runner.run(
      ProcessRequest("sh", [script], deadline: 300))
    #expect(run.status == 0, "\(run.output)\(run.error)")
    let psql = [
      "-XAtq", "-h",
      SideDirectory(path: place, port: 0, account: "", programs: "", major: 15).sockets,
      "-p", try port(plan), "-U", "demo", "-d", "app", "-c", question,
    ]
    let answer = try await cluster.runner.run(
      ProcessRequest("psql", psql, account: DrillTools.account, deadline: 60))
    _ = try await cluster.tool("pg_ctl", ["-D", place + "/data", "-m", "immediate", "stop"])
    _ = try await cluster.runner.run(ProcessRequest("rm", ["-rf", "--", place], deadline: 60))
    #expect(answer.status == 0, "\(answer.error)")
    return String(answer.output.trimmed)
  }

  private static func port(_ plan: RecoveryPlan) throws -> String {
    let check = try #require(plan.checks.first { $0.what.hasPrefix("port ") })
    return String(check.what.split(separator: " ")[1])
  }

  @Test func `every kind of target comes to the rows that production had then`() async throws {
    try await DrillCluster.with { cluster in
      let count = "SELECT count(*) || ' ' || coalesce(max(i), 0) FROM t"
      try await cluster.sql("SELECT pg_create_restore_point('before the act')")
      let then = String(try await cluster.sql(count).trimmed)
      let lsn = String(try await cluster.sql("SELECT pg_current_wal_insert_lsn()").trimmed)
      let time = Date()
      let act = String(
        try await cluster.sql(
          "BEGIN; DELETE FROM t WHERE i % 2 = 0; SELECT txid_current(); COMMIT"
        ).trimmed)
      for _ in 0..<2 { try await cluster.write(rows: 10) }
      let now = String(try await cluster.sql(count).trimmed)
      #expect(then != now)
      let transaction = try #require(UInt64(act))
      let position = try #require(LSN(text: lsn))
      for moment in [
        RecoveryMoment(.position(position)), RecoveryMoment(.restorePoint("before the act")),
        RecoveryMoment(.transaction(transaction), isExclusive: true), RecoveryMoment(.time(time)),
      ] {
        #expect(try await Self.rows(cluster, moment, count) == then, "\(moment.text)")
      }
      #expect(try await Self.rows(cluster, .latest, count) == now)
      #expect(try await Self.rows(cluster, .latest, "SELECT count(*) FROM u") == "77")
      #expect(
        try await Self.rows(cluster, .latest, "SELECT current_setting('archive_mode')") == "off")
      // Production has noticed nothing.
      #expect(String(try await cluster.sql(count).trimmed) == now)
    }
  }

  @Test func `in place production itself goes back, and is backed up anew`() async throws {
    try await DrillCluster.with { cluster in
      let count = "SELECT count(*) || ' ' || coalesce(max(i), 0) FROM t"
      let then = String(try await cluster.sql(count).trimmed)
      let lsn = String(try await cluster.sql("SELECT pg_current_wal_insert_lsn()").trimmed)
      try await cluster.sql("DELETE FROM t")
      for _ in 0..<2 { try await cluster.write(rows: 10) }
      let moment = RecoveryMoment(.position(try #require(LSN(text: lsn))))
      let plan = try await Self.plan(cluster, moment, place: cluster.directory + "/copy")
      let road = try #require(plan.roads.last)
      #expect(road.kind == .inPlace)
      let script = cluster.directory + "/in-place.sh"
      let lines = ["set -eu"] + road.steps.flatMap(\.commands)
      try lines.joined(separator: "\n").write(toFile: script, atomically: true, encoding: .utf8)
      let run = try await cluster.runner.run(ProcessRequest("sh", [script], deadline: 300))
      #expect(run.status == 0, "\(run.output)\(run.error)")
      #expect(String(try await cluster.sql(count).trimmed) == then)
      #expect(String(try await cluster.sql("SELECT count(*) FROM u").trimmed) == "77")
      let backups = try await cluster.report().backups.value?.backups ?? []
      #expect(
        backups.count == 2 && backups.last?.startSegment?.timeline == 2, "\(backups.map(\.id))")
      // What was written after the moment is kept beside it, and nowhere else.
      let kept = try FileManager.default.contentsOfDirectory(atPath: cluster.directory)
        .filter { $0.hasPrefix("p.pg_wal.kept-") }
      #expect(kept.count == 1)
    }
  }

  private static func run(_ cluster: DrillCluster, _ commands: [String]) async throws {
    let script = cluster.directory + "/road.sh"
    try (["set -eu"] + commands).joined(separator: "\n").write(
      toFile: script, atomically: true, encoding: .utf8)
    let run = try await cluster.runner.run(ProcessRequest("sh", [script], deadline: 300))
    #expect(run.status == 0, "\(run.output)\(run.error)")
  }

  @Test func `the copy takes production's place by the commands as they stand`() async throws {
    try await DrillCluster.with { cluster in
      let (count, old) = ("SELECT count(*) FROM t", cluster.directory + "/p")
      let then = String(try await cluster.sql(count).trimmed)
      let lsn = try #require(
        LSN(text: try await cluster.sql("SELECT pg_current_wal_insert_lsn()").trimmed))
      let push = "pgbackrest --config=\(cluster.configuration) --stanza=demo"
      try await cluster.sql(
        "ALTER SYSTEM SET archive_command = '\(push) --pg1-path=\(old) archive-push %p'")
      try await cluster.sql("SELECT pg_reload_conf()")
      try await cluster.sql("DELETE FROM t")
      for _ in 0..<2 { try await cluster.write(rows: 10) }
      let place = cluster.directory + "/copy"
      let plan = try await Self.plan(cluster, RecoveryMoment(.position(lsn)), place: place)
      let beside = try #require(plan.roads.first { $0.kind == .beside }).steps.flatMap(\.commands)
      let takeOver = try #require(plan.roads.first { $0.kind == .takeOver })
      try await Self.run(cluster, beside)
      // A segment that ends while nothing is archived.
      let into = try #require(beside.first { $0.contains("-d postgres") })
      let end = try #require(into.firstRange(of: "-d postgres")).upperBound
      let psql = String(into[..<end])
      let ended = cluster.directory + "/ended"
      try await Self.run(
        cluster, ["\(psql) -Atc 'SELECT pg_walfile_name(pg_switch_wal())' > \(ended)"])
      try await Self.run(cluster, takeOver.steps.flatMap(\.commands))
      try await Self.run(
        cluster, ["\(push) repo-ls --recurse archive/demo | grep -q \"$(cat \(ended))\""])
      #expect(
        takeOver.steps.contains {
          $0.what.hasSuffix("spoil it")
            && $0.what.contains("Make sure that primary can never run again")
        })
      // At production's own address.
      #expect(String(try await cluster.sql(count).trimmed) == then)
      #expect(
        String(try await cluster.sql("SHOW data_directory").trimmed) == place + "/data")
      #expect(try await cluster.sql("SHOW archive_mode").trimmed == "on")
      try await cluster.pgBackRest(["check"])
      try await cluster.write(rows: 10)
      let backups = try await cluster.report().backups.value?.backups ?? []
      #expect(backups.last?.startSegment?.timeline == 2, "\(backups.map(\.id))")
      // Nobody starts the old one by mistake.
      await #expect(throws: RecoveryError.self) {
        try await cluster.tool("pg_ctl", ["-D", old, "-w", "-s", "start"])
      }
      _ = try await cluster.tool("pg_ctl", ["-D", place + "/data", "-m", "immediate", "stop"])
    }
  }
}

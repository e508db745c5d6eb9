import FoundationEssentials
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// Values for operation tests; 1 MiB segments, everything at a fixed time.
enum OperationsFixture {
  static let size = 1 << 20
  static let now = Date(timeIntervalSince1970: 1_795_300_000)

  static func segment(_ number: UInt64, timeline: UInt32 = 1) -> WALSegment {
    WALSegment(timeline: timeline, number: number)
  }

  static func archive(
    _ segments: [WALSegment], switches: [TimelineSwitch] = []
  ) -> WALArchive {
    WALArchive(
      segmentSize: size,
      segments: segments.map { ArchivedSegment(segment: $0, storedBytes: 10, archivedAt: nil) },
      switches: switches)
  }

  /// Starts in segment 25 and ends 256 bytes into it.
  static let backup = Backup(
    id: "20261122-232126F", kind: .full, startedAt: now.addingTimeInterval(-10),
    finishedAt: now.addingTimeInterval(-5), timeline: 1, startSegment: segment(25),
    stopSegment: segment(25), startLSN: LSN(0x190_0028), stopLSN: LSN(0x190_0100),
    databaseBytes: 46_373_178)

  static func report(
    backups: [Backup] = [backup], archive: WALArchive? = nil
  ) -> EngineReport {
    var report = EngineReport()
    report.backups = .value(BackupCatalog(backups: backups), source: "test", at: now)
    if let archive { report.walArchive = .value(archive, source: "test", at: now) }
    return report
  }

  static func site(file: String = "", account: Account? = nil) -> OperationSite {
    OperationSite(
      stanza: "demo", sources: OptionSources(arguments: ["--config=/etc/pgb.conf"]),
      executable: "pgbackrest", account: account,
      repository: 1, addresses: [:], database: nil, programs: nil,
      file: PgBackRestConfiguration(text: file))
  }

  static func operations(
    place: String = "/nowhere/drills", site: OperationSite = site(),
    processes: ProcessRunner = .answering { _ in ProcessResult(status: 1, output: "", error: "") },
    timeout: Double = 60
  ) -> PgBackRestOperations {
    PgBackRestOperations(
      declaration: ClusterDeclaration(
        name: "demo", engine: "pgbackrest", drill: DrillSettings(place: place, timeout: timeout)),
      site: site,
      environment: EngineEnvironment(
        now: { now }, host: "here", user: "tester", newID: { "abc" }, version: "test"),
      processes: processes,
      connect: { _ in
        SQLClient(
          query: { _, _ in throw RecoveryError(.unreachable, "no server here") }, close: {})
      })
  }
}

extension ProcessRunner {
  /// Runs nothing: `answer` is what each program is said to have done.
  static func answering(
    _ answer: @escaping @Sendable (ProcessRequest) -> ProcessResult
  ) -> ProcessRunner {
    ProcessRunner(
      run: { answer($0) },
      stream: { request in
        AsyncThrowingStream { continuation in
          let result = answer(request)
          for line in result.output.split(separator: "\n") {
            continuation.yield(.outputLine(String(line)))
          }
          for line in result.error.split(separator: "\n") {
            continuation.yield(.errorLine(String(line)))
          }
          continuation.yield(.exited(status: result.status))
          continuation.finish()
        }
      })
  }
}

@Suite struct OperationsPlanTests {
  typealias F = OperationsFixture

  @Test func `the target is the start of the last archived segment, holes or not`() {
    let archive = F.archive([25, 26, 28, 29].map { F.segment($0) })
    let target = RecoveryTarget.choose(backup: F.backup, archive: archive)
    #expect(target?.lsn == F.segment(29).start(segmentSize: F.size))
    #expect(target?.missing == F.segment(27))
    #expect(target?.load.segments == 4)
    #expect(target?.load.storedBytes == 40)
  }

  @Test func `the target is never before the backup's own end`() {
    #expect(
      RecoveryTarget.choose(backup: F.backup, archive: F.archive([F.segment(25)]))?.lsn
        == F.backup.stopLSN)
    #expect(RecoveryTarget.choose(backup: F.backup, archive: nil)?.lsn == F.backup.stopLSN)
  }

  @Test func `the target lies on the newest timeline that the backup can reach`() {
    let fork = F.segment(27).start(segmentSize: F.size)
    let archive = F.archive(
      [25, 26, 27, 28].map { F.segment($0) } + [27, 28, 29].map { F.segment($0, timeline: 2) }
        + [F.segment(10, timeline: 3)],
      switches: [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: fork),
        // Left the parent before the backup: out of its reach.
        TimelineSwitch(timeline: 3, parent: 1, switchedAt: LSN(0x10_0000)),
      ])
    let target = RecoveryTarget.choose(backup: F.backup, archive: archive)
    #expect(target?.timeline == 2)
    #expect(target?.lsn == F.segment(29).start(segmentSize: F.size))
    #expect(target?.missing == nil)
    #expect(target?.load.segments == 5)
  }

  @Test func `a drill's plan shows the exact command and cannot reach production`() async throws {
    let plan = try await F.operations().plan(
      .drill(backup: nil), report: F.report(archive: F.archive([25, 26].map { F.segment($0) })))
    let command = try #require(plan.steps.last).text
    #expect(command.hasPrefix("Command: pgbackrest --config=/etc/pgb.conf --stanza=demo "))
    #expect(plan.steps.dropLast().allSatisfy { !$0.words.contains("--") })
    for argument in [
      "--config=/etc/pgb.conf", "--stanza=demo", "--set=20261122-232126F", "--archive-mode=off",
      "--type=lsn", "--target=0/1A00000", "--no-link-all", "--reset-tablespace-map",
      "--reset-link-map", "--reset-recovery-option", "--no-delta",
      "--pg1-path=/nowhere/drills/pgvigil-drill-abc/data",
    ] { #expect(command.contains(argument), "\(argument)") }
    #expect((plan.order?.as(DrillOrder.self))?.target == LSN(0x1A0_0000))
  }

  @Test func `a drill without a backup cannot be planned`() async {
    await #expect(throws: RecoveryError.self) {
      try await F.operations().plan(.drill(backup: nil), report: F.report(backups: []))
    }
    await #expect(throws: RecoveryError.self) {
      try await F.operations().plan(.drill(backup: "gone"), report: F.report())
    }
  }

  @Test func `a backup's plan names its unmet requirements`() async throws {
    var report = F.report()
    report.archive = .value(
      ArchiveStatus(
        enabled: true, timeline: 1, segmentSize: F.size, currentLSN: LSN(1), failing: true),
      source: "test", at: F.now)
    let plan = try await F.operations().plan(.backup(.full), report: report)
    #expect(plan.unmet.map(\.what) == ["WAL archiving works"])
    #expect(
      plan.steps.last
        == .command(
          "pgbackrest --config=/etc/pgb.conf --stanza=demo --repo=1 --type=full "
            + "--log-level-console=info backup"))
    #expect(plan.steps.dropLast().allSatisfy { $0.words.count < 70 && !$0.words.contains("--") })
    #expect(plan.expected?.expected == 5)
  }

  @Test(
    "a promotion without a checkpoint stands in a backup's way",
    arguments: [(UInt32(1), false), (2, true)])
  func checkpoint(control: UInt32, allowed: Bool) async throws {
    var report = F.report()
    report.instances = .value(
      [
        Instance(
          name: "old", role: .primary, state: .unreachable(reason: "gone"), observedAt: F.now,
          timeline: 1, checkpointTimeline: 1),
        Instance(
          name: "standby1", role: .primary, state: .running, observedAt: F.now, timeline: 2,
          checkpointTimeline: control),
      ], source: "test", at: F.now)
    let plan = try await F.operations().plan(.backup(.full), report: report)
    #expect(plan.unmet.map(\.what) == (allowed ? [] : ["a checkpoint since the promotion"]))
    #expect(
      plan.unmet.first?.detail.hasSuffix("run CHECKPOINT on standby1") == (allowed ? nil : true))
  }

  @Test func `the copy is cut off from everything outside its directory`() {
    let copy = CopyServer(
      programs: "/pg/bin", major: 15, directory: DrillDirectory(place: "/x", id: "a"), id: "a",
      sharedBuffers: "1GB")
    let settings = copy.settings(.own, minima: [:])
    for name in [
      "archive_command", "archive_library", "archive_cleanup_command", "recovery_end_command",
      "primary_conninfo", "primary_slot_name", "listen_addresses",
    ] { #expect(settings[name] == "", "\(name)") }
    #expect(settings["archive_mode"] == "off")
    #expect(settings["max_logical_replication_workers"] == "0")
    #expect(settings["max_worker_processes"] == "0")
    #expect(settings["data_directory"] == "/x/pgvigil-drill-a/data")
    #expect(settings["shared_buffers"] == "1GB")
    #expect(
      CopyServer(
        programs: "/pg/bin", major: 13, directory: copy.directory, id: "a", sharedBuffers: nil
      ).settings(.own, minima: [:])["archive_library"] == nil)
  }

  @Test func `what recovery needs comes from pg_controldata`() {
    let text = """
      max_connections setting:              20
      max_worker_processes setting:         8
      max_prepared_xacts setting:           3
      """
    #expect(
      CopyServer.minima(controlData: text) == [
        "max_connections": "20", "max_prepared_transactions": "3",
      ])
  }

  @Test func `a long place puts the socket into tmp`() {
    let long = "/" + String(repeating: "d", count: 90)
    #expect(DrillDirectory(place: long, id: "a").socketDirectory == "/tmp/pgvigil-drill-a")
    #expect(DrillDirectory(place: "/s", id: "a").socketDirectory == "/s/pgvigil-drill-a/run")
  }
}

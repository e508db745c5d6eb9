import Glibc
import RecoveryModel
import Synchronization
import Testing

@testable import PostgresServers
@testable import Sandbox
@testable import Transports

@Suite(.serialized, .enabled(if: SandboxSupport.canRun, SandboxSupport.skipReason))
struct SandboxFaultTests {
  @Test func writerAndBackupFollowAFailover() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try await sandbox.inflict(.kill, on: "primary")
      try await sandbox.promote("standby-1")
      let count = "SELECT count(*) FROM event"
      let before = try await SandboxSupport.value(sandbox, "standby-1", count)
      try await SandboxSupport.eventually("the writer finds the new primary") {
        try await SandboxSupport.value(sandbox, "standby-1", count) != before
      }
      try await SandboxSupport.eventually("standby-2 follows") {
        try await SandboxSupport.value(
          sandbox, "standby-1", "SELECT count(*) FROM pg_stat_replication") == "1"
      }
      let segment = try await sandbox.archiveCurrentSegment(of: "standby-1")
      #expect(segment.hasPrefix("00000002"))
      let backup = try await SandboxSupport.backrest(sandbox, ["--type=full", "backup"])
      #expect(backup.status == 0, "\(backup.error)")
      try await sandbox.inflict(.kill, on: "standby-1")
      // Whoever it followed is gone, and no restartpoint has told its control file of the promotion.
      let version = try await SandboxSupport.value(
        sandbox, "standby-2", "SHOW server_version_num")
      let sql = try #require(QueryTable.sql(.live, version: Int(version ?? "") ?? 0, monitor: true))
      try await SandboxSupport.eventually("the stream has ended") {
        try await SandboxSupport.value(
          sandbox, "standby-2", "SELECT count(*) FROM pg_stat_wal_receiver") == "0"
      }
      let look = try await sandbox.administer("standby-2", [sql])
      #expect(look.value("standby_timeline") == "2")
    }
  }

  @Test("after a failover the old primary is not started beside the new one")
  func aSupersededPrimaryStaysOff() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try await sandbox.inflict(.kill, on: "primary")
      try await sandbox.promote("standby-1")
      try await sandbox.inflict(.kill, on: "standby-1")
      let titles = Mutex<[String]>([])
      let status = try await sandbox.up(options: SandboxSupport.options()) { step in
        titles.withLock { $0.append(step.title) }
      }
      #expect(status.servers[0].pid == nil && status.servers[0].supersededBy == "standby-1")
      #expect(status.servers[1].pid != nil && status.isRunning)
      #expect(titles.withLock { $0.contains { $0.hasPrefix("primary stays off: standby-1 took") } })
      #expect(
        try await SandboxSupport.value(sandbox, "standby-1", "SELECT pg_is_in_recovery()") == "f")
    }
  }

  @Test func aServerWithoutDataIsNamedAndTheOthersRun() async throws {
    try await SandboxSupport.withSandbox { sandbox, status in
      try await sandbox.inflict(.kill, on: "primary")
      try await sandbox.promote("standby-1")
      try await sandbox.archiveCurrentSegment(of: "standby-1")
      for name in ["standby-1", "standby-2"] { try await sandbox.inflict(.kill, on: name) }
      let data = status.directory + "/standby-1"
      #expect(rename(data, data + "-kept") == 0)
      let error = await #expect(throws: RecoveryError.self) {
        try await sandbox.up(options: SandboxSupport.options())
      }
      #expect(error?.message.hasPrefix("standby-1 cannot be started: no data in \(data)") == true)
      #expect(error?.remedy.contains("pgvigil incident auth-db --config ") == true)
      let servers = try await sandbox.status().servers
      // That somebody took the primary's place is still to be seen in the archive.
      #expect(servers.map { $0.pid == nil } == [true, true, false])
      #expect(servers[0].supersededBy == "one of timeline 2")
      #expect(rename(data + "-kept", data) == 0)
    }
  }

  @Test func archivingBreaksHangsAndIsRepaired() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try await sandbox.breakArchiving()
      try await sandbox.administer("primary", ["SELECT pg_switch_wal()"])
      try await SandboxSupport.eventually("archiving fails") {
        try await SandboxSupport.value(
          sandbox, "primary", "SELECT failed_count > 0 FROM pg_stat_archiver") == "t"
      }
      try await sandbox.repairArchiving()
      try await sandbox.archiveCurrentSegment()
      try await sandbox.hangArchiving()
      let site = try Site.existing(sandbox.directory)
      try await sandbox.administer(
        "primary",
        ["SELECT pg_logical_emit_message(true, 'pgvigil', 'x')", "SELECT pg_switch_wal()"])
      try await SandboxSupport.eventually("the archive command hangs") {
        site.processes.workers().contains { $0.arguments.first == "sleep" }
      }
      // With the archiver stuck, a fast shutdown alone would wait for ever.
      let report = try await sandbox.down()
      #expect(report.leftBehind == [])
    }
  }

  @Test func aFrozenServerGoesOnAndDoesNotStopDown() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try await sandbox.inflict(.freeze, on: "standby-2")
      let site = try Site.existing(sandbox.directory)
      let session = SandboxSession(
        layout: site.layout, port: SandboxLayout.port(2), user: SandboxLayout.superuser,
        database: SandboxLayout.database)
      await #expect(throws: RecoveryError.self) { try await session.run(["SELECT 1"], deadline: 1) }
      try await sandbox.start("standby-2")
      try await session.run(["SELECT 1"], deadline: 600)
      try await sandbox.inflict(.freeze, on: "primary")
      #expect(try await sandbox.down().leftBehind == [])
    }
  }

  @Test func aStoppedServerStartsAgain() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try await sandbox.inflict(.stop, on: "standby-1")
      #expect(try await sandbox.status().servers[1].pid == nil)
      try await sandbox.start("standby-1")
      #expect(try await sandbox.status().servers[1].pid != nil)
    }
  }

  @Test func aSegmentIsRemovedFromTheMiddle() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try sandbox.setRate(0)
      for _ in 0..<2 { try await sandbox.archiveCurrentSegment() }
      let before = try sandbox.archivedSegments()
      let removed = try sandbox.removeArchivedSegment()
      let after = try sandbox.archivedSegments()
      #expect(before.contains(removed) && !after.contains(removed))
      #expect(after.count == before.count - 1)
      #expect(after.first == before.first && after.last == before.last)
    }
  }

  @Test func anUnreadableRepositoryDoesNotStopDown() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      try sandbox.setRepositoryAccess(false)
      let info = try await SandboxSupport.backrest(sandbox, ["info"])
      #expect(info.output.contains("Permission denied"))
      #expect(try await sandbox.down().leftBehind == [])
    }
  }

  @Test func drillLeftoversGoDownToo() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      let backup = try await SandboxSupport.backrest(sandbox, ["--type=full", "backup"])
      #expect(backup.status == 0, "\(backup.error)")
      let site = try Site.existing(sandbox.directory)
      let copy = "\(site.layout.drills)/left"
      try FileTree.makeDirectory(copy, account: site.account)
      let restore = try await SandboxSupport.backrest(
        sandbox, ["--pg1-path=\(copy)", "--archive-mode=off", "restore"])
      #expect(restore.status == 0, "\(restore.error)")
      let start = try await ProcessRunner.live.run(
        ProcessRequest(
          "\(site.marker.bindir)/pg_ctl",
          [
            "-D", copy, "-l", "\(site.layout.log)/left.log", "-w", "-s", "-o",
            "-c port=6099 -c archive_mode=off", "start",
          ], account: site.account, deadline: 60))
      #expect(start.status == 0, "\(start.error)")
      let server = try #require(
        site.processes.postmasters().first { $0.dataDirectory == copy }?.process)
      #expect(try await sandbox.down().leftBehind == [])
      #expect(ProcessTable.isAlive(server) == false)
    }
  }
}

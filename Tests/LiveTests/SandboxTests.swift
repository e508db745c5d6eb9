import Glibc
import RecoveryModel
import Testing

@testable import Sandbox
@testable import Transports

@Suite(.serialized, .enabled(if: SandboxSupport.canRun, SandboxSupport.skipReason))
struct SandboxTests {
  @Test func startsReplicatedAndArchivingWithTheGap() async throws {
    let options = SandboxSupport.options()
    try await SandboxSupport.withSandbox(options) { sandbox, status in
      #expect(status.isRunning)
      #expect(status.servers.map(\.name) == ["primary", "standby-1", "standby-2"])
      let streaming = try await SandboxSupport.value(
        sandbox, "primary",
        "SELECT string_agg(application_name, ' ' ORDER BY application_name) FROM pg_stat_replication"
          + " WHERE state = 'streaming'")
      #expect(streaming == "standby-1 standby-2")
      // No failed attempt either: the figures on the console begin clean.
      let failures = try await SandboxSupport.value(
        sandbox, "primary", "SELECT failed_count FROM pg_stat_archiver")
      #expect(failures == "0")
      #expect(try sandbox.archivedSegments().isEmpty == false)
      let info = try await SandboxSupport.backrest(sandbox, ["info"]).output
      #expect(info.contains("no valid backups"))
      #expect(info.contains("full backup") == false)
      for name in ["repository", "log", "pgbackrest.conf", "config.yaml", ".pgvigil-sandbox"] {
        #expect(FileTree.exists("\(status.directory)/\(name)"))
      }
    }
  }

  @Test func reportsEveryStepAsItEnds() async throws {
    let directory = SandboxSupport.newDirectory()
    let sandbox = Sandbox(directory: directory)
    let (steps, continuation) = AsyncStream.makeStream(of: SandboxStep.self)
    let status = try await sandbox.up(options: SandboxSupport.options()) { continuation.yield($0) }
    continuation.finish()
    var titles: [String] = []
    for await step in steps {
      titles.append(step.title)
      #expect(step.seconds > 0 && step.seconds <= status.seconds)
    }
    #expect(titles.first == "initialised the primary")
    #expect(titles.last == "started the writer (4 transactions/s)")
    #expect(titles.contains("archived a WAL segment") && titles.contains("standbys stream"))
    let again = try await sandbox.up(options: SandboxSupport.options())
    #expect(again.alreadyRunning)
    #expect(again.servers == status.servers && again.keeper == status.keeper)
    #expect(try await sandbox.down().leftBehind == [])
  }

  @Test func monitoringRoleReadsWhatTheConsoleNeedsAndWritesNothing() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      let site = try Site.existing(sandbox.directory)
      let session = SandboxSession(
        layout: site.layout, port: SandboxLayout.firstPort, user: SandboxLayout.monitor,
        database: SandboxLayout.database)
      let users = try await session.run(["SELECT count(*) FROM user_entity"], deadline: 600)
      #expect(Int(users.rows[0][0] ?? "") ?? 0 >= 1000)
      try await session.run(["SELECT count(*) FROM pg_ls_archive_statusdir()"], deadline: 600)
      await #expect(throws: RecoveryError.self) {
        try await session.run(["DELETE FROM event"], deadline: 600)
      }
    }
  }

  @Test func downLeavesNothing() async throws {
    let sandbox = Sandbox(directory: SandboxSupport.newDirectory())
    let status = try await sandbox.up(options: SandboxSupport.options())
    let site = try Site.existing(sandbox.directory)
    let found = site.processes.workers() + site.processes.keepers()
    #expect(found.count > 10)
    let report = try await sandbox.down()
    #expect(report.leftBehind == [])
    #expect(found.contains(where: ProcessTable.isAlive) == false)
    #expect(FileTree.exists(status.directory) == false)
    #expect(FileTree.exists(status.socketDirectory) == false)
    await #expect(throws: RecoveryError.self) { try await sandbox.down() }
  }

  @Test func upStartsAgainWhatWasKilledAndLosesNothing() async throws {
    let sandbox = Sandbox(directory: SandboxSupport.newDirectory())
    _ = try await sandbox.up(options: SandboxSupport.options())
    let site = try Site.existing(sandbox.directory)
    let made = site.marker.created
    let all = site.processes.keepers() + site.processes.workers()
    for process in all { ProcessTable.signal(process, SIGKILL) }
    try await SandboxSupport.eventually("killed processes end") {
      !all.contains(where: ProcessTable.isAlive)
    }
    let segments = site.sharedMemory()
    #expect(segments.count == 3)
    #expect(try await sandbox.status().isRunning == false)
    let again = try await sandbox.up(options: SandboxSupport.options())
    #expect(again.isRunning && !again.alreadyRunning)
    #expect(try Site.existing(sandbox.directory).marker.created == made)
    let listed = FileTree.text("/proc/sysvipc/shm").split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    #expect(segments.contains(where: listed.contains) == false)
    #expect(try await sandbox.down().leftBehind == [])
  }

  @Test func downAfterTheWriterAloneWasKilledAndUpStartsItAgain() async throws {
    try await SandboxSupport.withSandbox { sandbox, status in
      let keeper = try #require(status.keeper.flatMap(ProcessTable.entry))
      ProcessTable.signal(keeper, SIGKILL)
      try await SandboxSupport.eventually("the writer ends") { !ProcessTable.isAlive(keeper) }
      let again = try await sandbox.up(options: SandboxSupport.options())
      #expect(again.alreadyRunning && again.servers == status.servers)
      try await SandboxSupport.eventually("a new writer runs") {
        try await sandbox.status().keeper != nil
      }
    }
  }

  @Test func anOwnedSandboxGoesDownWithItsOwner() async throws {
    let sandbox = Sandbox(directory: SandboxSupport.newDirectory())
    let status = try await sandbox.up(options: SandboxSupport.options(owned: true))
    let site = try Site.existing(sandbox.directory)
    let all = site.processes.keepers() + site.processes.workers()
    // What the kernel does with our descriptors when we are killed.
    sandbox.dropLifeline()
    try await SandboxSupport.eventually("the sandbox takes itself down") {
      !FileTree.exists(status.directory)
    }
    try await SandboxSupport.eventually("its processes end") {
      !all.contains(where: ProcessTable.isAlive)
    }
  }

  @Test func twoSandboxesLiveSideBySide() async throws {
    try await SandboxSupport.withSandbox { first, firstStatus in
      try await SandboxSupport.withSandbox { _, secondStatus in
        #expect(firstStatus.servers.map(\.port) == secondStatus.servers.map(\.port))
        #expect(firstStatus.servers != secondStatus.servers)
      }
      #expect(try await first.status().servers == firstStatus.servers)
      #expect(try await first.status().isRunning)
    }
  }

  @Test func aLongPathGetsAShortSocketDirectory() async throws {
    let parent = SandboxSupport.newDirectory()
    let middle = "\(parent)/\(String(repeating: "l", count: 80))"
    #expect(mkdir(parent, 0o755) == 0 && mkdir(middle, 0o755) == 0)
    defer {
      rmdir(middle)
      rmdir(parent)
    }
    let directory = "\(middle)/\(String(repeating: "m", count: 60))"
    try await SandboxSupport.withSandbox(in: directory) { _, status in
      #expect(status.isRunning)
      #expect(status.socketDirectory.hasPrefix("/tmp/pgvigil-"))
      #expect(FileTree.exists(status.socketDirectory))
    }
    #expect(FileTree.exists(directory) == false)
  }

  @Test func anEmptyDirectoryIsUsedAndLeftEmpty() async throws {
    let directory = SandboxSupport.newDirectory()
    #expect(mkdir(directory, 0o755) == 0)
    defer { rmdir(directory) }
    let sandbox = Sandbox(directory: directory)
    _ = try await sandbox.up(options: SandboxSupport.options())
    #expect(try await sandbox.down().leftBehind == [])
    #expect(FileTree.names(directory) == [])
  }

  @Test func cancellingUpTakesDownWhatItMade() async throws {
    let directory = SandboxSupport.newDirectory()
    let (steps, continuation) = AsyncStream.makeStream(of: SandboxStep.self)
    let task = Task {
      try await Sandbox(directory: directory).up(options: SandboxSupport.options()) {
        continuation.yield($0)
      }
    }
    for await step in steps where step.title == "started the primary" { break }
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(FileTree.exists(directory) == false)
  }
}

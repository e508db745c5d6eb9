import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite("pgBackRest answers") struct PgBackRestParsingTests {
  @Test func catalogOfARealRepository() throws {
    let json = try Fixture.text("pgbackrest/info")
    let info = try PgBackRestInfo.stanza("demo", in: json)
    let catalog = info.catalog(repository: 1, segmentSize: 16 << 20)
    let second = try #require(catalog.backups.dropFirst().first)
    #expect(catalog.backups.first?.kind == .full)
    #expect(catalog.backups.first?.databaseBytes == 971_463_027)
    #expect(catalog.backups.first?.duration == 4)
    #expect(second.kind == .incremental)
    #expect(second.dependsOn == ["20261122-100443F"])
    #expect(second.repositoryBytes == 111_134_265)
    #expect(second.repositoryAddedBytes == 105_361_688)
    #expect(second.startLSN == LSN(text: "0/47000028"))
    #expect(second.startSegment?.number == 0x47)
    #expect(catalog.encryption == RepositoryEncryption.none)
    #expect(catalog.repositoryStatus == "ok")
  }

  /// A primary that does not answer cannot tell its segment size; a drill with 16 MiB in place of 1 MiB aims beyond
  /// the end of the archive and fails.
  @Test func theCatalogBetraysTheSegmentSize() throws {
    let real = try PgBackRestInfo.stanza("demo", in: Fixture.text("pgbackrest/info"))
    #expect(real.impliedSegmentSize == 16 << 20)
    let json = """
      [{"name":"demo","status":{"code":0,"message":"ok"},"backup":[{"label":"a","type":"full",
      "archive":{"start":"00000001000000000000003F","stop":"00000001000000000000003F"},
      "lsn":{"start":"0/3F003C8","stop":"0/3F0C130"},"timestamp":{"start":1,"stop":2}}]}]
      """
    #expect(try PgBackRestInfo.stanza("demo", in: json).impliedSegmentSize == 1 << 20)
  }

  @Test func anUnknownStanzaIsNamed() throws {
    let json = try Fixture.text("pgbackrest/info")
    #expect(throws: RecoveryError.self) { try PgBackRestInfo.stanza("other", in: json) }
  }

  @Test func aRunningBackupsLockFileTellsHowFarItIs() throws {
    var template = Array("/tmp/pgvigil-lock-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    let path = "\(directory)/demo-backup.lock"
    defer {
      unlink(path)
      rmdir(directory)
    }
    let lock = BackupLock(directory: directory, stanza: "demo")
    #expect(!lock.isHeld)
    #expect(lock.progress() == nil)
    let file = try #require(fopen(path, "w"))
    fputs("{\"execId\":\"1-f\",\"pctCplt\":8288,\"pid\":\(getpid())}", file)
    fclose(file)
    #expect(lock.isHeld)
    #expect(lock.progress()?.fraction == 0.8288)
  }

  @Test func historyGivesEverySwitch() {
    let text = "1\t0/5000000\tno recovery target specified\n\n2\t0/9000000\tbefore 2026\n"
    #expect(
      TimelineSwitch.switches(timeline: 3, text: text) == [
        TimelineSwitch(timeline: 2, parent: 1, switchedAt: LSN(0x500_0000)),
        TimelineSwitch(timeline: 3, parent: 2, switchedAt: LSN(0x900_0000)),
      ])
    #expect(TimelineSwitch.switches(timeline: 2, text: "garbage\n1 nonsense").isEmpty)
  }

  @Test func anObjectStoreHasNoPath() {
    let file = PgBackRestConfiguration(text: "[global]\nrepo1-type=s3\nrepo1-path=/p")
    #expect(RepositoryPlace(file, stanza: "demo", repository: 1).path == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a directory away"))
  func roomIsMeasuredWhereTheRepositoryAndTheDrillsAre() async throws {
    var template = Array("/dev/shm/pgvigil-room-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    let (file, repository) = ("\(directory)/pgbackrest.conf", "\(directory)/repo")
    defer {
      unlink(file)
      rmdir(repository)
      rmdir(directory)
    }
    let stream = try #require(fopen(file, "w"))
    fputs("[global]\nrepo1-path=\(repository)\n[demo]\n", stream)
    fclose(stream)
    mkdir(repository, 0o700)
    // The account may not write beside its repository, so that its drills run in /var/tmp.
    chown(repository, 65534, 65534)
    var declaration = PgBackRestWorld.declaration()
    declaration.options["config"] = .string(file)
    declaration.options["run_as"] = .string("nobody")
    func usage() async throws -> StorageUsage? {
      let engine = try PgBackRestEngine(
        declaration: declaration, environment: .fixed(),
        processes: PgBackRestWorld(world: .happy).processes,
        connect: { PgBackRestWorld(world: .happy).client($0.name) })
      return await engine.observe("settings").storage?.value
    }
    let memory = try #require(LocalFile.room("/dev/shm"))
    let disk = try #require(LocalFile.room("/var/tmp"))
    let elsewhere = try #require(try await usage())
    #expect(elsewhere.repositoryCapacityBytes == memory.capacity)
    #expect(memory.capacity > memory.free)
    let free = try #require(elsewhere.drillFreeBytes)
    #expect(abs(free - disk.free) < abs(free - memory.free))
    declaration.drill.place = directory
    let declared = try #require(try await usage()?.drillFreeBytes)
    #expect(abs(declared - memory.free) < abs(declared - disk.free))
  }

  @Test func theArchiversStatusComesWithACommandThatTellsMore() async throws {
    let engine = try PgBackRestWorld(world: .happy).engine()
    let command = await engine.observe("instance:db1").archive?.value?.checkCommand
    #expect(
      command?.hasPrefix("pgbackrest --config=/nonexistent/pgbackrest.conf --stanza=demo check")
        == true)
  }

  @Test(arguments: [
    ("stanza", OptionValue?.none), ("repository", .string("0")), ("instances", .list([])),
    ("config", .string("relative.conf")),
    ("instances", .list([.map(["name": .string("a"), "conninfo": .string("=broken s3cr3t")])])),
    ("instances", .list([.map(["name": .string("a")])])),
  ])
  func badOptionsNameTheirKeyAndNoSecret(key: String, value: OptionValue?) {
    var declaration = PgBackRestWorld.declaration()
    declaration.options[key] = value
    let error = #expect(throws: RecoveryError.self) {
      try PgBackRestSettings(declaration: declaration)
    }
    #expect(error?.message.contains(key) == true)
    #expect(error?.message.contains("s3cr3t") == false)
  }

  @Test func thePasswordLeavesTheConnectionKeywords() throws {
    let settings = try PgBackRestSettings(declaration: PgBackRestWorld.declaration())
    #expect(settings.instances[0].conninfo == ["host": "db1"])
    #expect(settings.instances[0].password?.revealed == "s3cr3t")
  }

  @Test func permissionDeniedNamesTheAccountAndTheOption() async throws {
    let engine = try PgBackRestWorld(world: .refused).engine()
    let failure = try #require(await engine.observe("catalog").backups?.failure)
    #expect(failure.reason.contains("Permission denied"))
    #expect(failure.remedy.hasPrefix("account "))
    #expect(failure.remedy.contains("run_as"))
  }

  @Test func statusCode99IsNoCatalog() async throws {
    let json = """
      [{"name":"demo","status":{"code":99,"message":"other"},"backup":[],
      "repo":[{"key":1,"status":{"code":99,"message":"[PathOpenError] unable to list file info for path '/r/backup': [13] Permission denied"}}]}]
      """
    let processes = ProcessRunner(
      run: { _ in ProcessResult(status: 0, output: json, error: "") },
      stream: { _ in AsyncThrowingStream { $0.finish() } })
    let engine = try PgBackRestEngine(
      declaration: PgBackRestWorld.declaration(), environment: .fixed(), processes: processes,
      connect: { PgBackRestWorld(world: .happy).client($0.name) })
    let failure = try #require(await engine.observe("catalog").backups?.failure)
    #expect(failure.reason.contains("unable to list file info"))
    #expect(failure.remedy.contains("run_as"))
  }
}

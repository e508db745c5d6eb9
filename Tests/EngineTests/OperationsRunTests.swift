import FoundationEssentials
import Glibc
import RecoveryModel
import Synchronization
import Testing

@testable import DrillParts
@testable import Kubernetes
@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite struct OperationsRunTests {
  typealias F = OperationsFixture

  private static func record(
    _ operations: PgBackRestOperations, _ report: EngineReport
  ) async throws -> DrillRecord {
    let plan = try await operations.plan(.drill(backup: nil), report: report)
    for try await event in operations.start(plan) {
      if case .drillFinished(let record) = event.kind { return record }
    }
    throw RecoveryError(.failed, "no record")
  }

  @Test func `the recovery log of a real drill is understood`() throws {
    let path = #filePath.parentPath + "/Fixtures/drill-recovery.log"
    var log = RecoveryLog()
    for line in try #require(FileText.read(path)).split(separator: "\n") { log.read(String(line)) }
    #expect(log.sawDatabase)
    #expect(log.redoStart == LSN(text: "0/64000028"))
    #expect(log.consistentAt == LSN(text: "0/64000100"))
    #expect(log.restored.first == "000000010000000000000064")
    #expect(log.fatals == [])
    #expect(!log.isReady)
    #expect(log.position(segmentSize: 16 << 20) ?? LSN(0) >= LSN(0x7E00_0000))
  }

  @Test func `the end of recovery, early or not, is read from the log`() {
    var log = RecoveryLog()
    for line in [
      "2026-11-22 11:21:42 UTC [1] LOG:  restored log file \"000000010000000000000064\" from archive",
      "2026-11-22 11:21:42 UTC [1] LOG:  redo starts at 0/64000028",
      "2026-11-22 11:21:43 UTC [1] LOG:  redo done at 0/64FFFF00 system usage: CPU: user: 0.00 s",
      "x [1] LOG:  last completed transaction was at log time 2026-11-22 10:09:13.5+00",
      "2026-11-22 11:21:43 UTC [1] FATAL:  recovery ended before configured recovery target was reached",
    ] { log.read(line) }
    #expect(log.redoDone == LSN(0x64FF_FF00))
    #expect(log.lastTransactionAt == Date(timeIntervalSince1970: 1_795_342_153.5))
    #expect(log.fatals == [RecoveryLog.endedEarly])
    #expect(log.missingSegment(segmentSize: 16 << 20) == "000000010000000000000065")
    log.read("x LOG:  database system is ready to accept read-only connections")
    #expect(!log.isReady)
    log.read("x LOG:  database system is ready to accept connections")
    #expect(log.isReady)
  }

  @Test(
    arguments: [
      ("incorrect resource manager data checksum in record at 0/64000100", true),
      (
        "unexpected pageaddr 0/12000000 in WAL segment 000000010000000000000064, LSN 0/64002000, "
          + "offset 8192", true
      ),
      (
        "invalid magic number 0000 in log segment 000000010000000000000064, offset 0, LSN 0/64000000",
        true
      ),
      ("invalid record length at 0/65000028: expected at least 24, got 0", false),
      ("redo is not required", false),
    ])
  func `a segment that came and cannot be read is named, not the next`(
    message: String, isDamage: Bool
  ) {
    let size = 16 << 20
    var log = RecoveryLog()
    log.read("x LOG:  restored log file \"000000010000000000000064\" from archive")
    log.read("x LOG:  \(message)")
    let told = log.obstacle(segmentSize: size)
    #expect(told.hasPrefix("segment 000000010000000000000064 is damaged") == isDamage, "\(told)")
    #expect(told.contains("000000010000000000000065 is missing") != isDamage)
    // The record may go on in the next one, and that is what lacks then.
    var ending = log
    ending.isNotThere("000000010000000000000065")
    #expect(ending.obstacle(segmentSize: size).contains("000000010000000000000065 is missing"))
    log.read("x LOG:  restored log file \"000000010000000000000065\" from archive")
    #expect(log.obstacle(segmentSize: size).contains("000000010000000000000066 is missing"))
  }

  @Test func `a journal folds states into phases and can be closed by another`() {
    var journal = DrillJournal(
      DrillRecord(
        id: "a", cluster: "demo", engine: "pgbackrest", startedAt: F.now, finishedAt: F.now,
        outcome: .couldNotRun, host: "h", user: "u", version: "1"))
    journal.enter(.planned, elapsed: 0)
    journal.enter(.preflight, elapsed: 1)
    journal.enter(.restoring, elapsed: 2)
    journal.moved(99)
    journal.enter(.preflight, elapsed: 3)
    journal.enter(.destroying, elapsed: 5)
    let closed = journal.closed(at: F.now, elapsed: 6)
    #expect(
      closed.phases == [
        DrillPhase(state: .preflight, seconds: 1),
        DrillPhase(state: .restoring, seconds: 3, bytes: 99),
        DrillPhase(state: .destroying, seconds: 1),
      ])
    let interrupted = journal.interrupted(owner: "x")
    #expect(interrupted.outcome == .couldNotRun)
    #expect(interrupted.finishedAt == interrupted.startedAt.addingTimeInterval(5))
    #expect(interrupted.reason?.hasSuffix(Format.timestamp(interrupted.finishedAt)) == true)
    let heard = interrupted.startedAt.addingTimeInterval(60)
    #expect(journal.interrupted(owner: "x", heard: heard).finishedAt == heard)
    #expect(interrupted.failedIn == .destroying)
    #expect(interrupted.cause == .interrupted)
  }

  @Test(
    "a failure's cause is its state's, unless it is known better",
    arguments: [
      (DrillState.restoring, nil, DrillFailureCause.recovery), (.replaying, nil, .recovery),
      (.smokeTesting, nil, .smokeTest), (.replaying, .timedOut, .timedOut),
      (.provisioning, nil, nil),
    ] as [(DrillState, DrillFailureCause?, DrillFailureCause?)])
  func cause(state: DrillState, known: DrillFailureCause?, expected: DrillFailureCause?) {
    var journal = DrillJournal(
      DrillRecord(
        id: "a", cluster: "demo", engine: "pgbackrest", startedAt: F.now, finishedAt: F.now,
        outcome: .couldNotRun, host: "h", user: "u", version: "1"))
    journal.enter(state, elapsed: 1)
    var cancelled = journal
    journal.conclude(.failed, reason: "r", cause: known)
    #expect(journal.record.cause == expected)
    // A verdict that it had come to outlives the death of its owner.
    journal.enter(.destroying, elapsed: 2)
    let dead = journal.interrupted(owner: "x")
    #expect(dead.cause == expected && dead.failedIn == state && dead.reason == "r")
    cancelled.conclude(.cancelled, reason: "r")
    #expect(cancelled.record.cause == nil)
  }

  @Test func `a drill that runs out of time failed of that, not of its backup`() async throws {
    let place = "/tmp/operations-late-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let stuck = ProcessRunner(
      run: { _ in
        try? await Task.sleep(for: .seconds(600))
        throw RecoveryError(.cancelled, "cancelled")
      }, stream: { _ in AsyncThrowingStream { $0.finish() } })
    let record = try await Self.record(
      F.operations(
        place: place, site: F.site(account: .current), processes: stuck, timeout: 0.01), F.report())
    #expect(record.outcome == .failed)
    #expect(record.cause == .timedOut)
  }

  @Test(.timeLimit(.minutes(30)))
  func `an engine settles only when the drill of an abandoned stream has cleaned up`()
    async throws
  {
    let (looks, looked) = AsyncStream.makeStream(of: Void.self)
    let cleaned = Mutex(false)
    let processes = ProcessRunner(
      run: { _ in
        looked.finish()
        try? await Task.sleep(for: .seconds(600))
        // What cannot be cancelled: the end of a program that was told to end.
        await Task.detached { for _ in 0..<1000 { await Task.yield() } }.value
        cleaned.withLock { $0 = true }
        throw RecoveryError(.cancelled, "cancelled")
      }, stream: { _ in AsyncThrowingStream { $0.finish() } })
    var declaration = PgBackRestWorld.declaration()
    declaration.drill.place =
      "/tmp/operations-left-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let engine: any BackupEngine = try PgBackRestEngine(
      declaration: declaration, environment: .fixed(), processes: processes,
      connect: { PgBackRestWorld(world: .happy).client($0.name) })
    let plan = try await engine.plan(.drill(backup: nil), report: F.report())
    let (pauses, paused) = AsyncStream.makeStream(of: Void.self)
    let reader = Task {
      var events = engine.start(plan).makeAsyncIterator()
      _ = try await events.next()
      // Between two reads; a cancelled task comes out of it.
      for await _ in pauses {}
      return try await events.next()
    }
    for await _ in looks {}
    reader.cancel()
    paused.finish()
    _ = try? await reader.value
    let record = await engine.settled(plan)
    #expect(cleaned.withLock { $0 })
    #expect(record?.outcome == .cancelled)
    #expect(await engine.settled(plan) == nil, "a record is given once")
  }

  @Test func `a place inside production, the repository or another's hands is refused`() throws {
    let root = "/tmp/operations-pure-" + String(UInt64.random(in: .min ... .max), radix: 36)
    defer { remove(root) }
    mkdir(root, 0o700)
    let file = "[global]\nrepo1-path=\(root)/repo\n[demo]\npg1-path=\(root)/data\n"
    let site = F.site(file: file)
    let made = ["repo", "data", "alien", "open", "drills"].map { root + "/" + $0 }
    for path in made { mkdir(path, 0o700) }
    defer { for path in made { rmdir(path) } }
    symlink(root + "/drills", root + "/link")
    defer { unlink(root + "/link") }
    chmod(root + "/open", 0o777)
    func objection(_ path: String) -> String? { DrillPlace(path: path).objection(site: site.host) }
    #expect(objection(root + "/drills") == nil)
    #expect(objection(root + "/new") == nil)
    #expect(objection(root + "/data")?.contains("data directory") == true)
    #expect(objection(root + "/data/deeper")?.contains("data directory") == true)
    #expect(objection(root + "/repo")?.contains("repository") == true)
    #expect(objection(root + "/link")?.contains("symbolic link") == true)
    #expect(objection(root + "/open")?.contains("others") == true)
    #expect(objection("relative") != nil)
    #expect(objection("/does/not/exist") != nil)
  }

  @Test func `a drill that cannot look at the catalog did not run`() async throws {
    let place = "/tmp/operations-none-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let failing = ProcessRunner.answering { _ in
      ProcessResult(status: 55, output: "", error: "ERROR: [055]: unable to open it")
    }
    let record = try await Self.record(
      F.operations(place: place, site: F.site(account: .current), processes: failing), F.report())
    #expect(record.outcome == .couldNotRun)
    #expect(record.failedIn == .preflight)
    #expect(record.reason?.contains("unable to open it") == true)
    #expect(!FileText.exists(place))
  }

  @Test func `a backup that the catalog does not hold afterwards is not done`() async throws {
    let info = """
      [{"name":"demo","backup":[],"db":[],"status":{"code":2,"message":"no valid backups"}}]
      """
    let lying = ProcessRunner.answering { request in
      request.arguments.last == "backup"
        ? ProcessResult(status: 0, output: "P00   INFO: new backup label = X", error: "")
        : ProcessResult(status: 0, output: info, error: "")
    }
    let operations = F.operations(processes: lying)
    let plan = try await operations.plan(.backup(.full), report: F.report())
    await #expect(throws: RecoveryError.self) {
      for try await event in operations.start(plan) {
        if case .backupFinished = event.kind { Issue.record("called done") }
      }
    }
  }

  @Test func `smoke tests pass only when all of them were judged and none failed`() {
    func result(_ passed: Bool?) -> SmokeTestResult {
      SmokeTestResult(
        name: "t", answer: nil, rows: nil, production: nil, expectation: "", passed: passed,
        detail: "d", seconds: 0)
    }
    #expect(SmokeTestRun.verdict([result(true)]).outcome == .passed)
    #expect(SmokeTestRun.verdict([result(true), result(false)]).outcome == .failed)
    #expect(SmokeTestRun.verdict([result(nil)]).outcome == .notTested)
    #expect(SmokeTestRun.verdict([]).outcome == .notTested)
    let partial = SmokeTestRun.verdict([result(true), result(nil)])
    #expect(partial.outcome == .notTested)
    #expect(partial.reason?.contains("t: d") == true)
  }

  @Test func `the lock file's hundredths of a percent are read`() {
    let lock = BackupProgressFile(text: #"{"execId":"17645-f2fd5b33","pctCplt":8288,"pid":17645}"#)
    #expect(lock?.fraction == 0.8288)
    #expect(BackupProgressFile(text: #"{"execId":"1","pid":1}"#)?.fraction == nil)
    #expect(BackupProgressFile(text: "") == nil)
  }
}

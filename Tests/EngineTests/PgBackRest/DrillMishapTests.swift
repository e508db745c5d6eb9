import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// What befalls a drill on its machine proves nothing; what the repository holds does.
@Suite("Mishaps of a drill and proofs against a backup") struct DrillMishapTests {
  typealias F = OperationsFixture

  private static func name(_ number: UInt64) -> String {
    F.segment(number).name(segmentSize: F.size)
  }

  @Test func aDrillOnTheStandInPasses() async throws {
    let record = try await StandInDrill().run()
    #expect(record.outcome == .passed, "\(record)")
    #expect(record.leftBehind == [])
  }

  @Test(
    "a restore that this machine ended proves nothing",
    arguments: [
      (StandInDrill.End(137), "SIGKILL"), (.init(143), "SIGTERM"),
      (.init(63, "P00  ERROR: [063]: terminated on signal [SIGTERM]"), "SIGTERM"),
      (.init(102, "P00  ERROR: [102]: local-1 terminated unexpectedly on signal 9"), "SIGKILL"),
      (.init(42, "P00  ERROR: [042]: unexpected eof while reading line"), "eof"),
      (
        .init(32, "P00  ERROR: [032]: '//x' must not contain // for 'pg1-path'"), "must not contain"
      ),
      (.init(64, "P00  ERROR: [064]: unable to write '/x': [28] No space left on device"), "full"),
      (.init(64, "P00  ERROR: [064]: unable to write '/x': [30] Dateisystem"), "read-only"),
      (.init(41, "P00  ERROR: [041]: unable to open file '/x' for read: [13] verboten"), "right"),
      (.init(47, "P00  ERROR: [047]: unable to create path '/x'"), "create path"),
      (.init(49, "P00  ERROR: [049]: unable to connect to 'repo:8432'"), "no answer"),
      (.init(50, "P00  ERROR: [050]: unable to acquire lock"), "acquire lock"),
      (.init(25, "P00 ASSERT: [025]: x"), "status 25"),
    ] as [(StandInDrill.End, String)])
  func interrupted(restore: StandInDrill.End, word: String) async throws {
    var drill = StandInDrill()
    drill.restore = restore
    let record = try await drill.run()
    #expect(record.outcome == .couldNotRun, "\(record)")
    #expect(record.failedIn == .restoring)
    #expect(record.cause == nil)
    #expect(record.reason?.contains(word) == true, "\(record.reason ?? "")")
    #expect(record.reason?.contains("nothing is proven of the backup") == true)
  }

  @Test(
    "a restore that could not read what the repository holds is a proof",
    arguments: [
      "[026]: error restoring '/x': actual checksum 'a' does not match expected checksum 'b'",
      "[029]: unexpected eof in compressed data",
      "[055]: raised from local-1 protocol: unable to open missing file '/repo/x' for read",
      "[041]: unable to open file '/repo/x' for read: [5] Input/output error",
      "[042]: unable to read '/repo/x': [5] Input/output error",
      "[075]: no backup set found to restore", "[095]: cipher header invalid",
    ])
  func unreadable(said: String) async throws {
    var drill = StandInDrill()
    drill.restore = .init(Int32(said.dropFirst().prefix(3)) ?? 0, "P00  ERROR: " + said)
    let record = try await drill.run()
    #expect(record.outcome == .failed, "\(record)")
    #expect(record.cause == .recovery)
  }

  @Test(
    "a copy that this machine ended proves nothing",
    arguments: [
      (.init(137, "x LOG:  database system was interrupted"), "SIGKILL"),
      (
        .init(
          1, "x LOG:  database system was interrupted",
          "x LOG:  startup process (PID 9) was terminated by signal 9: Killed"), "SIGKILL"
      ),
      (
        .init(
          0, "x LOG:  database system was interrupted", "x LOG:  received fast shutdown request"),
        "asked"
      ),
      (
        .init(1, "x FATAL:  could not map anonymous shared memory: Cannot allocate memory"),
        "memory"
      ),
      (
        .init(1, "x FATAL:  could not access file \"pg_stat_statements\": No such file"), "settings"
      ),
      (
        .init(
          1, "x LOG:  database system was interrupted",
          "x PANIC:  could not write to file \"pg_wal/xlogtemp.9\": No space left on device"),
        "full"
      ),
      (
        .init(
          1, "x LOG:  database system was interrupted",
          "x FATAL:  could not restore file \"000000010000000000000019\" from archive: "
            + "child process was terminated by signal 9: Killed"), "SIGKILL"
      ),
      (
        StandInDrill.halted(
          at: 27, "P00  ERROR: [064]: unable to write '/x': [28] No space left on device"), "full"
      ),
      (StandInDrill.halted(at: 27, "P00  ERROR: [049]: unable to connect to 'repo'"), "no answer"),
    ] as [(StandInDrill.End, String)])
  func fallen(server: StandInDrill.End, word: String) async throws {
    var drill = StandInDrill()
    drill.server = server
    let record = try await drill.run()
    #expect(record.outcome == .couldNotRun, "\(record)")
    #expect(record.failedIn == .replaying)
    #expect(record.reason?.contains(word) == true, "\(record.reason ?? "")")
  }

  @Test func aSettingOfOurOwnIsNamed() async throws {
    var drill = StandInDrill()
    drill.settings.sharedBuffers = "99999TB"
    drill.server = .init(1, "x FATAL:  invalid value for parameter \"shared_buffers\": \"99999TB\"")
    let record = try await drill.run()
    #expect(record.outcome == .couldNotRun, "\(record)")
    #expect(record.reason?.contains("drill.shared_buffers is 99999TB") == true)
  }

  @Test(
    "a copy that fell over what it was restored from is a proof",
    arguments: [
      .init(1, "x FATAL:  incorrect checksum in control file"),
      .init(1, "x FATAL:  could not open file \"global/pg_control\": No such file or directory"),
      .init(
        1, "x LOG:  database system was interrupted",
        "x PANIC:  could not locate a valid checkpoint record"),
      .init(
        1, "x LOG:  database system was interrupted",
        "x LOG:  startup process (PID 9) was terminated by signal 11: Segmentation fault"),
      StandInDrill.halted(at: 27),
      // It got over an archive that did not answer, and then found none.
      StandInDrill.halted(
        at: 27, "P00  ERROR: [049]: unable to connect to 'repo'",
        "x LOG:  restored log file \"\(name(27))\" from archive"),
      StandInDrill.halted(at: 27, "P00  ERROR: [026]: checksum of the segment does not match"),
    ] as [StandInDrill.End])
  func broken(server: StandInDrill.End) async throws {
    var drill = StandInDrill()
    drill.server = server
    let record = try await drill.run()
    #expect(record.outcome == .failed, "\(record)")
    #expect(record.cause == .recovery)
  }

  @Test func aHoleThatIsKnownIsNoMishapOfAFullPlace() async throws {
    var drill = StandInDrill()
    drill.archived = [25, 26, 28, 29]
    drill.server = StandInDrill.halted(
      at: 27, "x LOG:  could not write temporary statistics file: No space left on device")
    let record = try await drill.run()
    #expect(record.outcome == .failed)
    #expect(record.reason?.contains("segment \(Self.name(27)) is missing") == true)
  }

  @Test("a copy that is taken away under its tests was not tested", arguments: [true, false])
  func takenAway(crashes: Bool) async throws {
    var drill = StandInDrill()
    if crashes {
      drill.server.lines.append(
        "x LOG:  server process (PID 7) was terminated by signal 11: Segmentation fault")
      drill.server.status = 1
    } else {
      drill.server.status = 137
    }
    drill.answer = { _ in throw RecoveryError(.unreachable, "no connection to the copy") }
    let record = try await drill.run()
    #expect(record.outcome == (crashes ? .failed : .notTested), "\(record)")
    #expect(record.tests.map(\.passed) == [crashes ? false : nil])
    #expect(record.measuredRTO != nil)
    #expect(record.reason?.contains("SIGKILL") == !crashes)
  }

  @Test(
    "a test that cannot be put is not run, one that the data fail is failed",
    arguments: [
      ("42601", nil), ("25006", nil), ("42501", nil), ("28000", nil), ("53100", nil),
      ("53200", nil), ("57P01", nil), ("42P01", false), ("42883", false), ("XX001", false),
      ("58P01", false), ("3D000", false), ("22P02", false),
    ] as [(String, Bool?)])
  func refusedTests(state: String, passed: Bool?) async throws {
    var drill = StandInDrill()
    drill.answer = { _ in
      throw RecoveryError(.failed, "the words of \(state)", detail: .sqlState(state))
    }
    let record = try await drill.run()
    #expect(record.tests.map(\.passed) == [passed])
    #expect(record.outcome == (passed == nil ? .notTested : .failed))
    #expect(record.reason?.contains("the words of \(state)") == true)
  }

  @Test func aTestOfTwoColumnsIsNotRunAndOneWithoutARowHasFailed() async throws {
    var drill = StandInDrill()
    drill.answer = { _ in SQLRows(columns: ["a", "b"], rows: [["1", "2"]]) }
    #expect(try await drill.run().outcome == .notTested)
    drill.answer = { _ in SQLRows(columns: ["a"], rows: [["1"], ["2"]]) }
    #expect(try await drill.run().outcome == .notTested)
    drill.answer = { _ in SQLRows(columns: ["a"], rows: []) }
    #expect(try await drill.run().outcome == .failed)
  }

  @Test("what production lacks too the copy has not lost", arguments: ["3D000", "42P01", "42883"])
  func missingEverywhere(state: String) async throws {
    var drill = StandInDrill()
    let lacking: @Sendable (String) throws -> SQLRows = { _ in
      throw RecoveryError(.failed, "is not there", detail: .sqlState(state))
    }
    drill.answer = lacking
    drill.production = lacking
    let record = try await drill.run()
    #expect(record.tests.map(\.passed) == [nil])
    #expect(record.reason?.contains("production answers the same") == true)
  }

  @Test func aTestThatRanOutOfTimeWasNotRun() async throws {
    var drill = StandInDrill()
    drill.answer = { _ in
      throw RecoveryError(.timedOut, "statement timeout", detail: .sqlState("57014"))
    }
    let record = try await drill.run()
    #expect(record.outcome == .notTested)
    #expect(record.reason?.contains("its timeout") == true)
  }

  @Test(
    "paths without double slashes",
    arguments: [
      ("/", "/pgvigil-drill-abc"), ("/srv//drills/", "/srv/drills/pgvigil-drill-abc"),
      ("//srv", "/srv/pgvigil-drill-abc"), ("relative", "relative/pgvigil-drill-abc"),
    ])
  func places(place: String, path: String) {
    let place = DrillPlace(path: place)
    let directory = DrillDirectory(place: place.path, id: "abc")
    #expect(directory.path == path)
    #expect(!directory.data.contains("//") && !directory.socketDirectory.contains("//"))
    #expect((place.objection(site: F.site().host) == nil) == (place.path.hasPrefix("/")))
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG
@testable import DrillParts
@testable import Kubernetes
@testable import PgBackRest
@testable import Transports

/// Logs of recoveries on a real node with a real operator, read as a drill reads them.
struct RecordedRecoveryTests {
  struct Line: Sendable {
    var text: String
    /// Seconds since the Cluster was made.
    var written: Double
  }

  /// When the recording's Cluster was made.
  static let made = [
    "good": "2026-11-29T03:48:57.8Z", "plugin": "2026-11-29T04:13:38.0Z",
    "unreachable": "2026-11-29T03:50:58.666Z",
  ]

  static func lines(_ name: String) throws -> [Line] {
    let start = try #require(kubernetesDate(made[name]))
    let path = #filePath.parentPath.parentPath + "/Fixtures/recovery-\(name).log"
    let text = try #require(FileText.read(path), "no \(path)")
    return text.split(separator: "\n").map { line in
      let stamp = String(line).between("\"ts\":\"", and: "\"")
      return Line(
        text: String(line),
        written: kubernetesDate(stamp)?.timeIntervalSince(start) ?? 0)
    }
  }

  /// How late each line is read.
  enum Reading: CaseIterable {
    case atOnce, slowly, inBursts, afterwards

    func delay(_ index: Int, _ line: Line, end: Double) -> Double {
      switch self {
      case .atOnce: 0.02
      case .slowly: 0.02 + Double(index % 7) * 0.3
      case .inBursts: (line.written / 4).rounded(.up) * 4 - line.written + 0.02
      // A stream that broke and was begun anew at the very end.
      case .afterwards: end - line.written + 0.02
      }
    }
  }

  private static func read(_ lines: [Line], _ reading: Reading) -> CopyLog {
    var log = CopyLog()
    let end = lines.map(\.written).max() ?? 0
    for (index, line) in lines.enumerated() {
      _ = log.read(line.text, at: line.written + reading.delay(index, line, end: end))
    }
    return log
  }

  @Test(arguments: Reading.allCases)
  func `phases are what happened, however late the log was read`(reading: Reading) throws {
    let log = Self.read(try Self.lines("good"), reading)
    let times = log.moments.elapsed
    func isAbout(_ state: DrillState, _ seconds: Double) -> Bool {
      times[state].map { abs($0 - seconds) < 0.3 } ?? false
    }
    // 3 segments of 0.7 s each were replayed; before, everything up to the healthy cluster counted: 28 s.
    #expect(isAbout(.restoring, 3.7) && isAbout(.replaying, 7.4), "\(times)")
    #expect(isAbout(.starting, 11.6) && isAbout(.handingOver, 13.8), "\(times)")
    #expect(log.recovery.restored.count == 3)
    #expect(log.recovery.redoDone == LSN(text: "0/7067AA8"))
  }

  @Test(arguments: Reading.allCases)
  func `the plugin's lines of its own container change nothing`(reading: Reading) throws {
    let times = Self.read(try Self.lines("plugin"), reading).moments.elapsed
    let states: [DrillState] = [.restoring, .replaying, .starting, .handingOver]
    let told = states.compactMap { times[$0] }
    #expect(told.count == 4 && told == told.sorted(), "\(times)")
    #expect(abs((told.first ?? 0) - 8.3) < 0.3 && abs((told.last ?? 0) - 19.8) < 0.3, "\(told)")
  }

  /// Streams of two containers overtake each other.
  @Test func `a line that another container wrote before is no second try`() throws {
    let lines = try Self.lines("plugin")
    let own = lines.filter { $0.text.contains("Downloading") || $0.text.contains("barman-cloud") }
    let others = lines.filter { line in !own.contains { $0.text == line.text } }
    let times = Self.read(others + own, .afterwards).moments.elapsed
    #expect(times.count == 4, "\(times)")
  }

  @Test func `what every good recovery says is no error`() throws {
    for name in ["good", "plugin"] {
      #expect(Self.read(try Self.lines(name), .atOnce).errors == [], "\(name)")
    }
  }

  @Test func `a target that cannot be reached is told by its cause, not by the last line`() throws {
    let log = Self.read(try Self.lines("unreachable"), .atOnce)
    #expect(log.errors.last?.contains("connect: no such file or directory") == true)
    guard case .failed(let words) = RecoveryFailureText.end(of: log.errors, fallback: "it failed")
    else { return #expect(Bool(false), "no failure") }
    #expect(words.contains(RecoveryLog.endedEarly) && !words.contains("no such file"), "\(words)")
    #expect(log.recovery.lastTransactionAt != nil)
    #expect(log.recovery.missingSegment(segmentSize: 16 << 20) == "000000010000000000000009")
    #expect(log.moments.state == .starting)
  }

  @Test(
    arguments: [
      "SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "ExpiredToken",
      "RequestTimeTooSkewed", "NoSuchBucket",
    ])
  func `refused credentials are the reason, wherever the line holds them`(code: String) {
    let sentence = "An error occurred (\(code)) when calling the ListObjectsV2 operation: None"
    let lines = [
      #"{"level":"info","msg":"Recovering from external cluster"}"#,
      #"{"level":"error","logger":"barman","msg":"Error invoking barman-cloud-backup-list","#
        + #""stderr":"2026-11-29 03:51:19,000 [21] ERROR: Barman cloud backup list exception: "#
        + sentence + #"\n","error":"exit status 4"}"#,
      #"{"level":"error","msg":"restore error","error":"while restoring cluster: exit status 4"}"#,
    ]
    var log = CopyLog()
    for line in lines { _ = log.read(line, at: 1) }
    let end = RecoveryFailureText.end(of: log.errors, fallback: "the recovery failed twice")
    #expect(
      end == .credentialsRefused("the object store refuses the credentials: \(sentence)"),
      "\(end)")
  }
}

/// psql's part of a drill, by `kubectl exec`.
@Suite(.closingServers) struct CopyExecTests {
  private func exec(_ result: ProcessResult) async throws -> CopyExec {
    CopyExec(
      site: try await OperationsStage().site, namespace: "drills", pod: "copy-1",
      kubectl: "kubectl",
      processes: ProcessRunner(
        run: { _ in result }, stream: { _ in AsyncThrowingStream { $0.finish() } }))
  }

  @Test(.timeLimit(.minutes(30))) func `a table comes back as it was`() async throws {
    let text = "name,note\n\"a,b\",\"say \"\"x\"\"\nagain\"\nplain,\u{1F}null\n,\n"
    let rows = try await exec(ProcessResult(status: 0, output: text, error: ""))
      .query("SELECT 1", in: "app", 1)
    #expect(rows.columns == ["name", "note"])
    #expect(rows.rows == [["a,b", "say \"x\"\nagain"], ["plain", nil], ["", ""]])
  }

  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      (
        1,
        "ERROR:  42P01: relation \"nothing\" does not exist\nLINE 1: SELECT\nLOCATION: x\n"
          + "command terminated with exit code 1", RecoveryError.Code.failed, "does not exist"
      ),
      (
        1,
        "ERROR:  57014: canceling statement due to statement timeout\n"
          + "command terminated with exit code 1", .timedOut, "statement timeout"
      ),
      (
        2,
        "psql: error: connection to server on socket \"/controller/run/.s.PGSQL.5432\" failed: "
          + "No such file or directory\ncommand terminated with exit code 2", .failed,
        "takes no connection"
      ),
      (
        1, "Error from server (Forbidden): pods \"copy-1\" is forbidden", .unreachable, "forbidden"
      ),
      (137, "", .unreachable, "it said nothing"),
    ] as [(Int32, String, RecoveryError.Code, String)])
  func `an answer of PostgreSQL is told from one of kubectl`(
    status: Int32, error: String, code: RecoveryError.Code, words: String
  ) async throws {
    let exec = try await exec(ProcessResult(status: status, output: "", error: error))
    let thrown = await #expect(throws: RecoveryError.self) {
      try await exec.query("SELECT 1", in: "app", 1)
    }
    #expect(thrown?.code == code && thrown?.message.contains(words) == true, "\(thrown as Any)")
  }

  @Test(.timeLimit(.minutes(30))) func `nothing goes through a shell, and psql gets no command`()
    async throws
  {
    let exec = try await exec(ProcessResult(status: 0, output: "", error: ""))
    let request = exec.request("SELECT '$(id)'", in: "a b=c", 60)
    #expect(request.arguments.last == "SELECT '$(id)'")
    #expect(request.arguments.contains("PGDATABASE=a b=c"))
    #expect(request.arguments.contains { $0.contains("default_transaction_read_only=on") })
    await #expect(throws: RecoveryError.self) { try await exec.query(" \\! id", in: "app", 1) }
  }
}

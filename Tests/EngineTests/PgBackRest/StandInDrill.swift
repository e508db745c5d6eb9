import FoundationEssentials
import Glibc
import Synchronization

@testable import DrillParts
@testable import PgBackRest
@testable import RecoveryModel
@testable import Transports

/// A whole drill through pgBackRest of which only the directory is real: what its programs say is the test's.
struct StandInDrill: Sendable {
  typealias F = OperationsFixture

  /// A program's end and the lines before it.
  struct End: Sendable {
    var status: Int32
    var lines: [String]

    init(_ status: Int32, _ lines: String...) {
      self.status = status
      self.lines = lines
    }
  }

  var restore = End(0)
  /// Every start of the server ends so; what follows its readiness comes while it is tested.
  var server = Self.ready
  var settings = DrillSettings()
  var tests = [SmokeTest(name: "rows", sql: "SELECT count(*) FROM t", expectation: .atLeast(1))]
  /// Where it is to go; nil = the end of the archive.
  var moment: RecoveryMoment?
  /// Archived segments: without holes unless a test makes one.
  var archived: [UInt64] = [25, 26, 27, 28, 29]
  var answer: @Sendable (_ sql: String) throws -> SQLRows = { _ in
    SQLRows(columns: ["count"], rows: [["7"]])
  }
  var production: @Sendable (_ sql: String) throws -> SQLRows = { _ in
    SQLRows(columns: ["count"], rows: [["7"]])
  }

  static let ready = End(
    0, "x LOG:  database system was interrupted; last known up at 2026-11-22 10:06:46 UTC",
    "x LOG:  redo starts at 0/1900028", "x LOG:  redo done at 0/1D00000 system usage: x",
    "x LOG:  database system is ready to accept connections")

  /// What a server says that came to the segment `number` and no further.
  static func halted(at number: UInt64, _ more: String...) -> End {
    let lines =
      (25..<number).map { segment in
        "x LOG:  restored log file \"\(F.segment(segment).name(segmentSize: F.size))\" from archive"
      } + more + ["x FATAL:  \(RecoveryLog.endedEarly)"]
    var end = End(
      1, "x LOG:  database system was interrupted; last known up at 2026-11-22 10:06:46 UTC",
      "x LOG:  redo starts at 0/1900028")
    end.lines += lines
    return end
  }

  func run() async throws -> DrillRecord {
    let root = "/tmp/stand-in-drill-" + String(UInt64.random(in: .min ... .max), radix: 36)
    mkdir(root, 0o700)
    let programs = root + "/bin"
    mkdir(programs, 0o700)
    _ = Glibc.close(open(programs + "/postgres", O_CREAT | O_WRONLY, 0o700))
    defer {
      unlink(programs + "/postgres")
      for path in [programs, root + "/drills", root] { rmdir(path) }
    }
    var site = F.site(account: .current)
    site.programs = programs
    site.addresses = ["db1": ["host": "db1", "user": "tester"]]
    site.database = "app"
    var settings = settings
    settings.place = settings.place ?? root + "/drills"
    let operations = PgBackRestOperations(
      declaration: ClusterDeclaration(
        name: "demo", engine: "pgbackrest", smokeTests: tests, drill: settings),
      site: site,
      environment: EngineEnvironment(
        now: { F.now }, host: "here", user: "tester", newID: { "abc" }, version: "test"),
      processes: processes, connect: client)
    var report = F.report(archive: F.archive(archived.map { F.segment($0) }))
    let primary = Instance(name: "db1", role: .primary, state: .running, observedAt: F.now)
    report.instances = .value([primary], source: "test", at: F.now)
    let plan =
      if let moment {
        try await operations.plan(
          drillTo: .reachable(moment, from: F.backup, now: F.now), report: report)
      } else { try await operations.plan(.drill(backup: nil), report: report) }
    for try await event in operations.start(plan) {
      if case .drillFinished(let record) = event.kind { return record }
    }
    throw RecoveryError(.failed, "no record")
  }

  @Sendable private func client(of address: [String: String]) -> SQLClient {
    let production = production
    return address["host"] == "db1"
      ? SQLClient(query: { sql, _ in try production(sql) }, close: {})
      : SQLClient(query: query, close: {})
  }

  @Sendable private func query(_ sql: String, _ deadline: Double) async throws -> SQLRows {
    if sql == "SELECT 1" { return SQLRows(columns: ["?column?"], rows: [["1"]]) }
    guard sql.contains("archiving") else { return try answer(sql) }
    return SQLRows(
      columns: ["recovering", "archiving", "replayed"], rows: [["false", "off", "0/1D00000"]])
  }

  private var processes: ProcessRunner {
    ProcessRunner(
      run: { request in
        switch request.arguments.last {
        case "info": return ProcessResult(status: 0, output: Self.info, error: "")
        case _ where request.arguments.contains("repo-ls"):
          let hash = String(repeating: "0", count: 40)
          return ProcessResult(status: 0, output: "\(Self.first)-\(hash).lz4\n", error: "")
        default: return try await ProcessRunner.live.run(request)
        }
      },
      stream: { request in
        if request.arguments.last == "restore" {
          if restore.status == 0 { Self.makeData(request) }
          return Self.play(restore)
        }
        return Self.play(server)
      })
  }

  private static let first = F.segment(25).name(segmentSize: F.size)

  private static let info = """
    [{"name":"demo","status":{"code":0,"message":"ok"},"db":[{"id":1,"version":"15"}],
    "backup":[{"label":"\(F.backup.id)","type":"full","database":{"id":1},
    "archive":{"start":"\(first)","stop":"\(first)"}}]}]
    """

  /// What the drill itself reads of a restored directory.
  private static func makeData(_ request: ProcessRequest) {
    guard let path = request.arguments.lazy.compactMap({ $0.after("--pg1-path=") }).first else {
      return
    }
    mkdir(path, 0o700)
    for (name, text) in [("PG_VERSION", "15\n"), ("postgresql.conf", "\n")] {
      let descriptor = open(path + "/" + name, O_CREAT | O_WRONLY, 0o600)
      _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      close(descriptor)
    }
  }

  private static func play(_ end: End) -> AsyncThrowingStream<ProcessEvent, any Error> {
    AsyncThrowingStream { continuation in
      for line in end.lines { continuation.yield(.errorLine(line)) }
      continuation.yield(.exited(status: end.status))
      continuation.finish()
    }
  }
}

extension RecoveryOutlook {
  /// A moment that all is there for.
  static func reachable(
    _ moment: RecoveryMoment, from base: Backup, now: Date
  ) -> RecoveryOutlook {
    var at: Date?
    if case .time(let time) = moment.target { at = time }
    return RecoveryOutlook(
      cluster: "demo", moment: moment, effective: moment, standing: .reachable, at: at, base: base,
      loss: .unknown, now: now)
  }
}

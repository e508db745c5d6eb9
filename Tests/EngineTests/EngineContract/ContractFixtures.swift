import FoundationEssentials
import LocalFiles
import RecoveryModel
import Synchronization
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// How the outside world behaves towards an engine under test.
enum World: String, CaseIterable, Sendable {
  case happy, empty, truncated, refused, silent, huge
}

/// What the contract suite needs of one engine: an instance of it in a faked world.
struct ContractFixture: Sendable, CustomTestStringConvertible {
  var id: String
  /// It lists the archive itself.
  var listsArchive: Bool
  /// Servers are asked too.
  var asksServers = true
  var make: @Sendable (World) throws -> any BackupEngine
  var testDescription: String { id }

  static let all: [ContractFixture] = [
    ContractFixture(id: "pgbackrest", listsArchive: true) {
      try PgBackRestWorld(world: $0).engine()
    },
    ContractFixture(id: "cloudnativepg", listsArchive: false) {
      try CloudNativePGWorld(world: $0).engine()
    },
    ContractFixture(id: "barman-cloud", listsArchive: true) {
      try BarmanCloudWorld(world: $0, hasServers: true).engine()
    },
    ContractFixture(id: "store", listsArchive: true, asksServers: false) {
      try BarmanCloudWorld(world: $0, hasServers: false).engine()
    },
  ]
}

extension EngineEnvironment {
  static func fixed(
    now: @escaping @Sendable () -> Date = { Date(timeIntervalSince1970: 1_795_350_000) }
  ) -> EngineEnvironment {
    EngineEnvironment(now: now, host: "host", user: "user", newID: { "abc123" }, version: "0")
  }
}

/// pgBackRest and PostgreSQL as closures.
struct PgBackRestWorld: Sendable {
  var world: World
  var requests = Recorder()

  final class Recorder: Sendable {
    private let seen = Mutex<[ProcessRequest]>([])
    func add(_ request: ProcessRequest) { seen.withLock { $0.append(request) } }
    var all: [ProcessRequest] { seen.withLock { $0 } }
  }

  static func declaration(_ instances: [String] = ["db1", "db2"]) -> ClusterDeclaration {
    ClusterDeclaration(
      name: "demo", engine: "pgbackrest",
      options: [
        "stanza": .string("demo"), "config": .string("/nonexistent/pgbackrest.conf"),
        "instances": .list(
          instances.map {
            .map(["name": .string($0), "conninfo": .string("host=\($0) password=s3cr3t")])
          }),
      ])
  }

  func engine() throws -> PgBackRestEngine {
    try PgBackRestEngine(
      declaration: Self.declaration(), environment: .fixed(), processes: processes,
      connect: { client($0.name) })
  }

  var processes: ProcessRunner {
    ProcessRunner(
      run: { request in
        requests.add(request)
        return try await answer(request)
      },
      stream: { _ in AsyncThrowingStream { $0.finish() } })
  }

  private func answer(_ request: ProcessRequest) async throws -> ProcessResult {
    let listing = request.arguments.contains("repo-ls")
    if world == .happy, listing, request.arguments.last?.hasPrefix("backup/") == true {
      return ProcessResult(status: 0, output: Self.backupListing, error: "")
    }
    switch world {
    case .happy:
      return ProcessResult(
        status: 0, output: try Fixture.text(listing ? "pgbackrest/repo-ls" : "pgbackrest/info"),
        error: "")
    case .empty:
      let info = """
        [{"backup":[],"cipher":"none","db":[],"name":"demo","repo":[],
        "status":{"code":2,"message":"no valid backups"}}]
        """
      return ProcessResult(status: 0, output: listing ? "{}" : info, error: "")
    case .truncated:
      let text = try Fixture.text(listing ? "pgbackrest/repo-ls" : "pgbackrest/info")
      return ProcessResult(status: 0, output: String(text.prefix(text.count / 2)), error: "")
    case .refused:
      return ProcessResult(
        status: 41, output: "",
        error: "P00  ERROR: [041]: unable to open '/r/backup.info': [13] Permission denied\n")
    case .silent:
      throw RecoveryError(.timedOut, "pgbackrest did not end within 20s and was killed")
    case .huge:
      return ProcessResult(status: 0, output: listing ? hugeListing : hugeInfo, error: "")
    }
  }

  private static let backupListing = """
    {".":{"type":"path"},"backup.manifest":{"type":"file","size":1000,"time":1},
    "pg_data/base.tar":{"type":"file","size":1000000000000,"time":1}}
    """

  private var hugeListing: String {
    let entries = (0..<20_000).map { number in
      let name = WALSegment(timeline: 1, number: UInt64(number)).name(segmentSize: 16 << 20)
      return "\"15-1/\(name.prefix(16))/\(name)-0123456789abcdef0123456789abcdef01234567.lz4\":"
        + "{\"type\":\"file\",\"size\":\(number + 100),\"time\":1795341793}"
    }
    return "{" + entries.joined(separator: ",") + "}"
  }

  private var hugeInfo: String {
    let backups = (0..<2_000).map { number in
      "{\"label\":\"B\(number)\",\"type\":\"full\",\"timestamp\":{\"start\":\(number),\"stop\":\(number + 1)}}"
    }
    return
      "[{\"name\":\"demo\",\"status\":{\"code\":0,\"message\":\"ok\"},\"backup\":[\(backups.joined(separator: ","))]}]"
  }

  func client(_ name: String) -> SQLClient {
    SQLClient(
      query: { sql, _ in
        switch world {
        case .refused:
          throw RecoveryError(
            .denied, "no connection to \(name): refused (SQLSTATE 28P01)",
            detail: .sqlState("28P01"))
        case .silent: throw RecoveryError(.timedOut, "\(name) did not answer within 3s")
        case .empty: return SQLRows(columns: ["version"], rows: [])
        case .truncated: return SQLRows(columns: ["version"], rows: [["150018"]])
        case .happy, .huge:
          if sql == QueryTable.sql(.version, version: 0) {
            return SQLRows(columns: ["version"], rows: [["150018"]])
          }
          return name == "db1" ? LookRow.primary.rows : LookRow.standby.rows
        }
      }, close: {})
  }
}

/// Rows of the live statement, column by column.
struct LookRow: Sendable {
  var values: [String: String?]

  var rows: SQLRows {
    let keys = values.keys.sorted()
    return SQLRows(columns: keys, rows: [keys.map { values[$0] ?? nil }])
  }

  func with(_ changes: [String: String?]) -> LookRow {
    LookRow(values: values.merging(changes) { _, new in new })
  }

  static let primary = LookRow(values: [
    "version": "150018", "standby": "f", "lsn": "0/5000100", "primary_timeline": "0000000A",
    "system_identifier": "7400000000000000001", "started": "1795340000.5", "sees_all": "t",
    "next_transaction": "1234", "segment_size": "16777216", "archive_mode": "on",
    "has_archiver": "t", "archive_timeout": "30.000000", "failed_count": "0", "failing": "f",
    "last_archived_wal": "0000000A0000000000000004", "last_archived": "1795349990",
    "waiting": "0",
    "replication": """
    [{"name":"db2","state":"streaming","sync":"async","pid":77,"writeBytes":0,"flushBytes":0,
    "replayBytes":256,"writeSeconds":null,"flushSeconds":null,"replaySeconds":0.25}]
    """,
    "slots": """
    [{"name":"db2","active":true,"pid":77,"walStatus":"reserved","safe":null,"retained":512}]
    """,
  ])

  static let standby = LookRow(values: [
    "version": "150018", "standby": "t", "lsn": "0/5000000", "received": "0/5000100",
    "standby_timeline": "10", "replay_age": "12.5", "sees_all": "t", "segment_size": "16777216",
    "archive_mode": "on", "has_archiver": "t", "archive_timeout": "0", "failed_count": "0",
    "failing": "f", "waiting": "0",
  ])
}

/// Files beside the tests.
enum Fixture {
  static func text(_ name: String) throws -> String {
    let parts = name.split(separator: "/").map(String.init)
    let path = "\(directory)/\(parts.joined(separator: "/")).json"
    guard let text = LocalFile.text(path) else {
      throw RecoveryError(.failed, "no fixture \(path)")
    }
    return text
  }

  private static var directory: String {
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    return here.joined(separator: "/") + "/Fixtures"
  }
}

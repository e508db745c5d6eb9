import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// What live drills need: PostgreSQL 15, pgBackRest, and an account that is not root.
enum DrillTools {
  static let programs = "/usr/lib/postgresql/15/bin"
  static let areInstalled =
    access(programs + "/postgres", X_OK) == 0 && access("/usr/bin/pgbackrest", X_OK) == 0
    && (geteuid() != 0 || Account.named("postgres") != nil)
  static let account: Account = (geteuid() == 0 ? Account.named("postgres") : nil) ?? .current
}

/// A real primary with a real pgBackRest repository, 1 MiB segments, sockets only, in /tmp.
final class DrillCluster: Sendable {
  let directory: String
  let runner = ProcessRunner.live
  var repository: String { directory + "/repo" }
  var configuration: String { directory + "/pgbackrest.conf" }
  var place: String { directory + "/pgvigil-drills" }
  let address: [String: String]

  init() async throws {
    directory = "/tmp/operations-" + String(UInt64.random(in: .min ... .max), radix: 36)
    address = ["host": directory + "/run", "port": "6001", "user": "demo", "dbname": "app"]
    try DrillPlace.make(directory, owner: DrillTools.account)
    for name in ["run", "repo", "log", "lock", "spool", "ts"] {
      try DrillPlace.make(directory + "/" + name, owner: DrillTools.account)
    }
    try await tool(
      "initdb",
      [
        "-D", directory + "/p", "-U", "demo", "-A", "trust", "-k", "--no-sync", "--wal-segsize=1",
        "--locale=C.UTF-8", "-E", "UTF8", "--no-instructions",
      ])
    try write(
      configuration,
      """
      [global]
      repo1-path=\(repository)
      log-path=\(directory)/log
      lock-path=\(directory)/lock
      spool-path=\(directory)/spool
      start-fast=y
      compress-type=lz4
      repo1-retention-full=9
      [demo]
      pg1-path=\(directory)/p
      pg1-socket-path=\(directory)/run
      pg1-port=6001
      pg1-user=demo

      """)
    try write(
      directory + "/p/postgresql.conf",
      """
      listen_addresses = ''
      unix_socket_directories = '\(directory)/run'
      port = 6001
      shared_buffers = 16MB
      max_connections = 20
      fsync = off
      archive_mode = on
      archive_command = 'pgbackrest --config=\(configuration) --stanza=demo archive-push %p'

      """)
    try await tool(
      "pg_ctl", ["-D", directory + "/p", "-l", directory + "/log/primary.log", "-w", "-s", "start"])
    try await tool("createdb", ["-h", directory + "/run", "-p", "6001", "-U", "demo", "app"])
    try await pgBackRest(["stanza-create"])
  }

  var site: OperationSite {
    OperationSite(
      stanza: "demo",
      sources: OptionSources(arguments: ["--config=\(configuration)"], file: configuration),
      executable: "pgbackrest",
      account: DrillTools.account, repository: 1, addresses: ["primary": address], database: "app",
      programs: nil, file: PgBackRestConfiguration(text: FileText.read(configuration) ?? ""))
  }

  func operations(
    place: String? = nil, tests: [SmokeTest] = [], id: String = "abc", timeout: Double = 3600,
    sharedBuffers: String? = nil, processes: ProcessRunner = .live
  ) -> PgBackRestOperations {
    PgBackRestOperations(
      declaration: ClusterDeclaration(
        name: "demo", engine: "pgbackrest", smokeTests: tests,
        drill: DrillSettings(place: place, timeout: timeout, sharedBuffers: sharedBuffers)),
      site: site,
      environment: EngineEnvironment(
        now: { Date() }, host: "here", user: "tester", newID: { id }, version: "test"),
      processes: processes, connect: { SQLClient.live(conninfo: $0) })
  }

  // MARK: Production

  @discardableResult
  func sql(_ text: String) async throws -> String {
    try await tool(
      "psql",
      ["-XAtq", "-h", directory + "/run", "-p", "6001", "-U", "demo", "-c", text, "app"])
  }

  /// Rows, then a finished segment, then its arrival in the archive.
  func write(rows: Int) async throws {
    try await sql("INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, \(rows)) i")
    let segment = try await sql("SELECT pg_walfile_name(pg_switch_wal())")
    let name = String(segment.trimmed)
    for _ in 0..<40_000 where try await !segments().contains(where: { $0.hasPrefix(name) }) {
      try await Task.sleep(for: .milliseconds(25))
    }
  }

  @discardableResult
  func pgBackRest(_ arguments: [String]) async throws -> String {
    try await run("pgbackrest", ["--config=" + configuration, "--stanza=demo"] + arguments)
  }

  /// File names in the archive, sorted; one that is just being written without the mark behind its name.
  func segments() async throws -> [String] {
    FileText.names(in: repository + "/archive/demo/15-1").flatMap {
      FileText.names(in: repository + "/archive/demo/15-1/" + $0)
    }.map { $0.replacing(".pgbackrest.tmp", with: "") }.sorted()
  }

  func removeSegment(_ name: String) async throws {
    for file in try await segments() where file.hasPrefix(name) && file.dropFirst(24).first == "-" {
      unlink("\(repository)/archive/demo/15-1/\(file.prefix(16))/\(file)")
    }
  }

  /// What an observer would report, from the catalog and the archive listing.
  func report() async throws -> EngineReport {
    let text = try await pgBackRest(["info", "--output=json"])
    let stanzas = try JSONDecoder().decode([CatalogAnswer].self, from: Data(text.utf8))
    let backups = (stanzas.first?.backup ?? []).map(\.backup)
    let archived = try await segments().compactMap { file -> ArchivedSegment? in
      guard file.dropFirst(24).first == "-",
        let segment = WALSegment(name: file, segmentSize: 1 << 20)
      else { return nil }
      return ArchivedSegment(segment: segment, storedBytes: 1000, archivedAt: nil)
    }
    var report = EngineReport()
    report.backups = .value(BackupCatalog(backups: backups), source: "test", at: Date())
    report.walArchive = .value(
      WALArchive(segmentSize: 1 << 20, segments: archived.sorted { $0.segment < $1.segment }),
      source: "test", at: Date())
    report.instances = .value(
      [
        Instance(
          name: "primary", role: .primary, state: .running, observedAt: Date(), version: 150_018)
      ], source: "test", at: Date())
    return report
  }

  // MARK: Programs

  @discardableResult
  func tool(_ name: String, _ arguments: [String]) async throws -> String {
    try await run(DrillTools.programs + "/" + name, arguments)
  }

  private func run(_ program: String, _ arguments: [String]) async throws -> String {
    let request = ProcessRequest(
      program, arguments, account: DrillTools.account, deadline: 60)
    let result = try await runner.run(request)
    guard result.status == 0 else {
      throw RecoveryError(.failed, "\(program): \(result.status) \(result.error) \(result.output)")
    }
    return result.output
  }

  private func write(_ path: String, _ text: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    let bytes = Array(text.utf8)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw RecoveryError(.failed, "cannot write \(path)")
    }
    fchmod(descriptor, 0o644)
    close(descriptor)
  }

  func down() async {
    _ = try? await tool("pg_ctl", ["-D", directory + "/p", "-m", "immediate", "-s", "stop"])
    _ = try? await runner.run(ProcessRequest("rm", ["-rf", "--", directory], deadline: 60))
  }

  /// A cluster with a table, one full backup and WAL beyond it, for as long as `body` runs.
  static func with(
    backup: Bool = true, _ body: (DrillCluster) async throws -> Void
  ) async throws {
    let cluster = try await DrillCluster()
    do {
      try await cluster.sql("CREATE TABLE t (i int, filler text)")
      try await cluster.sql("CREATE TABLESPACE fast LOCATION '\(cluster.directory)/ts'")
      try await cluster.sql("CREATE TABLE u TABLESPACE fast AS SELECT generate_series(1, 77) i")
      if backup {
        try await cluster.pgBackRest(["--type=full", "backup"])
        for _ in 0..<4 { try await cluster.write(rows: 1000) }
      }
      try await body(cluster)
    } catch {
      await cluster.down()
      throw error
    }
    await cluster.down()
  }
}

/// `pgbackrest info --output=json`, as far as a drill's plan asks.
private struct CatalogAnswer: Decodable {
  struct Entry: Decodable {
    struct Span: Decodable {
      var start: String
      var stop: String
    }
    struct Times: Decodable {
      var start: Double
      var stop: Double
    }
    struct Sizes: Decodable { var size: Int64 }
    var label: String
    var archive: Span
    var lsn: Span
    var timestamp: Times
    var info: Sizes

    var backup: Backup {
      Backup(
        id: label, kind: .full, startedAt: Date(timeIntervalSince1970: timestamp.start),
        finishedAt: Date(timeIntervalSince1970: timestamp.stop), timeline: 1,
        startSegment: WALSegment(name: archive.start, segmentSize: 1 << 20),
        stopSegment: WALSegment(name: archive.stop, segmentSize: 1 << 20),
        startLSN: LSN(text: lsn.start), stopLSN: LSN(text: lsn.stop), databaseBytes: info.size)
    }
  }
  var backup: [Entry]
}

extension DrillCluster {
  /// The same with a file system of its own of this size, for drills; known not to run where none may be mounted.
  static func withSmallPlace(
    _ size: String, _ body: (DrillCluster, String) async throws -> Void
  ) async throws {
    try await with { cluster in
      let small = cluster.directory + "/small"
      let account = DrillTools.account
      try DrillPlace.make(small, owner: account)
      guard
        mount(
          "tmpfs", small, "tmpfs", 0,
          "size=\(size),mode=700,uid=\(account.user),gid=\(account.group)") == 0
      else {
        withKnownIssue("not run: this container may not mount") { Issue.record("mount refused") }
        return
      }
      defer { umount2(small, 2) }
      try await body(cluster, small)
    }
  }
}

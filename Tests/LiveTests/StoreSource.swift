import FoundationEssentials
import Glibc
import LocalFiles
import ObjectStoreStandIn
import RecoveryModel

@testable import DrillParts
@testable import Transports

/// A real primary whose base backup and WAL lie in a bucket in memory, as barman-cloud would have put them there; with
/// `pg_wal` on a disk of its own, a tablespace and settings that lead out of a copy.
final class StoreSource: Sendable {
  static let backupID = "20261129T112000"

  let directory: String
  let bucket = BucketInMemory()
  private let runner = ProcessRunner.live
  var place: String { directory + "/drills" }
  /// Below the bucket.
  let prefix = "k8s/demo/"

  /// 1000 rows in the base backup, `marks` after it.
  static func with(
    compression: String? = "gzip", _ body: (StoreSource) async throws -> Void
  ) async throws {
    let source = try StoreSource()
    do {
      try await source.build(compression)
      try await body(source)
    } catch {
      await source.down()
      throw error
    }
    await source.down()
  }

  private init() throws {
    directory = "/tmp/store-source-" + String(UInt64.random(in: .min ... .max), radix: 36)
    for name in ["", "/run", "/archive", "/ts", "/drills"] {
      try DrillPlace.make(directory + name, owner: DrillTools.account)
    }
  }

  private func build(_ compression: String?) async throws {
    try await tool(
      "initdb",
      [
        "-D", data, "-X", directory + "/wal", "-U", "demo", "-A", "trust", "-k", "--no-sync",
        "--wal-segsize=1", "--locale=C.UTF-8", "-E", "UTF8", "--no-instructions",
      ])
    try write(
      """
      listen_addresses = ''
      unix_socket_directories = '\(directory)/run'
      port = 6002
      shared_buffers = 16MB
      max_connections = 20
      fsync = off
      archive_mode = on
      archive_command = 'cp %p \(directory)/archive/%f'

      """, to: data + "/postgresql.conf")
    // What an earlier recovery and a standby leave behind.
    try write(
      "recovery_target_time = '2020-01-01 00:00:00+00'\nprimary_conninfo = 'host=/nowhere'\n"
        + "restore_command = 'false'\n", to: data + "/postgresql.auto.conf")
    try await tool(
      "pg_ctl", ["-D", data, "-l", directory + "/log", "-w", "-s", "start"])
    try await tool("createdb", ["-h", directory + "/run", "-p", "6002", "-U", "demo", "app"])
    try await sql("CREATE TABLE t AS SELECT generate_series(1, 1000) i")
    try await sql("CREATE TABLESPACE fast LOCATION '\(directory)/ts'")
    try await sql("CREATE TABLE u TABLESPACE fast AS SELECT generate_series(1, 77) i")
    try await takeBase(compression)
  }

  private var data: String { directory + "/p" }

  @discardableResult
  func sql(_ text: String) async throws -> String {
    try await tool(
      "psql", ["-XAtq", "-h", directory + "/run", "-p", "6002", "-U", "demo", "-c", text, "app"]
    ).trimmed
  }

  private func takeBase(_ compression: String?) async throws {
    let oid = try await sql("SELECT oid FROM pg_tablespace WHERE spcname = 'fast'")
    try write(
      """
      SELECT pg_walfile_name(pg_backup_start('base', true)) \\g \(directory)/begin
      \\! tar -C \(data) --exclude=./postmaster.* --exclude=./pg_wal/* --exclude=./pg_tblspc/* -cf \(directory)/data.tar .
      \\! tar -C \(directory)/ts -cf \(directory)/\(oid).tar .
      SELECT lsn, labelfile, spcmapfile FROM pg_backup_stop(false) \\gset
      \\qecho :lsn
      \\o \(directory)/backup_label
      \\qecho :labelfile
      \\o \(directory)/tablespace_map
      \\qecho :spcmapfile
      \\o

      """, to: directory + "/backup.sql")
    let lsn = try await tool(
      "psql",
      [
        "-XAtq", "-h", directory + "/run", "-p", "6002", "-U", "demo", "-f",
        directory + "/backup.sql", "app",
      ]
    ).trimmed
    try await program(
      "tar",
      ["-C", directory, "-rf", directory + "/data.tar", "backup_label", "tablespace_map"])
    let begin = (FileText.read(directory + "/begin") ?? "").trimmed
    let end = try await archive()
    let version = try await sql("SHOW server_version_num")
    let system = try await sql("SELECT system_identifier FROM pg_control_system()")
    let suffix =
      compression.map {
        [".gz", ".bz2", ".lz4"][["gzip", "bzip2", "lz4"].firstIndex(of: $0) ?? 0]
      } ?? ""
    for name in ["data", oid] {
      if let compression { try await program(compression, ["-q", "\(directory)/\(name).tar"]) }
      bucket.put(
        "\(prefix)base/\(Self.backupID)/\(name).tar\(suffix)",
        try LocalFile.bytes("\(directory)/\(name).tar\(suffix)", limit: 256 << 20),
        modified: Self.stamp)
    }
    let start = try await sql(
      "SELECT '\(begin)'")
    bucket.put(
      "\(prefix)base/\(Self.backupID)/backup.info",
      """
      status=DONE
      begin_time=\(Self.stamp.replacing("T", with: " ").replacing(".000Z", with: "+00:00"))
      end_time=\(Self.stamp.replacing("T", with: " ").replacing(".000Z", with: "+00:00"))
      begin_wal=\(start)
      end_wal=\(end)
      begin_xlog=\(Self.lsn(of: start))
      end_xlog=\(lsn)
      timeline=1
      version=\(version)
      systemid=\(system)
      xlog_segment_size=1048576
      cluster_size=50000000
      tablespaces=[('fast', \(oid), '\(directory)/ts')]

      """, modified: Self.stamp)
    try await upload()
  }

  private static let stamp = "2026-11-29T11:20:00.000Z"

  private static func lsn(of name: String) -> String {
    WALSegment(name: name, segmentSize: 1 << 20)?.start(segmentSize: 1 << 20).description ?? ""
  }

  /// Ends the segment and waits for its arrival; its name.
  @discardableResult
  func archive() async throws -> String {
    let name = try await sql("SELECT pg_walfile_name(pg_switch_wal())")
    for _ in 0..<40_000 where !FileText.exists("\(directory)/archive/\(name)") {
      try await Task.sleep(for: .milliseconds(25))
    }
    return name
  }

  /// All that is archived, compressed one by one.
  func upload() async throws {
    for name in FileText.names(in: directory + "/archive").sorted() where name.count == 24 {
      let key = self.key(name)
      guard bucket.objects[key] == nil else { continue }
      try await program("gzip", ["-qkf", "\(directory)/archive/\(name)"])
      bucket.put(
        key, try LocalFile.bytes("\(directory)/archive/\(name).gz", limit: 8 << 20),
        modified: Self.stamp)
    }
  }

  func key(_ segment: String) -> String {
    "\(prefix)wals/\(segment.prefix(16))/\(segment).gz"
  }

  /// In the bucket, in order.
  var segments: [String] {
    bucket.objects.keys.filter { $0.hasPrefix(prefix + "wals/") }.sorted()
      .compactMap { $0.split(separator: "/").last.map { String($0.prefix(24)) } }
  }

  @discardableResult
  func tool(_ name: String, _ arguments: [String]) async throws -> String {
    try await program(DrillTools.programs + "/" + name, arguments)
  }

  @discardableResult
  private func program(_ name: String, _ arguments: [String]) async throws -> String {
    let result = try await runner.run(
      ProcessRequest(name, arguments, account: DrillTools.account, deadline: 120))
    // tar says so of files that change under it.
    guard result.status == 0 || name == "tar" && result.status == 1 else {
      throw RecoveryError(.failed, "\(name): \(result.status) \(result.error) \(result.output)")
    }
    return result.output
  }

  private func write(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    let bytes = Array(text.utf8)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw RecoveryError(.failed, "cannot write \(path)")
    }
    if geteuid() == 0 { fchown(descriptor, DrillTools.account.user, DrillTools.account.group) }
    close(descriptor)
  }

  private func down() async {
    _ = try? await tool("pg_ctl", ["-D", data, "-m", "immediate", "-s", "stop"])
    _ = try? await runner.run(ProcessRequest("rm", ["-rf", "--", directory], deadline: 60))
  }
}

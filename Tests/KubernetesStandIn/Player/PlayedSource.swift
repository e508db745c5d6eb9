import FoundationEssentials
import Glibc
import Kubernetes

/// A real primary with a real base backup and a real archive of WAL, behind a cluster of the stand-in.
///
/// Database `app` of owner `app`, table `user_entity` with rows before, during and after the base backup; 1 MiB segments, so that
/// they fill quickly.
package final class PlayedSource: Sendable {
  package let directory: String
  package let port: UInt16
  package let cluster: ObjectKey
  /// Barman's id of the base backup.
  package let backupID: String
  /// Rows of `user_entity` before the last archived segment; the primary has one more.
  package let rows: Int

  var archive: String { directory + "/archive" }

  private init(directory: String, port: UInt16, cluster: ObjectKey, backupID: String, rows: Int) {
    self.directory = directory
    self.port = port
    self.cluster = cluster
    self.backupID = backupID
    self.rows = rows
  }

  /// Makes it, with 100 rows before the base backup and 50 later ones, all archived. Throws where PostgreSQL is missing.
  package static func make(behind cluster: ObjectKey) async throws -> PlayedSource {
    let directory = "/tmp/standin-source-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let port = try PostgresTools.freePort()
    let backupID = timestampNow().filter(\.isNumber)
    let source = PlayedSource(
      directory: directory, port: port, cluster: cluster,
      backupID: "\(backupID.prefix(8))T\(backupID.suffix(6))", rows: 150)
    do {
      try await source.build()
    } catch {
      await source.stop()
      throw error
    }
    return source
  }

  private func build() async throws {
    try PostgresTools.makeDirectory(directory)
    try PostgresTools.makeDirectory(archive)
    try makeCertificate()
    try await PostgresTools.run(
      "initdb",
      [
        "-D", directory + "/data", "-U", "postgres", "-A", "trust", "--no-sync",
        "--wal-segsize=1", "--locale=C.UTF-8", "-E", "UTF8", "--no-instructions",
      ])
    try append(
      """
      archive_mode = on
      archive_command = 'cp %p \(archive)/%f'
      wal_level = replica

      """ + Self.settings(port: port, directory: directory), to: directory + "/data/postgresql.conf"
    )
    try await PostgresTools.run(
      "pg_ctl", ["-D", directory + "/data", "-l", directory + "/log", "-w", "-s", "start"])
    _ = try await query("CREATE ROLE app LOGIN")
    _ = try await query("CREATE DATABASE app OWNER app")
    _ = try await query(
      "SET ROLE app; CREATE TABLE user_entity (id int PRIMARY KEY, name text, created timestamptz DEFAULT now()); "
        + "INSERT INTO user_entity SELECT i, 'user ' || i FROM generate_series(1, 100) i", in: "app"
    )
    try await takeBase()
    _ = try await query(
      "INSERT INTO user_entity SELECT i, 'user ' || i FROM generate_series(121, 150) i", in: "app")
    _ = try await switchSegment()
    // A drill's target is the start of the last archived segment: one more, so that all rows are before it.
    _ = try await query("SELECT pg_create_restore_point('played')")
    _ = try await switchSegment()
    // Behind the last archived segment, so that a drill cannot see it.
    _ = try await query("INSERT INTO user_entity VALUES (1000, 'not archived')", in: "app")
  }

  /// A base backup whose end lies in a later segment than its beginning, so that one without its end can be played.
  private func takeBase() async throws {
    let base = directory + "/base"
    try append(
      """
      SELECT pg_backup_start('base', true) \\g /dev/null
      \\! cp -a \(directory)/data \(base) ; rm -rf \(base)/pg_wal/* \(base)/postmaster.*
      INSERT INTO user_entity SELECT i, 'user ' || i FROM generate_series(101, 120) i;
      SELECT pg_switch_wal() \\g /dev/null
      INSERT INTO user_entity VALUES (0, 'gone again');
      DELETE FROM user_entity WHERE id = 0;
      SELECT labelfile FROM pg_backup_stop(false) \\g \(base)/backup_label

      """, to: directory + "/backup.sql")
    try await PostgresTools.run(
      "psql",
      [
        "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "-d", "app", "-XAtq", "-v",
        "ON_ERROR_STOP=1", "-f", directory + "/backup.sql",
      ])
  }

  static func settings(port: UInt16, directory: String) -> String {
    """
    listen_addresses = '127.0.0.1'
    port = \(port)
    unix_socket_directories = '\(directory)'
    shared_buffers = 16MB
    max_connections = 20
    fsync = off
    log_line_prefix = ''
    lc_messages = 'C'

    """
  }

  func isServer(of cluster: ObjectKey) -> Bool { cluster == self.cluster }

  /// One line per row of the primary's answer.
  package func query(_ sql: String, in database: String = "postgres") async throws -> String {
    try await PlayedServer.query(port: port, sql, in: database)
  }

  /// Ends the current segment and waits for its arrival in the archive; its name.
  package func switchSegment() async throws -> String {
    let name = try await query("SELECT pg_walfile_name(pg_switch_wal())")
    for _ in 0..<20_000 {
      if access("\(archive)/\(name)", F_OK) == 0 { return name }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw StandInError("\(name) did not arrive in the archive")
  }

  /// Takes a segment out of the archive: a hole.
  package func removeFromArchive(_ segment: String) { unlink("\(archive)/\(segment)") }

  /// Names in the archive, in order.
  package var archived: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: archive).sorted() }
  }

  /// The positions of a backup taken now; its end segment is archived, or is the one being written.
  func takeBackup(archivesEnd: Bool) async throws -> TakenBackup {
    let started = timestampNow()
    let begin = try await query(
      "SELECT pg_walfile_name(pg_current_wal_lsn()) || ' ' || pg_current_wal_lsn()"
    ).split(separator: " ").map(String.init)
    _ = try await query("SELECT txid_current()")
    let end = try await query(
      "SELECT pg_walfile_name(pg_current_wal_lsn()) || ' ' || pg_current_wal_lsn()"
    ).split(separator: " ").map(String.init)
    guard begin.count == 2, end.count == 2 else { throw StandInError("no WAL position") }
    if archivesEnd { _ = try await switchSegment() }
    return TakenBackup(
      startedAt: started, stoppedAt: timestampNow(), beginWAL: begin[0], endWAL: end[0],
      beginLSN: begin[1], endLSN: end[1], majorVersion: 15)
  }

  /// Stops the server and removes everything.
  package func stop() async {
    let directory = directory
    _ = try? await PostgresTools.onThread {
      _ = try? PostgresTools.blockingRun(
        "pg_ctl", ["-D", directory + "/data", "-m", "immediate", "-w", "-s", "stop"])
      try? removeTree(directory)
    }
  }

  /// What recovered servers show: an operator's speak TLS, all of them.
  private func makeCertificate() throws {
    let result = try PostgresTools.blockingRun(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "30", "-subj", "/CN=played", "-keyout", directory + "/tls.key", "-out",
        directory + "/tls.crt",
      ])
    guard result.status == 0 else { throw StandInError("openssl: \(result.error)") }
  }

  func append(_ text: String, to path: String) throws {
    guard let file = fopen(path, "ae") else { throw StandInError("cannot write \(path)") }
    defer { fclose(file) }
    fputs(text, file)
  }

  // MARK: /pg/status

  /// Of the cluster's pods; nil for others. Blocks: it is asked on a connection's own thread.
  func status(of request: ProxyRequest) -> ProxyResponse? {
    let prefix = cluster.name + "-"
    guard request.namespace == cluster.namespace, request.pod.hasPrefix(prefix),
      let serial = Int(request.pod.dropFirst(prefix.count))
    else { return nil }
    guard let row = try? PlayedServer.blockingQuery(port: port, Self.statusQuery) else {
      return ProxyResponse(500, contentType: "text/plain", "failed to connect to the server")
    }
    let values = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard values.count == 10 else { return ProxyResponse(500, contentType: "text/plain", row) }
    var status: JSONValue = [
      "systemID": .string(values[0]), "timeLineID": .integer(Int(values[1]) ?? 1),
      "isPodReady": true, "instanceManagerVersion": "1.30.0", "currentWAL": .string(values[3]),
      "pod": ["metadata": ["name": .string(request.pod)]],
    ]
    guard serial == 1 else {
      status["receivedLsn"] = .string(values[2])
      status["replayLsn"] = .string(values[2])
      status["isWalReceiverActive"] = true
      return ProxyResponse(200, status.text)
    }
    status["isPrimary"] = true
    status["currentLsn"] = .string(values[2])
    if !values[4].isEmpty { status["lastArchivedWAL"] = .string(values[4]) }
    status["lastArchivedWALTime"] = .string(values[5])
    if !values[6].isEmpty { status["lastFailedWAL"] = .string(values[6]) }
    status["lastFailedWALTime"] = .string(values[7])
    if values[8] == "t" { status["isArchivingWAL"] = true }
    if let ready = Int(values[9]), ready > 0 { status["readyWalFiles"] = .integer(ready) }
    return ProxyResponse(200, status.text)
  }

  private static let statusQuery = """
    SELECT s.system_identifier, c.timeline_id, pg_current_wal_lsn(), \
    pg_walfile_name(pg_current_wal_lsn()), coalesce(a.last_archived_wal, ''), \
    coalesce(to_char(a.last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '-infinity'), \
    coalesce(a.last_failed_wal, ''), \
    coalesce(to_char(a.last_failed_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '-infinity'), \
    coalesce(a.last_archived_time, '-infinity') > coalesce(a.last_failed_time, '-infinity'), \
    (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') \
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_stat_archiver a
    """
}

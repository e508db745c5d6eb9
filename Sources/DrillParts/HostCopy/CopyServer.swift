import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// How the throw-away copy is started: alone, silent to the outside, unable to archive, and dead when we are.
struct CopyServer: Sendable, Equatable {
  /// Directory of the PostgreSQL programs.
  var programs: String
  /// Major version of the copy.
  var major: Int
  var directory: DrillDirectory
  var id: String
  var sharedBuffers: String?

  /// A file name only: the directory is the copy's own.
  static let port = "5432"

  /// Runs a server whose owner may be killed: the pipe, held open by the owner alone, then ends, and the
  /// server is stopped at once. A constant text; everything that varies is an argument.
  private static let watch = """
    exec 3<"$1" || exit 1
    shift
    "$@" 3<&- &
    server=$!
    { while read -r line <&3; do :; done; kill -QUIT "$server"; } >/dev/null 2>&1 &
    watcher=$!
    exec 3<&-
    wait "$server"
    status=$?
    kill "$watcher" 2>/dev/null
    exit "$status"
    """

  /// The backup's own configuration, or none of it where that cannot be loaded here.
  enum Configuration: Sendable, Equatable { case own, minimal }

  func request(
    _ configuration: Configuration, minima: [String: String], environment: [String: String],
    account: Account?, deadline: Double
  ) -> ProcessRequest {
    let settings = settings(configuration, minima: minima).sorted { $0.key < $1.key }
    return ProcessRequest(
      "/bin/sh",
      ["-c", Self.watch, "pgvigil-drill", directory.guardPipe, programs + "/postgres", "-D"]
        + [directory.data] + settings.flatMap { ["-c", "\($0.key)=\($0.value)"] },
      environment: environment, account: account, deadline: deadline)
  }

  /// Command-line settings win over every configuration file.
  func settings(
    _ configuration: Configuration, minima: [String: String]
  ) -> [String: String] {
    var settings = isolation
    settings.merge(speech) { _, new in new }
    if configuration == .minimal {
      settings["config_file"] = directory.path + "/postgresql.conf"
      settings["shared_preload_libraries"] = ""
      settings.merge(minima) { _, new in new }
    }
    if let sharedBuffers { settings["shared_buffers"] = sharedBuffers }
    if major >= 15 {
      settings["archive_library"] = ""
      settings["log_startup_progress_interval"] = "500ms"
    } else {
      // Up to 14 it may lie outside the data directory, where production keeps its own.
      settings["stats_temp_directory"] = "pg_stat_tmp"
    }
    if major <= 15 { settings["promote_trigger_file"] = "" }
    return settings
  }

  /// Nothing that reaches out of the copy's own directory.
  private var isolation: [String: String] {
    [
      "data_directory": directory.data, "hba_file": directory.path + "/pg_hba.conf",
      "ident_file": directory.path + "/pg_ident.conf",
      "external_pid_file": directory.path + "/postgres.pid",
      "listen_addresses": "", "port": Self.port, "ssl": "off",
      "unix_socket_directories": directory.socketDirectory, "unix_socket_permissions": "0700",
      "unix_socket_group": "",
      "archive_mode": "off", "archive_command": "", "archive_cleanup_command": "",
      "recovery_end_command": "", "primary_conninfo": "", "primary_slot_name": "",
      "synchronous_standby_names": "", "max_logical_replication_workers": "0",
      // No scheduled job or extension worker may act on the world from a copy.
      "max_worker_processes": "0",
      // Without it the settings of production at the time of each record are no condition for replay.
      "hot_standby": "off",
      "dynamic_shared_memory_type": "mmap", "huge_pages": "off", "restart_after_crash": "off",
      "cluster_name": DrillMark.directoryPrefix + id,
    ]
  }

  /// Its log comes to us, in the words that `RecoveryLog` knows.
  private var speech: [String: String] {
    [
      "logging_collector": "off", "log_destination": "stderr", "log_min_messages": "warning",
      "log_line_prefix": "%m [%p] ", "lc_messages": "C", "timezone": "UTC", "log_timezone": "UTC",
      "log_connections": "off", "log_statement": "none", "log_min_duration_statement": "-1",
    ]
  }

  /// What recovery needs at least, from `pg_controldata`; for a configuration that is not the backup's own.
  static func minima(controlData: String) -> [String: String] {
    let names = [
      "max_connections setting": "max_connections",
      "max_prepared_xacts setting": "max_prepared_transactions",
      "max_locks_per_xact setting": "max_locks_per_transaction",
      "max_wal_senders setting": "max_wal_senders",
    ]
    var minima: [String: String] = [:]
    for line in controlData.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), let name = names[String(line[..<colon])],
        let value = Int(line[line.index(after: colon)...].trimmed)
      else { continue }
      minima[name] = String(value)
    }
    return minima
  }

  /// The postmaster's process, proven by where it stands; nil when none runs.
  static func postmaster(of directory: DrillDirectory) -> Int32? {
    guard let text = FileText.read(directory.data + "/postmaster.pid", following: false),
      let pid = text.split(separator: "\n").first.flatMap({ Int32($0.trimmed) }), pid > 1,
      LocalFile.link("/proc/\(pid)/cwd") == directory.data
    else { return nil }
    return pid
  }

  /// Identifier of the server's System V segment (line 7 of postmaster.pid: key and id).
  static func sharedMemory(of directory: DrillDirectory) -> Int32? {
    guard let text = FileText.read(directory.data + "/postmaster.pid", following: false) else {
      return nil
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 6 else { return nil }
    return lines[6].split(separator: " ").last.flatMap { Int32($0) }
  }
}

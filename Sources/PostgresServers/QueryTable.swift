/// A statement and the oldest server that understands it.
struct QueryRow: Sendable {
  var name: Name
  /// `server_version_num`.
  var minimumVersion: Int
  /// Needs the right to call `pg_ls_archive_statusdir()`, which pg_monitor brings.
  var needsMonitor: Bool
  var sql: String

  enum Name: Sendable { case version, live, settings, size }
}

/// Every statement that observation sends. One look is one statement; what changes rarely has its own pace.
/// Each is read-only, and works on a primary and on a standby.
enum QueryTable {
  static let oldest = 130_000

  static let rows: [QueryRow] = [
    QueryRow(
      name: .version, minimumVersion: 0, needsMonitor: false,
      sql: "SELECT current_setting('server_version_num') AS version"),
    QueryRow(
      name: .live, minimumVersion: 130_000, needsMonitor: true,
      sql: live(library: "''", waiting: waiting)),
    QueryRow(
      name: .live, minimumVersion: 130_000, needsMonitor: false,
      sql: live(library: "''", waiting: noWaiting)),
    QueryRow(
      name: .live, minimumVersion: 150_000, needsMonitor: true,
      sql: live(library: "current_setting('archive_library')", waiting: waiting)),
    QueryRow(
      name: .live, minimumVersion: 150_000, needsMonitor: false,
      sql: live(library: "current_setting('archive_library')", waiting: noWaiting)),
    QueryRow(name: .settings, minimumVersion: 130_000, needsMonitor: false, sql: settings),
    QueryRow(name: .size, minimumVersion: 130_000, needsMonitor: false, sql: size),
  ]

  /// The newest form that a server understands; nil when it is too old.
  static func sql(_ name: QueryRow.Name, version: Int, monitor: Bool = false) -> String? {
    rows.filter {
      $0.name == name && $0.minimumVersion <= version && (monitor || !$0.needsMonitor)
    }
    .max {
      ($0.minimumVersion, $0.needsMonitor ? 1 : 0) < ($1.minimumVersion, $1.needsMonitor ? 1 : 0)
    }?.sql
  }

  /// Segments marked `.ready`, oldest position first, and the newest marked `.done`; `oldest_ready` counts every file,
  /// since the archiver takes a timeline's history first and nothing while that fails. Of a primary's own timeline none
  /// is removed before it is archived, so that the first that waits tells where it began. Costs 20 ms with 3,000 of them.
  private static let waiting = """
    SELECT count(*) FILTER (WHERE ready AND segment) AS waiting,
      min(substr(name, 9, 16)) FILTER (WHERE ready AND segment) AS first_waiting,
      extract(epoch FROM min(modification) FILTER (WHERE ready AND segment)) AS oldest_waiting,
      extract(epoch FROM min(modification) FILTER (WHERE ready)) AS oldest_ready,
      min(substr(name, 9, 16)) FILTER (WHERE ready AND segment AND own) AS own_waiting,
      count(*) FILTER (WHERE NOT ready AND segment AND own) AS own_done,
      max(substr(name, 1, 24) COLLATE "C") FILTER (WHERE segment AND NOT ready) AS last_done,
      max(substr(name, 1, 24) COLLATE "C") FILTER (WHERE segment AND NOT ready
        AND modification < now() - interval '15 seconds') AS last_settled,
      CASE WHEN pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)
        THEN (SELECT max(('x' || substr(name, 1, 8))::bit(32)::int) FROM pg_ls_waldir()
          WHERE name ~ '^[0-9A-F]{24}$') END AS wal_timeline
    FROM (SELECT name, modification, name LIKE '%.ready' AS ready,
        name ~ '^[0-9A-F]{24}\\.(ready|done)$' AS segment,
        CASE WHEN NOT pg_is_in_recovery() THEN
          substr(name, 1, 8) = substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS own
      FROM pg_ls_archive_statusdir()) f
    """

  private static let noWaiting = """
    SELECT NULL::bigint AS waiting, NULL::text AS first_waiting, NULL::float8 AS oldest_waiting,
      NULL::float8 AS oldest_ready, NULL::text AS own_waiting, NULL::bigint AS own_done,
      NULL::text AS last_done, NULL::text AS last_settled, NULL::int AS wal_timeline
    """

  /// A standby's timeline is that of the stream, else of what it last replayed or has of it: its control file knows
  /// neither until its next restartpoint. That of a primary lags behind a promotion until the next checkpoint, so that a
  /// primary's is read from the name of its current segment.
  private static func live(library: String, waiting: String) -> String {
    """
    SELECT current_setting('server_version_num') AS version,
      s.standby, s.lsn, pg_last_wal_receive_lsn() AS received,
      CASE WHEN s.standby THEN (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline,
          (SELECT received_tli FROM pg_stat_wal_receiver), w.wal_timeline)
        FROM pg_control_checkpoint() c, pg_control_recovery() r)::text END AS standby_timeline,
      CASE WHEN s.standby THEN NULL ELSE substr(pg_walfile_name(s.lsn), 1, 8) END
        AS primary_timeline,
      (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpoint_timeline,
      extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS replay_age,
      (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
      extract(epoch FROM pg_postmaster_start_time()) AS started,
      pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER') AS sees_all,
      CASE WHEN s.standby THEN NULL ELSE pg_snapshot_xmax(pg_current_snapshot()) END
        AS next_transaction,
      pg_size_bytes(current_setting('wal_segment_size')) AS segment_size,
      current_setting('archive_mode') AS archive_mode,
      (current_setting('archive_command') NOT IN ('', '(disabled)') OR \(library) <> '')
        AS has_archiver,
      CASE WHEN \(library) = '' THEN current_setting('archive_command') END AS archive_command,
      extract(epoch FROM current_setting('archive_timeout')::interval) AS archive_timeout,
      a.last_archived_wal, extract(epoch FROM a.last_archived_time) AS last_archived,
      extract(epoch FROM a.stats_reset) AS archiver_since,
      a.failed_count, a.last_failed_wal, extract(epoch FROM a.last_failed_time) AS last_failed,
      coalesce(a.last_failed_time > a.last_archived_time, a.last_failed_time IS NOT NULL)
        AS failing,
      w.waiting, w.first_waiting, w.oldest_waiting, w.oldest_ready, w.own_waiting,
      w.own_done, w.last_done, w.last_settled,
      CASE WHEN s.standby THEN NULL ELSE (SELECT json_agg(json_build_object(
        'name', application_name, 'state', state, 'sync', sync_state, 'pid', pid,
        'writeBytes', s.lsn - write_lsn, 'flushBytes', s.lsn - flush_lsn,
        'replayBytes', s.lsn - replay_lsn, 'writeSeconds', extract(epoch FROM write_lag),
        'flushSeconds', extract(epoch FROM flush_lag),
        'replaySeconds', extract(epoch FROM replay_lag))) FROM pg_stat_replication) END
        AS replication,
      CASE WHEN s.standby AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)
        THEN nullif(current_setting('primary_slot_name'), '') END AS idle_slot,
      r.sender, r.heard,
      (SELECT json_agg(json_build_object('name', slot_name, 'active', active, 'pid', active_pid,
        'walStatus', wal_status, 'safe', safe_wal_size, 'retained', s.lsn - restart_lsn))
        FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT s.standby) AS slots
    FROM (SELECT pg_is_in_recovery() AS standby,
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END
          AS lsn) s,
      pg_stat_archiver a, (\(waiting)) w,
      (SELECT max(sender_host || ':' || sender_port) AS sender,
        extract(epoch FROM clock_timestamp() - max(last_msg_receipt_time)) AS heard
        FROM pg_stat_wal_receiver WHERE status = 'streaming') r
    """
  }

  private static let settings = """
    SELECT (SELECT count(*) FROM pg_settings WHERE pending_restart) AS pending_restart,
      pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers,
      current_setting('data_checksums') AS data_checksums
    """

  private static let size = """
    SELECT sum(pg_database_size(oid)) AS bytes, count(*) AS databases,
      (SELECT count(*) FROM pg_database) AS all_databases
    FROM pg_database WHERE has_database_privilege(oid, 'CONNECT')
      OR pg_has_role(current_user, 'pg_read_all_stats', 'MEMBER')
    """
}

import Transports

/// The texts of a sandbox's configuration files.
struct SandboxFiles: Sendable {
  let layout: SandboxLayout
  let programs: SandboxPrograms
  let options: SandboxOptions

  private var instances: [String] { SandboxLayout.instances(standbys: options.standbys) }

  /// Small buffers, frequent segments. `max_connections` and its kin stay at initdb's values, because a
  /// standby that is given less than pg_control records refuses to start.
  func server(_ index: Int) -> String {
    let segment = options.segmentSizeMB
    let name = instances[index]
    return """
      # Written by pgvigil for its sandbox.
      listen_addresses = ''
      unix_socket_directories = '\(layout.socketDirectory)'
      unix_socket_permissions = 0700
      port = \(SandboxLayout.port(index))
      ssl = off
      cluster_name = '\(name)'
      shared_buffers = 16MB
      # In the data directory, so that a server that is killed leaves nothing in /dev/shm.
      dynamic_shared_memory_type = mmap
      max_wal_size = \(segment * 64)MB
      min_wal_size = \(segment * 4)MB
      wal_keep_size = \(segment * 16)MB
      max_slot_wal_keep_size = \(segment * 256)MB
      wal_compression = on
      hot_standby_feedback = on
      archive_mode = on
      archive_timeout = 30s
      archive_command = '\(archiveCommand(name))'
      restore_command = '\(restoreCommand(name))'
      recovery_target_timeline = 'latest'
      primary_conninfo = '\(primaryConninfo(name))'
      primary_slot_name = '\(SandboxLayout.slot(name))'
      wal_retrieve_retry_interval = 500ms
      wal_receiver_status_interval = 1s
      autovacuum_max_workers = 1
      log_line_prefix = '%m [%p] '
      log_timezone = 'UTC'
      timezone = 'UTC'
      lc_messages = 'C'

      """
  }

  /// Single quotes are doubled for postgresql.conf; the shell sees one pair around each path.
  private func archiveCommand(_ instance: String) -> String {
    "\(backrest(instance)) archive-push \"%p\""
  }

  private func restoreCommand(_ instance: String) -> String {
    "\(backrest(instance)) archive-get %f \"%p\""
  }

  /// archive-push and archive-get know no `--pg`: each instance names its own directory as the first.
  private func backrest(_ instance: String) -> String {
    let stanza = "--stanza=\(SandboxLayout.cluster)"
    return "\"\(programs.pgbackrest)\" --config=\"\(layout.backrestConfiguration)\" \(stanza)"
      + " --pg1-path=\"\(layout.dataDirectory(instance))\""
  }

  /// Every instance, so that a standby finds the one that is primary after a failover.
  private func primaryConninfo(_ instance: String) -> String {
    let hosts = instances.map { _ in layout.socketDirectory }.joined(separator: ",")
    let ports = instances.indices.map { String(SandboxLayout.port($0)) }.joined(separator: ",")
    return "host=''\(hosts)'' port=\(ports) user=\(SandboxLayout.superuser)"
      + " application_name=\(instance) target_session_attrs=read-write connect_timeout=3"
  }

  /// One stanza over all instances: pgBackRest looks for the one that is primary.
  func backrest() -> String {
    var text = """
      # Written by pgvigil for its sandbox.
      [global]
      repo1-path=\(layout.repository)
      repo1-retention-full=2
      repo1-bundle=y
      log-path=\(layout.log)
      lock-path=\(layout.lock)
      spool-path=\(layout.spool)
      log-level-console=warn
      log-level-file=detail
      start-fast=y
      compress-type=lz4
      archive-async=n
      archive-timeout=20

      [\(SandboxLayout.cluster)]

      """
    for (index, instance) in instances.enumerated() {
      let prefix = "pg\(index + 1)"
      text += """
        \(prefix)-path=\(layout.dataDirectory(instance))
        \(prefix)-socket-path=\(layout.socketDirectory)
        \(prefix)-port=\(SandboxLayout.port(index))
        \(prefix)-user=\(SandboxLayout.superuser)

        """
    }
    return text
  }

  /// `config.yaml`: what a user would write for a cluster of their own.
  func configuration() -> String {
    """
    # Written by pgvigil for its sandbox. Use it with --config.
    sandbox: true
    clusters:
      - name: \(SandboxLayout.cluster)
        engine: pgbackrest
        stanza: \(SandboxLayout.cluster)
        config: \(yaml(layout.backrestConfiguration))
        executable: \(yaml(programs.pgbackrest))
        bindir: \(yaml(programs.bindir))
        run_as: \(yaml(programs.account.name))
        database: \(SandboxLayout.database)
        shared_place: accepted  # a sandbox has one machine
        instances:
    \(instances.indices.map(instance).joined(separator: "\n"))
        targets:
          rpo: 60s
          rto: 5m
        backup_interval: 24h
        drill:
          place: \(yaml(layout.drills))
          interval: 7d
        ledger: \(yaml(layout.ledger))
        smoke_tests:
          - name: users
            sql: SELECT count(*) FROM user_entity
            expect: within 5% of production
          - name: sessions
            sql: SELECT count(*) FROM user_session
            expect: ">= 1"
          - name: newest event
            sql: SELECT max(event_time) FROM event
            expect: newer than 1h

    """
  }

  private func instance(_ index: Int) -> String {
    let conninfo =
      "host='\(layout.socketDirectory)' port=\(SandboxLayout.port(index))"
      + " user=\(SandboxLayout.monitor) dbname=\(SandboxLayout.database)"
    return """
            - name: \(instances[index])
              conninfo: \(yaml(conninfo))
      """
  }

  /// The layout refuses quotes, backslashes and control characters, so double quotes are enough.
  private func yaml(_ text: String) -> String { "\"\(text)\"" }
}

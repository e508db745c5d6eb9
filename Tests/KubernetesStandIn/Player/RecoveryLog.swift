import FoundationEssentials

/// The log of a recovery's pod: one JSON object per line, as the instance manager writes.
struct RecoveryLog: Sendable {
  /// The pod's hostname, as in `logging_pod`.
  let pod: String

  func line(
    _ message: String, level: String = "info", logger: String = "instance-manager",
    _ more: [String: JSONValue] = [:]
  ) -> String {
    var object: JSONValue = [
      "level": .string(level), "ts": .string(Self.time()), "logger": .string(logger),
      "msg": .string(message), "logging_pod": .string(pod),
    ]
    for (key, value) in more { object[key] = value }
    return object.text
  }

  /// A record of the server's own log.
  func record(_ severity: String, _ message: String, state: String = "00000") -> String {
    line(
      "record", logger: "postgres",
      [
        "record": [
          "log_time": .string(
            Self.time().replacing("T", with: " ").replacing("Z", with: " UTC")),
          "error_severity": .string(severity), "sql_state_code": .string(state),
          "message": .string(message), "backend_type": "startup", "process_id": "27",
        ]
      ])
  }

  private static func time() -> String {
    Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  // MARK: What comes before the server

  func beginning(backupID: String, usesPlugin: Bool) -> [String] {
    let begin =
      usesPlugin
      ? [line("Restore through plugin detected, proceeding...")]
      : [line("Recovering from external cluster", ["sourceName": "origin"])]
    return begin + [
      line(
        "Target backup found",
        ["backup": ["backup_id": .string(backupID), "status": "DONE", "timeline": 1]]),
      line(
        "Starting barman-cloud-restore", logger: "barman-cloud-restore",
        ["options": ["--endpoint-url", "s3://backups/", "origin", .string(backupID)]]),
    ]
  }

  var restored: [String] {
    [
      line("Restore completed", logger: "barman-cloud-restore"),
      line("Generated recovery configuration", ["configuration": "restore_command = '…'\n"]),
    ]
  }

  func waiting(inRecovery: Bool) -> String {
    line("Checking if the server is still in recovery", ["recovery": .bool(inRecovery)])
  }

  // MARK: A server that is only played

  func playedServer(target: String) -> [String] {
    [
      record("LOG", "starting point-in-time recovery to \(target)"),
      record(
        "LOG",
        "starting backup recovery with redo LSN 0/7000028, checkpoint LSN 0/7000080, on timeline ID 1"
      ),
      record("LOG", "restored log file \"000000010000000000000007\" from archive"),
      record("LOG", "redo starts at 0/7000028"),
      record("LOG", "restored log file \"000000010000000000000008\" from archive"),
      record("LOG", "completed backup recovery with redo LSN 0/7000028 and end LSN 0/8000158"),
      record("LOG", "consistent recovery state reached at 0/8000158"),
    ]
  }

  var playedPromotion: [String] {
    [
      record(
        "LOG",
        "redo done at 0/9000110 system usage: CPU: user: 0.02 s, system: 0.01 s, elapsed: 0.30 s"),
      record("LOG", "last completed transaction was at log time 2026-08-21 10:05:12.000000+00"),
      record("LOG", "selected new timeline ID: 2"),
      record("LOG", "archive recovery complete"),
      record("LOG", "database system is ready to accept connections"),
    ]
  }
}

extension RecoveryFailure {
  /// The lines of a pod that fails in this way, after the usual beginning; empty for those that do not fail in a pod.
  func lines(_ log: RecoveryLog, server: String) -> [String] {
    switch self {
    case .noBackupFound:
      [
        log.line(
          "Error while restoring a backup", level: "error", ["error": "no target backup found"])
      ]
    case .firstWALMissing:
      [
        log.line(
          "Error while restoring a backup", level: "error",
          [
            "error":
              "encountered an error while checking the presence of first needed WAL in the archive: file not found 000000010000000000000007: WAL not found"
          ])
      ]
    case .expectedEmptyArchive:
      [
        log.line(
          "ERROR: WAL archive check failed for server \(server): Expected empty archive",
          level: "error", logger: "barman-cloud-check-wal-archive"),
        log.line(
          "Error while restoring a backup", level: "error",
          ["error": "unexpected failure invoking barman-cloud-wal-archive: exit status 1"]),
      ]
    case .credentialsRefused:
      [
        log.line(
          "Can't list backups", level: "error", logger: "barman",
          [
            "command": "barman-cloud-backup-list", "error": "exit status 4",
            "stderr":
              "2026-11-29 03:51:23,278 [21] ERROR: Barman cloud backup list exception: An error occurred (SignatureDoesNotMatch) when calling the ListObjectsV2 operation: None\n",
          ]),
        log.line(
          "restore error", level: "error",
          ["error": "while restoring cluster: exit status 4"]),
      ]
    case .targetNotReached:
      [
        log.record(
          "FATAL", "recovery ended before configured recovery target was reached", state: "XX000")
      ]
    case .endOfBackupMissing:
      [log.record("FATAL", "WAL ends before end of online backup", state: "22023")]
    case .jobFails, .olderOperator:
      [
        log.line(
          "Can't restore backup", level: "error", logger: "barman-cloud-restore",
          ["error": "exit status 4"])
      ]
    case .missingObjectStore, .imagePullError, .podPending, .silentEarlyPromotion: []
    }
  }
}

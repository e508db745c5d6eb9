import DrillParts
import RecoveryModel

/// The arguments of a restore that can touch nothing but the drill's own directory, whatever the
/// configuration file says.
struct RestoreCommand: Sendable, Equatable {
  var label: String
  var target: LSN
  var timeline: UInt32
  var repository: Int
  var directory: DrillDirectory
  /// Where replay is to stop instead of `target`.
  var moment: RecoveryMoment?

  var arguments: [String] {
    ["--repo=\(repository)", "--set=\(label)"]
      + Self.confined(data: directory.data, tablespaces: directory.tablespaces)
      + stop.restoreArguments(timeline: timeline) + ["--log-level-console=info", "restore"]
  }

  private var stop: PostgresTarget { PostgresTarget(moment ?? RecoveryMoment(.position(target))) }

  /// A restore into these directories and nowhere else, whatever the configuration says.
  static func confined(data: String, tablespaces: String) -> [String] {
    [
      "--pg1-path=\(data)",
      // A configured host would send the restore to production's.
      "--reset-pg1-host",
      // Configured maps win over `--tablespace-map-all`, links over the directory: both lead to production.
      "--reset-tablespace-map", "--tablespace-map-all=\(tablespaces)",
      "--no-link-all", "--reset-link-map",
      "--reset-recovery-option", "--reset-db-include", "--reset-db-exclude", "--no-delta",
      "--archive-mode=off",
    ]
  }

  /// Locks, spool and logs of the drill's own: those of the configuration are production's.
  var environment: [String: String] { Self.environment(directory: directory, console: "info") }

  static func environment(directory: DrillDirectory, console: String) -> [String: String] {
    [
      "PGBACKREST_LOCK_PATH": directory.path + "/lock",
      "PGBACKREST_SPOOL_PATH": directory.path + "/spool",
      "PGBACKREST_LOG_PATH": directory.path + "/log",
      "PGBACKREST_LOG_LEVEL_FILE": "off",
      "PGBACKREST_LOG_LEVEL_CONSOLE": console,
    ]
  }
}

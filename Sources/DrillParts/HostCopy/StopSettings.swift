import RecoveryModel

/// Where replay stops and how WAL is fetched, as lines of `postgresql.auto.conf`.
package struct StopSettings: Sendable, Equatable {
  package var order: DrillOrder
  package var restoreCommand: String

  package init(order: DrillOrder, restoreCommand: String) {
    self.order = order
    self.restoreCommand = restoreCommand
  }

  package var lines: [String] {
    let stop = PostgresTarget(order.moment ?? RecoveryMoment(.position(order.target)))
    let settings = [("restore_command", restoreCommand)] + stop.settings(timeline: order.timeline)
    return settings.map { ConfigurationLine.text($0.0, $0.1) }
  }

  /// A setting of production's that would lead a copy elsewhere: another way to its WAL, another stop, a primary to follow.
  package static func isOverruled(_ line: some StringProtocol) -> Bool {
    let name = line.trimmed.prefix { $0.isLetter || $0 == "_" }.lowercased()
    return name.hasPrefix("recovery_") || overruled.contains(name)
  }

  private static let overruled: Set<String> = [
    "restore_command", "archive_cleanup_command", "primary_conninfo", "primary_slot_name",
    "promote_trigger_file", "archive_command", "archive_library", "archive_mode", "standby_mode",
  ]
}

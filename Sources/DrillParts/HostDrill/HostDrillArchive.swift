import RecoveryModel
import Transports

/// How a base backup and the WAL after it come out of an engine's archive onto this host: what a drill does not know by
/// itself.
package protocol HostDrillArchive: Sendable {
  /// Looks at what the backup takes, as it is now: it is there, its own WAL is, and so is its PostgreSQL. Throws `DrillEnd`.
  func check(_ order: DrillOrder) async throws

  /// Brings the base backup into the directory, with how WAL is fetched and where replay stops, and `recovery.signal`.
  /// `tell` = a line for the log. Throws `DrillEnd`.
  func restore(
    _ order: DrillOrder, into directory: DrillDirectory, tell: @escaping @Sendable (String) -> Void
  ) async throws

  /// Variables of the copy's server, which what it fetches WAL with has too.
  func environment(_ directory: DrillDirectory) -> [String: String]

  /// What fetches a segment, as people know it: `pgbackrest archive-get`.
  var fetcher: String { get }

  /// How the drill ends, where what the fetching programs said tells why recovery ended early; nil = it says nothing.
  func end(fetching log: RecoveryLog, isCramped: Bool, place: String) async -> DrillEnd?

  /// Ends what it has started for the copy.
  func close(_ directory: DrillDirectory) async
}

extension HostDrillArchive {
  package func close(_ directory: DrillDirectory) async {}
}

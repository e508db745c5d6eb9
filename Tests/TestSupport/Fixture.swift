import FoundationEssentials
import RecoveryModel

/// A healthy cluster at one fixed moment, part by part; tests change the one thing they are about.
///
/// The world: `auth-db`, 16 MiB segments, a segment every two minutes since ten hours (numbers 100 to 400), one full
/// backup taken nine hours ago over the segments 129 and 130, a drill of it passed eight hours ago.
package enum Fixture {
  /// 2026-11-22T12:00:00Z: "now" in every fixture.
  package static let date = Date(timeIntervalSince1970: 1_795_348_800)
  package static let segmentSize = 16 << 20
  package static let lastSegmentNumber: UInt64 = 400
  package static let systemIdentifier = "7431000000000000001"

  /// `date` minus so many seconds.
  package static func ago(_ seconds: Double) -> Date { date.addingTimeInterval(-seconds) }

  package static func hours(_ count: Double) -> Double { count * 3600 }

  package static func segment(_ number: UInt64, timeline: UInt32 = 1) -> WALSegment {
    WALSegment(timeline: timeline, number: number)
  }

  package static func declaration(
    name: String = "auth-db", targets: RecoveryTargets = RecoveryTargets(),
    smokeTests: [SmokeTest]? = nil, options: [String: OptionValue] = [:]
  ) -> ClusterDeclaration {
    ClusterDeclaration(
      name: name, engine: "pgbackrest", targets: targets,
      smokeTests: smokeTests ?? [
        SmokeTest(
          name: "users", sql: "SELECT count(*) FROM user_entity",
          expectation: .withinOfProduction(percent: 5))
      ], options: options)
  }

  package static func instance(
    _ name: String = "primary", role: InstanceRole = .primary, state: InstanceState = .running,
    timeline: UInt32 = 1, lag: ReplicationLag? = nil, slot: ReplicationSlot? = nil,
    restartPending: Bool? = false
  ) -> Instance {
    Instance(
      name: name, role: role, state: state, observedAt: date, version: 150_018,
      timeline: timeline, lsn: LSN(401 << 24 | 0x800), lag: lag,
      syncState: role == .standby ? "async" : nil, slot: slot, restartPending: restartPending,
      startedAt: ago(hours(48)), systemIdentifier: systemIdentifier)
  }

  /// A primary and two standbys that keep up.
  package static func instances() -> [Instance] {
    let lag = ReplicationLag(
      write: Lag(bytes: 0, seconds: 0), flush: Lag(bytes: 0, seconds: 0),
      replay: Lag(bytes: 512, seconds: 0.1))
    return [instance()]
      + ["standby-1", "standby-2"].map { name in
        instance(
          name, role: .standby, lag: lag,
          slot: ReplicationSlot(
            name: name.replacing("-", with: "_"), active: true, walStatus: "reserved",
            retainedBytes: 2048))
      }
  }

  /// Archiving works: the last segment went out a minute ago, nothing waits, 2 KiB written since.
  package static func archiveStatus() -> ArchiveStatus {
    ArchiveStatus(
      enabled: true, timeline: 1, segmentSize: segmentSize, currentLSN: LSN(401 << 24 | 0x800),
      nextTransactionID: 9000, lastArchivedSegment: segment(lastSegmentNumber),
      lastArchivedAt: ago(60), waitingSegments: 0, archiveTimeout: 120, unarchivedBytes: 2048,
      walBytesPerSecond: 139_810)
  }

  package static func backup(
    _ id: String = "20261122-030000F", kind: BackupKind = .full, finished: Date? = nil,
    from: UInt64 = 129, through: UInt64 = 130, timeline: UInt32 = 1, error: String? = nil,
    dependsOn: [String] = [], databaseBytes: Int64 = 980 << 20
  ) -> Backup {
    let end = finished ?? ago(hours(9))
    return Backup(
      id: id, kind: kind, startedAt: end.addingTimeInterval(-10), finishedAt: end, error: error,
      timeline: timeline, startSegment: segment(from, timeline: timeline),
      stopSegment: segment(through, timeline: timeline), startLSN: LSN(from << 24 | 0x28),
      stopLSN: LSN(through << 24 | 0x100), databaseBytes: databaseBytes,
      copiedBytes: databaseBytes, repositoryBytes: databaseBytes / 9,
      repositoryAddedBytes: databaseBytes / 9, dependsOn: dependsOn)
  }

  package static func catalog(_ backups: [Backup] = [backup()]) -> BackupCatalog {
    BackupCatalog(
      backups: backups, encryption: RepositoryEncryption.none, systemIdentifier: systemIdentifier,
      repositoryStatus: "ok")
  }

  /// One segment every `every` seconds, the last of them archived at `end`.
  package static func walArchive(
    from: UInt64 = 100, through: UInt64 = lastSegmentNumber, missing: Set<UInt64> = [],
    timeline: UInt32 = 1, segmentSize: Int = segmentSize, storedBytes: Int64 = 3 << 20,
    every: Double = 120, end: Date? = nil, switches: [TimelineSwitch] = []
  ) -> WALArchive {
    let last = end ?? ago(60)
    let segments = (from...through).filter { !missing.contains($0) }.map { number in
      ArchivedSegment(
        segment: segment(number, timeline: timeline), storedBytes: storedBytes,
        archivedAt: last.addingTimeInterval(-Double(through - number) * every))
    }
    return WALArchive(segmentSize: segmentSize, segments: segments, switches: switches)
  }
}

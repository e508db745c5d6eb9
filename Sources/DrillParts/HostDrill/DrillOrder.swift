import FoundationEssentials
import PostgresServers
import RecoveryModel

/// What a planned drill is carried out by.
package struct DrillOrder: Sendable, Equatable {
  package var label: String
  package var backupFinishedAt: Date?
  package var target: LSN
  package var timeline: UInt32
  package var segmentSize: Int
  /// Names of the backup's own first and last segment.
  package var backupSegments: [String]
  /// A segment that was not in the archive when the plan was made.
  package var missing: String?
  package var restoredBytes: Int64?
  package var load: ReplayLoad
  package var place: String
  /// Name of the instance that production's answers come from.
  package var primary: String?
  /// Where replay is to stop instead of `target`, which is then only as far as it may come.
  package var moment: RecoveryMoment?
  /// The same as it was asked for.
  package var asked: DrillMoment?
  /// The last segment that was archived when the plan was made.
  package var lastSegment: WALSegment?

  /// What was planted and must be found.
  package var marker: SmokeTest?
  /// How it stays when it has come back; nil = it is a drill's, and goes.
  package var keep: KeepOrder?

  /// What is held against where the copy came out; nil = `target`, which it must have reached.
  package var momentCheck: MomentCheck? {
    moment.flatMap { $0 == .latest ? nil : MomentCheck($0, backup: label) }
  }
  /// Where replay is to end, in words.
  package var goal: String {
    moment.map { $0 == .latest ? "the end of the archive" : $0.text } ?? "\(target)"
  }

  /// Room for the copy: 1.2 times its size, and what replay keeps of the log (at most 4 GiB at once, since
  /// replayed segments are recycled).
  package var roomNeeded: Int64? {
    restoredBytes.map { Int64(Double($0) * 1.2) + min(load.walBytes, 4 << 30) + 64 << 20 }
  }

  package init(
    backup: Backup, target: RecoveryTarget, segmentSize: Int, place: String, primary: String?
  ) {
    label = backup.id
    backupFinishedAt = backup.finishedAt
    self.target = target.lsn
    timeline = target.timeline
    self.segmentSize = segmentSize
    backupSegments = [backup.startSegment, backup.stopSegment].compactMap {
      $0?.name(segmentSize: segmentSize)
    }
    missing = target.missing?.name(segmentSize: segmentSize)
    restoredBytes = backup.databaseBytes
    load = target.load
    self.place = place
    self.primary = primary
    lastSegment = target.lastSegment
  }
}

/// How a recovery beside production stays.
package struct KeepOrder: Sendable, Equatable {
  package var side: SideDirectory
  /// Production's configuration, where that lies outside of its data directory; nil = it has been backed up along.
  package var configuration: String?
  /// As it was asked for.
  package var moment: String

  package init(side: SideDirectory, configuration: String?, moment: String) {
    self.side = side
    self.configuration = configuration
    self.moment = moment
  }

  /// Nobody is helped by a recovery that is stopped half-way: it may take as long as it takes; seconds.
  package static let limit = 30 * 86_400.0
}

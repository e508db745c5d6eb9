import FoundationEssentials
import RecoveryModel
import TestSupport

/// A healthy cluster, changed in one way and assessed.
enum Assessed {
  /// `watched`: the clock has looked long enough to tell an idle server from a late archive.
  static func cluster(
    targets: RecoveryTargets = RecoveryTargets(), drills: [DrillRecord] = [Fixture.drill()],
    operation: RunningOperation? = nil, watched: Bool = true, now: Date = Fixture.date,
    paces: [ReportPart: Double] = [:], notes: ClusterNotes = ClusterNotes(),
    scrubs: ScrubHistory = ScrubHistory(), previous: ClusterSnapshot? = nil,
    change: (inout EngineReport) -> Void = { _ in }
  ) -> ClusterSnapshot {
    var report = Fixture.report()
    change(&report)
    var clock = WALClock()
    if watched {
      clock.record(lsn: LSN(401 << 24), nextTransactionID: 8999, at: Fixture.ago(62))
      for second in stride(from: 60.0, through: 0, by: -2) {
        clock.record(
          lsn: LSN(401 << 24 | 0x800), nextTransactionID: 9000, at: Fixture.ago(second))
      }
    }
    return ClusterAssessment.assess(
      declaration: Fixture.declaration(targets: targets), engineTitle: "pgBackRest", interval: 2,
      report: report, drills: drills, operation: operation, outcomes: [], clock: clock, now: now,
      paces: paces, scrubs: scrubs, notes: notes, previous: previous)
  }

  static func finding(
    _ id: String, targets: RecoveryTargets = RecoveryTargets(),
    drills: [DrillRecord] = [Fixture.drill()], watched: Bool = true, now: Date = Fixture.date,
    change: (inout EngineReport) -> Void = { _ in }
  ) -> Finding? {
    cluster(targets: targets, drills: drills, watched: watched, now: now, change: change)
      .findings.first { $0.id == id }
  }
}

extension EngineReport {
  mutating func changeArchive(_ change: (inout ArchiveStatus) -> Void) {
    var status = archive.value ?? Fixture.archiveStatus()
    change(&status)
    archive = Fixture.observed(status, source: "pg_stat_archiver on primary")
  }

  mutating func changeInstances(_ change: (inout [Instance]) -> Void) {
    var list = instances.value ?? []
    change(&list)
    instances = Fixture.observed(list, source: "pg_stat_replication")
  }

  mutating func setBackups(_ list: [Backup]) {
    backups = Fixture.observed(Fixture.catalog(list), source: "pgbackrest info")
  }

  mutating func setWAL(_ archive: WALArchive) {
    walArchive = Fixture.observed(archive, source: "pgbackrest repo-ls archive")
  }
}

import FoundationEssentials
import RecoveryModel

extension Fixture {
  package static func window() -> RecoveryWindow {
    RecoveryWindow(
      first: ago(hours(9)), last: ago(60), lastSegment: segment(lastSegmentNumber),
      restorable: ["20261122-030000F"])
  }

  package static func projection(
    expected: Double = 96, basis: ProjectionBasis = .measured, drills: Int = 4
  ) -> RTOProjection {
    RTOProjection(
      total: Estimate(expected: expected, low: expected * 0.7, high: expected * 1.4),
      restore: expected * 0.1, replay: expected * 0.85, start: expected * 0.05, basis: basis,
      drills: drills, lastDrillAt: ago(hours(8)), lastError: -0.15, restoreBytes: 980 << 20,
      load: ReplayLoad(segments: 272, walBytes: 272 << 24, storedBytes: 272 * 3 << 20),
      beforeNextBackup: expected * 2.5, underWeeklySchedule: expected * 18,
      advice: ["Set archive-async=y: the restore then fetches WAL ahead of the replay."])
  }

  package static func finding(
    _ id: String = "backup.gap", severity: Severity = .critical,
    headline: String = "WAL is archived, but there is no base backup to replay it on",
    ceiling: Verdict = .notRecoverable
  ) -> Finding {
    Finding(
      id: id, severity: severity, headline: headline,
      evidence: [Evidence(what: "0 base backups", source: "pgbackrest info", at: date)],
      remedy: "Take a base backup now: pgvigil backup auth-db.", ceiling: ceiling,
      words: RuleTable.all.first { id == $0.id || id.hasPrefix($0.id + ":") }?.words ?? "")
  }

  /// A snapshot with the verdict as given; nothing in it is computed, so that screens can be tested alone.
  package static func cluster(
    name: String = "auth-db", verdict: Verdict = .proven, report: EngineReport = report(),
    drills: [DrillRecord] = [drill()], findings: [Finding] = [],
    operation: RunningOperation? = nil, outcomes: [OperationOutcome] = [],
    window: RecoveryWindow? = window(),
    exposure: RPOExposure? = RPOExposure(bytes: 2048, seconds: 12, segments: 0),
    projection: RTOProjection? = projection()
  ) -> ClusterSnapshot {
    ClusterSnapshot(
      declaration: declaration(name: name), engineTitle: "pgBackRest", takenAt: date, interval: 2,
      report: report, drills: drills, operation: operation, outcomes: outcomes, window: window,
      exposure: exposure, projection: projection, findings: findings, verdict: verdict)
  }

  /// The same cluster while it screams: WAL flows, no base backup.
  package static func gapCluster(name: String = "auth-db") -> ClusterSnapshot {
    cluster(
      name: name, verdict: .notRecoverable, report: report(backups: catalog([])), drills: [],
      findings: [finding()], window: RecoveryWindow(), projection: nil)
  }

  package static func fleet(
    _ clusters: [ClusterSnapshot] = [cluster()], generation: UInt64 = 1
  ) -> FleetSnapshot {
    FleetSnapshot(generation: generation, takenAt: date, clusters: ClusterSnapshots(clusters))
  }
}

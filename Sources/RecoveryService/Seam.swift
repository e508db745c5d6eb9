import FoundationEssentials
import RecoveryModel

enum ClusterAssessment {
  static func assess(
    declaration: ClusterDeclaration, engineTitle: String, interval: Double, report: EngineReport,
    drills: [DrillRecord], operation: RunningOperation?, outcomes: [OperationOutcome],
    clock: WALClock, now: Date
  ) -> ClusterSnapshot {
    ClusterSnapshot(
      declaration: declaration, engineTitle: engineTitle, takenAt: now, interval: interval,
      report: report, drills: drills, operation: operation, outcomes: outcomes)
  }
}

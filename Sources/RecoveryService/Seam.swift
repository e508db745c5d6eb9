import FoundationEssentials
import RecoveryModel

public struct WALClock: Sendable, Equatable {
  public init() {}
  public mutating func record(lsn: LSN, nextTransactionID: UInt64?, at: Date) {}
}

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

enum Suggestion {
  static func nearest(to word: String, among known: [String]) -> String? {
    known.first { $0.first == word.first }
  }
}

extension Expectation {
  init(text: String) throws(RecoveryError) {
    guard text.hasPrefix(">= "), let number = Double(text.dropFirst(3)) else {
      throw RecoveryError(.invalid, "not an expectation: \(text)")
    }
    self = .atLeast(number)
  }
}

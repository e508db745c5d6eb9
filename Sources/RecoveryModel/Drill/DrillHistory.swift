/// What a cluster's drills, oldest first, say.
extension BidirectionalCollection<DrillRecord> {
  /// The last proof.
  package var lastPassed: DrillRecord? { last { $0.outcome == .passed } }

  /// The newest that ran to an end, passed or failed.
  package var lastConclusive: DrillRecord? {
    last { $0.outcome == .passed || $0.outcome == .failed }
  }
}

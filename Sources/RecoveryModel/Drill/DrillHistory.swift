/// What a cluster's drills, oldest first, say of a recovery now; those of moments in the past are told apart from them.
extension BidirectionalCollection<DrillRecord> {
  /// The last proof.
  package var lastPassed: DrillRecord? { last { $0.outcome == .passed && $0.speaksOfNow } }

  /// The newest that ran to an end, passed or failed.
  package var lastConclusive: DrillRecord? {
    last { ($0.outcome == .passed || $0.outcome == .failed) && $0.speaksOfNow }
  }

  /// Without those that only tell of the past.
  package var ofNow: [DrillRecord] { filter(\.speaksOfNow) }

  /// The newest of a moment in the past, whatever came of it.
  package var lastOfPast: DrillRecord? { last(where: \.isOfPast) }
}

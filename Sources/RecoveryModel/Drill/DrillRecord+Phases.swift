extension DrillRecord {
  /// The copy came back and took queries, whatever they then said.
  package var isRestored: Bool {
    switch outcome {
    case .passed, .notTested: true
    case .failed: cause == .smokeTest || cause == nil && failedIn == .smokeTesting
    case .cancelled, .couldNotRun: false
    }
  }

  /// Its phases say where replay ended and the handing over began.
  package var tellsHandover: Bool { phases.contains { $0.state == .handingOver } }

  /// As an operator's drill that may be of an older version: there everything from the end of the restore to the healthy
  /// cluster was called replaying, and its bytes say nothing of a rate.
  package var ofOperator: DrillRecord {
    guard isRestored || measuredRTO != nil, !tellsHandover,
      let index = phases.firstIndex(where: { $0.state == .replaying })
    else { return self }
    var record = self
    record.phases[index].includesHandover = true
    record.phases[index].bytes = nil
    return record
  }
}

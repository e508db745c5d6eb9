import FoundationEssentials

/// How long the next base backup should take.
package enum BackupEstimate {
  /// A slow copy over a network, until the catalog knows better; bytes per second.
  private static let assumedRate = 70_000_000.0
  private static let recent = 10

  /// From the newest backups of the same kind, the recent ones counting more; else from the size at an assumed rate;
  /// nil when not even the size is known. Seconds.
  package static func expected(
    kind: BackupKind, catalog: BackupCatalog, databaseBytes: Int64? = nil
  ) -> Estimate? {
    let durations = catalog.backups.filter { $0.kind == kind && $0.error == nil }
      .compactMap(\.duration).filter { $0 >= 0 && $0.isFinite }.suffix(recent)
    if let last = durations.last {
      var weight = 1.0
      var sum = 0.0
      var weights = 0.0
      for duration in durations.reversed() {
        sum += weight * duration
        weights += weight
        weight *= 0.7
      }
      let expected = max(1, sum / weights)
      let low = min(durations.min() ?? last, expected * 0.8)
      let high = max(durations.max() ?? last, expected * 1.3)
      return Estimate(expected: expected, low: max(0.5, low), high: max(high, 1))
    }
    guard let bytes = databaseBytes ?? catalog.lastGood?.databaseBytes, bytes > 0 else {
      return nil
    }
    let expected = 2 + Double(bytes) / assumedRate
    return Estimate(expected: expected, low: expected / 3, high: expected * 2)
  }
}

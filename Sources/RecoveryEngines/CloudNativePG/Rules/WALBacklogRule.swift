import RecoveryModel

/// WAL that waits to be archived stays on the volume; from its count alone it can be told when the volume is full.
enum WALBacklogRule {
  /// Below that many segments it is no backlog.
  private static let minimum = 16
  private static let shareWarning = 0.3
  private static let hoursWarning = 24.0
  private static let hoursCritical = 4.0

  static let rule = CloudNativePGRule("cnpg.wal.backlog") { facts, _ in
    guard let status = facts.primaryStatus?.value, status.readyWALFiles >= minimum,
      let capacity = capacity(facts), capacity > 0
    else { return [] }
    let backlog = Int64(status.readyWALFiles) * Int64(facts.segmentBytes)
    let share = Double(backlog) / Double(capacity)
    let hours = facts.walBytesPerSecond.flatMap { rate in
      rate > 0 ? Double(max(0, capacity - backlog)) / rate / 3600 : nil
    }
    guard share >= shareWarning || hours ?? .infinity < hoursWarning else { return [] }
    let critical = share >= 0.7 || hours ?? .infinity < hoursCritical
    let left = hours.map { ", full in at most \(Format.age($0 * 3600))" } ?? ""
    return [
      Finding(
        id: "cnpg.wal.backlog", severity: critical ? .critical : .warning,
        headline:
          "\(Format.bytes(backlog)) of WAL wait to be archived, \(Format.percent(share)) of "
          + "the volume\(left)",
        evidence: [
          facts.statusEvidence("\(status.readyWALFiles) .ready files"),
          facts.clusterEvidence("volume of \(Format.bytes(capacity))"),
        ],
        remedy: "Repair archiving first; a full volume stops the primary. Raise walStorage.size to "
          + "gain time.",
        ceiling: .atRisk)
    ]
  }

  /// Of the volume that pg_wal lies on.
  private static func capacity(_ facts: CloudNativePGFacts) -> Int64? {
    let content: VolumeUsage.Content = facts.cluster.spec.walStorage == nil ? .data : .wal
    let claim = facts.claims.value?.first {
      $0.instanceName == facts.currentPrimary && $0.content == content
    }
    let asked = facts.cluster.spec.walStorage?.size ?? facts.cluster.spec.storage?.size
    return claim?.capacityBytes ?? Quantity.bytes(asked)
  }
}

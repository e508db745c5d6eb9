import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A volume that fills up stops the server, and with it archiving.
enum VolumeFillingRule {
  static let rule = CloudNativePGRule("cnpg.volume.filling", .cluster, "volume fills up") {
    facts, _ in
    facts.volumeUsages.compactMap { volume in
      guard let severity = volume.filling, let share = volume.usedShare,
        let used = volume.usedBytes, let capacity = volume.capacityBytes
      else { return nil }
      let name = facts.shown(volume.name)
      let left = volume.secondsLeft.map { ", \(Format.age($0)) left at the present rate" } ?? ""
      return Finding(
        id: "cnpg.volume.filling:\(name)", severity: severity,
        headline: "The \(words(volume.content)) \(name) is \(Format.percent(share)) full\(left)",
        evidence: [
          facts.evidence(
            "\(Format.bytes(used)) of \(Format.bytes(capacity)) used",
            "PersistentVolumeClaim \(volume.name)", at: facts.claims.at)
        ],
        remedy: volume.content == .wal
          ? "Make archiving keep up and look for slots that hold WAL back; raise walStorage.size."
          : "Raise storage.size of the Cluster, if the storage class can expand volumes.",
        ceiling: severity == .critical ? .atRisk : .likely)
    }
  }

  private static func words(_ content: VolumeUsage.Content) -> String {
    switch content {
    case .data: "data volume"
    case .wal: "WAL volume"
    case .tablespace: "tablespace volume"
    }
  }
}

/// A volume far larger than its data costs money, and makes a restore ask for as much.
enum VolumeOversizedRule {
  private static let factor = 10.0
  private static let smallest: Int64 = 20 << 30

  static let rule = CloudNativePGRule("cnpg.volume.oversized", .cluster, "big volume") { facts, _ in
    guard let data = facts.databaseBytes, data > 0,
      let claim = facts.claims.value?.first(where: {
        $0.instanceName == facts.currentPrimary && $0.content == .data
      }), let capacity = claim.capacityBytes, capacity > smallest,
      Double(capacity) > factor * Double(data)
    else { return [] }
    return [
      Finding(
        id: "cnpg.volume.oversized", severity: .info,
        headline: "The volume of \(Format.bytes(capacity)) holds \(Format.bytes(data)) of data",
        evidence: [
          facts.evidence(
            "capacity \(Format.bytes(capacity)), databases \(Format.bytes(data))",
            "PersistentVolumeClaim \(claim.name)", at: facts.claims.at)
        ],
        remedy: "Volumes cannot shrink: recover into a cluster with a smaller storage.size when it "
          + "suits. Every drill asks for a volume of the same size.",
        ceiling: .proven)
    ]
  }
}

/// WAL that waits to be archived stays on the volume.
enum WALBacklogRule {
  /// Below that many segments it is no backlog.
  private static let minimum = 16
  private static let shareWarning = 0.3
  private static let shareCritical = 0.7

  static let rule = CloudNativePGRule("cnpg.wal.backlog", .archive, "WAL waits") { facts, _ in
    guard let status = facts.primaryStatus?.value, status.readyWALFiles >= minimum,
      let capacity = capacity(facts), capacity > 0
    else { return [] }
    let backlog = Int64(status.readyWALFiles) * Int64(facts.segmentBytes)
    let share = Double(backlog) / Double(capacity)
    let left = VolumeUsage(
      name: "", capacityBytes: capacity, usedBytes: backlog, growth: growth(backlog, status, facts)
    ).secondsLeft
    let severities = [
      Severity.of(share, warning: shareWarning, critical: shareCritical), VolumeUsage.hurry(left),
    ]
    guard let severity = severities.compactMap({ $0 }).max() else { return [] }
    let end = left.map { ", full in at most \(Format.age($0))" } ?? ""
    return [
      Finding(
        id: "cnpg.wal.backlog", severity: severity,
        headline:
          "\(Format.bytes(backlog)) of WAL wait to be archived, \(Format.percent(share)) of "
          + "the volume\(end)",
        evidence: [
          facts.statusEvidence("\(status.readyWALFiles) .ready files"),
          facts.clusterEvidence("volume of \(Format.bytes(capacity))"),
        ],
        remedy: "Repair archiving first; a full volume stops the primary. Raise walStorage.size to "
          + "gain time.",
        ceiling: .atRisk)
    ]
  }

  /// Seconds since the last archived segment below which a backlog may be one that is being worked off.
  private static let standstill = 600.0

  /// Since nothing is archived any more, all that waits was written; how fast it was written just now says little.
  private static func growth(
    _ backlog: Int64, _ status: InstanceManagerStatus, _ facts: CloudNativePGFacts
  ) -> VolumeGrowth? {
    guard let last = status.lastArchivedAt, let at = facts.primaryStatus?.at else { return nil }
    let seconds = at.timeIntervalSince(last)
    guard seconds >= standstill else { return nil }
    return VolumeGrowth(bytesPerSecond: Double(backlog) / seconds, seconds: seconds)
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

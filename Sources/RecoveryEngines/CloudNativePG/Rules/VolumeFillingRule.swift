import RecoveryModel

/// A volume that fills up stops the server, and with it archiving.
enum VolumeFillingRule {
  private static let fullWarning = 0.8
  private static let fullCritical = 0.9
  /// Hours left at the present rate.
  private static let hoursWarning = 24.0
  private static let hoursCritical = 4.0

  static let rule = CloudNativePGRule("cnpg.volume.filling") { facts, _ in
    (facts.claims.value ?? []).sorted { $0.name < $1.name }.compactMap { claim in
      guard let capacity = claim.capacityBytes, capacity > 0,
        let fill = facts.volumes[claim.name]
      else { return nil }
      let share = Double(fill.usedBytes) / Double(capacity)
      let hours = hoursLeft(fill, capacity)
      guard share >= fullWarning || hours ?? .infinity < hoursWarning else { return nil }
      let critical = share >= fullCritical || hours ?? .infinity < hoursCritical
      let name = facts.shown(claim.name)
      let left = hours.map { ", \(Format.age($0 * 3600)) left at the present rate" } ?? ""
      return Finding(
        id: "cnpg.volume.filling:\(name)", severity: critical ? .critical : .warning,
        headline: "The \(words(claim.content)) \(name) is \(Format.percent(share)) full\(left)",
        evidence: [
          facts.evidence(
            "\(Format.bytes(fill.usedBytes)) of \(Format.bytes(capacity)) used",
            "PersistentVolumeClaim \(claim.name)", at: facts.claims.at)
        ],
        remedy: claim.content == .wal
          ? "Make archiving keep up and look for slots that hold WAL back; raise walStorage.size."
          : "Raise storage.size of the Cluster, if the storage class can expand volumes.",
        ceiling: critical ? .atRisk : .likely)
    }
  }

  private static func hoursLeft(_ fill: VolumeFill, _ capacity: Int64) -> Double? {
    guard let growth = fill.growthPerSecond, growth > 0 else { return nil }
    return Double(max(0, capacity - fill.usedBytes)) / growth / 3600
  }

  private static func words(_ content: VolumeUsage.Content) -> String {
    switch content {
    case .data: "data volume"
    case .wal: "WAL volume"
    case .tablespace: "tablespace volume"
    }
  }
}

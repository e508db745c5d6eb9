import RecoveryModel

/// A volume far larger than its data costs money, and makes a restore ask for as much.
enum VolumeOversizedRule {
  private static let factor = 10.0
  private static let smallest: Int64 = 20 << 30

  static let rule = CloudNativePGRule("cnpg.volume.oversized") { facts, _ in
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

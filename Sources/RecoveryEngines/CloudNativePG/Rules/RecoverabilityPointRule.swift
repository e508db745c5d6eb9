import FoundationEssentials
import RecoveryModel

/// The first recoverability point is empty although backups completed, or the window is older than they are.
enum RecoverabilityPointRule {
  /// Seconds by which the sidecar's refresh (every 1800) may lag behind a backup.
  private static let lag = 7200.0

  static let rule = CloudNativePGRule("cnpg.window") { facts, _ in
    let completed = (facts.ownBackups ?? []).filter {
      $0.phase == .completed && $0.method != "volumeSnapshot"
    }
    let newest = completed.max { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }
    guard let newest else { return [] }
    // A store that may not be read is a part that is missing, not an empty claim.
    if facts.cluster.objectStoreName != nil, facts.objectStore == nil { return [] }
    guard let claim = facts.claim, claim.first != nil else { return [empty(newest, facts)] }
    guard let stopped = newest.stoppedAt, let last = claim.lastBackupAt,
      stopped.timeIntervalSince(last) > lag
    else { return [] }
    return [
      Finding(
        id: "cnpg.window.stale", severity: .warning,
        headline: "The recovery window is stale: it ends before the backup "
          + facts.shown(newest.name),
        evidence: [
          facts.evidence(
            "last successful backup \(Format.timestamp(last))", claim.claimant, at: last),
          facts.evidence(newest, "completed"),
        ],
        remedy: sidecar(facts), ceiling: .likely)
    ]
  }

  private static func empty(_ newest: CNPGBackup, _ facts: CloudNativePGFacts) -> Finding {
    let place =
      facts.objectStore.map {
        "ObjectStore \(facts.shown($0.name)) for server \(facts.shown(facts.cluster.serverName))"
      } ?? "the Cluster's status"
    return Finding(
      id: "cnpg.window.empty", severity: .warning,
      headline: "No first recoverability point in \(place), though backups completed",
      evidence: [
        facts.clusterEvidence("no first recoverability point in \(place)"),
        facts.evidence(newest, "completed"),
      ],
      remedy: sidecar(facts), ceiling: .likely)
  }

  private static func sidecar(_ facts: CloudNativePGFacts) -> String {
    facts.objectStore == nil
      ? "Prove the backup with a verify drill: press v."
      : "Look at the log of the primary's container plugin-barman-cloud (retention that fails stops "
        + "the window), and that serverName is right; prove the backup with a drill: press v."
  }
}

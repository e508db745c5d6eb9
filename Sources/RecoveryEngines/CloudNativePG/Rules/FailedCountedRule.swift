import FoundationEssentials
import RecoveryModel

/// The catalog counts a backup as done once it has two times, whatever its status: what is shown as the last good one,
/// or as the first recoverability point, can be a failed one.
enum FailedCountedRule {
  static let rule = CloudNativePGRule("cnpg.backup.failed-counted") { facts, _ in
    guard facts.backups.value != nil, let claim = facts.claim else { return [] }
    let last = claim.lastBackupAt.flatMap { facts.failedBackup(at: $0) }
    let first = claim.first.flatMap { facts.failedBackup(at: $0) }
    guard let failed = last ?? first else { return [] }
    let claimed = (last != nil ? claim.lastBackupAt : claim.first) ?? facts.clusterAt
    let name = facts.shown(failed.name)
    return [
      Finding(
        id: "cnpg.backup.failed-counted", severity: .critical,
        headline: last != nil
          ? "CloudNativePG counts the failed backup \(name) as the last good one"
          : "CloudNativePG counts the failed backup \(name) as the first recoverability point",
        evidence: [
          facts.evidence(
            "\(last != nil ? "last successful backup" : "first recoverability point") "
              + Format.timestamp(claimed), claim.claimant, at: claimed),
          facts.evidence(failed, "failed: \(failed.errorText ?? "")"),
        ],
        remedy: "Take a base backup: press b. A restore without a named backup would choose the "
          + "failed one: name backupID until then.",
        ceiling: .atRisk)
    ]
  }
}

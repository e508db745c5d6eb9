import FoundationEssentials
import RecoveryModel

/// `LastBackupSucceeded` is False while a backup runs and after one failed; only the reason tells which.
enum LastBackupConditionRule {
  static let rule = CloudNativePGRule("cnpg.backup.condition") { facts, _ in
    guard let claim = facts.cluster.condition("LastBackupSucceeded"), claim.status == "False" else {
      return []
    }
    if claim.reason == "BackupStarted" {
      return [
        Finding(
          id: "cnpg.backup.condition", severity: .info,
          headline: "A base backup is being taken; LastBackupSucceeded=False means no more than "
            + "that",
          evidence: [facts.clusterEvidence("reason BackupStarted", at: claim.since)],
          remedy: "Nothing to do; it counts once it has finished.", ceiling: .proven)
      ]
    }
    // The Backup itself says more, and is a finding of its own.
    guard facts.newestFailed == nil else { return [] }
    let message = facts.words(claim)
    return [
      Finding(
        id: "cnpg.backup.condition", severity: .warning,
        headline: "The last base backup failed: \(FailureSentence.find(in: message, limit: 160))",
        evidence: [
          facts.clusterEvidence(
            "LastBackupSucceeded is False (\(claim.reason ?? "no reason")): \(message)",
            at: claim.since)
        ],
        remedy: "Read the log of the instance that took it (with the plugin its container "
          + "plugin-barman-cloud), then take one: press b.",
        ceiling: .atRisk)
    ]
  }
}

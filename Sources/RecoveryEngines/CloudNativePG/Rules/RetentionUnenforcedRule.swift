import FoundationEssentials
import RecoveryModel

/// Backups that should have expired are still there: the first recoverability point lies before the window by more than
/// the one backup that is kept for it.
enum RetentionUnenforcedRule {
  static let rule = CloudNativePGRule("cnpg.retention.unenforced") { facts, now in
    guard let text = facts.retentionText,
      let period = CloudNativePGReport.retentionSeconds(text),
      let claim = facts.claim, let first = first(facts) ?? claim.first
    else { return [] }
    let spacing = longestSpacing(facts, now)
    let age = CloudNativePGRules.age(first, now)
    // The newest backup before the window stays, and a run of the clean-up may be due.
    guard age > period + spacing + 86_400 else { return [] }
    let inWindow = (facts.ownBackups ?? []).contains {
      $0.phase == .completed
        && CloudNativePGRules.age($0.stoppedAt ?? .distantPast, now) < period
    }
    // Without a later backup the oldest is the last one needed.
    guard inWindow || claim.lastBackupAt.map({ $0 > first }) == true else { return [] }
    return [
      Finding(
        id: "cnpg.retention.unenforced", severity: .warning,
        headline: "The retention of \(facts.shown(text)) is not enforced: backups are kept since "
          + Format.age(age),
        evidence: [
          facts.evidence(
            "first recoverability point \(Format.timestamp(first))", claim.claimant, at: first),
          facts.evidence("retentionPolicy: \(text)", claim.claimant),
        ],
        remedy: facts.objectStore == nil
          ? "It runs after each backup: look at the log of the instance that took the last one. "
            + "S3-compatible stores may need AWS_REQUEST_CHECKSUM_CALCULATION=when_required."
          : "Look at the primary's container plugin-barman-cloud and for the event "
            + "RetentionPolicyFailed.",
        ceiling: .proven)
    ]
  }

  /// Retention is Barman's; the points of other methods do not count where they are told apart.
  private static func first(_ facts: CloudNativePGFacts) -> Date? {
    guard facts.objectStore == nil else { return nil }
    let points = facts.cluster.status?.firstRecoverabilityPointByMethod
    return kubernetesDate(points?["barmanObjectStore"])
  }

  private static func longestSpacing(_ facts: CloudNativePGFacts, _ now: Date) -> Double {
    let crons = (facts.ownSchedules ?? []).compactMap { try? CronSchedule($0.spec.schedule ?? "") }
    return crons.compactMap {
      $0.spacing(from: now, utcOffset: facts.operatorUTCOffset)?.longest
    }.max() ?? 7 * 86_400
  }
}

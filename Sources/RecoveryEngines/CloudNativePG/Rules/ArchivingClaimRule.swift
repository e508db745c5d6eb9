import FoundationEssentials
import RecoveryModel

/// `ContinuousArchiving` is True while nothing is archived: it is written when archive_command runs and by nothing
/// else, and a command that ships nothing succeeds too.
enum ArchivingClaimRule {
  /// Seconds that a waiting segment may take before the claim is called wrong.
  private static let hung = 360.0
  /// Seconds of a new cluster before its first segment is missed.
  private static let firstSegment = 900.0

  static let rule = CloudNativePGRule("cnpg.archive.claim") { facts, now in
    guard let claim = facts.cluster.condition("ContinuousArchiving"), claim.isTrue,
      !facts.cluster.isHibernated
    else { return [] }
    if let missing = facts.archiverMissing {
      return [
        finding(
          "CloudNativePG reports archiving as working, but no WAL is archived anywhere",
          [facts.clusterEvidence(missing.reason)], missing.remedy, claim, facts)
      ]
    }
    guard let status = facts.primaryStatus?.value else { return [] }
    return stalled(status, claim, facts, now)
  }

  private static func stalled(
    _ status: InstanceManagerStatus, _ claim: Condition, _ facts: CloudNativePGFacts, _ now: Date
  ) -> [Finding] {
    let look =
      "Look at what archive_command does on the primary: "
      + facts.kubectl("logs \(facts.quoted(facts.currentPrimary ?? ""))")
    guard let last = status.lastArchivedAt else {
      let created = kubernetesDate(facts.cluster.metadata.creationTimestamp)
      guard let created, CloudNativePGRules.age(created, now) > firstSegment else { return [] }
      return [
        finding(
          "CloudNativePG reports archiving as working, but this primary has never archived a "
            + "segment",
          [facts.statusEvidence("no last archived WAL")], look, claim, facts)
      ]
    }
    let age = CloudNativePGRules.age(last, now)
    guard status.readyWALFiles > 0, age >= hung else { return [] }
    return [
      finding(
        "CloudNativePG reports archiving as working, but \(status.readyWALFiles) segments wait "
          + "and none has gone out for \(Format.age(age))",
        [
          facts.statusEvidence(
            "\(status.readyWALFiles) .ready files, last archived \(Format.timestamp(last))")
        ], look, claim, facts)
    ]
  }

  private static func finding(
    _ headline: String, _ evidence: [Evidence], _ remedy: String, _ claim: Condition,
    _ facts: CloudNativePGFacts
  ) -> Finding {
    let claimed = facts.clusterEvidence(
      "ContinuousArchiving is True: \(claim.message ?? claim.reason ?? "")", at: claim.since)
    return Finding(
      id: "cnpg.archive.claim", severity: .critical, headline: headline,
      evidence: evidence + [claimed], remedy: remedy, ceiling: .atRisk)
  }
}

import FoundationEssentials
import RecoveryModel

/// `ContinuousArchiving` is False. A switchover refuses archiving for a moment; that alone is no failure.
enum ArchivingFailureRule {
  private static let grave = 900.0

  static let rule = CloudNativePGRule("cnpg.archive.failing") { facts, now in
    guard let claim = facts.cluster.condition("ContinuousArchiving"), claim.status == "False",
      facts.archiverMissing == nil, !facts.cluster.isHibernated
    else { return [] }
    // The condition is written when archive_command runs; the server itself knows better.
    if let status = facts.primaryStatus?.value, let archived = status.lastArchivedAt,
      archived > claim.since ?? .distantFuture
    {
      return []
    }
    let message = facts.words(claim)
    let age = claim.since.map { CloudNativePGRules.age($0, now) }
    let moving =
      message.contains("switchover in progress")
      || facts.activities.contains { $0.kind == .switchover }
    let passing = moving && (age ?? 0) < grave
    // What the server itself says is a finding that says more.
    guard passing || !(facts.primaryStatus?.value != nil && facts.isArchiverFailing) else {
      return []
    }
    let failure = facts.archiveFailure
    return [
      Finding(
        id: "cnpg.archive.failing",
        severity: passing ? .info : (age ?? 0) >= grave ? .critical : .warning,
        headline: passing
          ? "Archiving pauses while the primary changes"
          : "Archiving fails\(age.map { " since \(Format.age($0))" } ?? ""): "
            + (failure.reason ?? FailureSentence.find(in: message, limit: 120)),
        evidence: [
          facts.clusterEvidence("ContinuousArchiving is False: \(message)", at: claim.since)
        ],
        remedy: passing
          ? "Wait for the switchover to end."
          : failure.remedy,
        ceiling: passing ? .likely : .atRisk)
    ]
  }
}

import FoundationEssentials
import RecoveryModel

/// `ContinuousArchiving` is False. A switchover refuses archiving for a moment; that alone is no failure.
enum ArchivingFailureRule {
  private static let grave = 900.0

  static let rule = CloudNativePGRule("cnpg.archive.failing") { facts, now in
    guard let claim = facts.cluster.condition("ContinuousArchiving"), claim.status == "False",
      facts.archiverMissing == nil, !facts.cluster.isHibernated
    else { return [] }
    let message = facts.words(claim)
    let age = claim.since.map { CloudNativePGRules.age($0, now) }
    let moving =
      message.contains("switchover in progress")
      || facts.activities.contains { $0.kind == .switchover }
    let passing = moving && (age ?? 0) < grave
    return [
      Finding(
        id: "cnpg.archive.failing",
        severity: passing ? .info : (age ?? 0) >= grave ? .critical : .warning,
        headline: passing
          ? "Archiving pauses while the primary changes"
          : "Archiving fails\(age.map { " since \(Format.age($0))" } ?? ""): "
            + Sanitizer.clean(message, limit: 120),
        evidence: [
          facts.clusterEvidence("ContinuousArchiving is False: \(message)", at: claim.since)
        ],
        remedy: passing
          ? "Wait for the switchover to end."
          : "Read the archiver's log: "
            + facts.kubectl("logs \(facts.quoted(facts.currentPrimary ?? ""))")
            + ". \"Expected empty archive\" means that another cluster's WAL lies there.",
        ceiling: passing ? .likely : .atRisk)
    ]
  }
}

import FoundationEssentials
import RecoveryModel

/// The primary does not answer: what the operator and the metrics say of its archiver stands in, and is told as what it
/// is.
enum SecondHandRule {
  static let rule = CloudNativePGRule("cnpg.archive.second-hand") { facts, now in
    guard facts.archiverMissing == nil, !facts.cluster.isHibernated,
      facts.primaryStatus?.failure != nil,
      facts.currentPrimary.map({ facts.servers[$0]?.archive == nil }) ?? true
    else { return [] }
    let claim = facts.cluster.condition("ContinuousArchiving")
    var evidence: [Evidence] = []
    if let claim {
      evidence.append(
        facts.clusterEvidence(
          "ContinuousArchiving is \(claim.status): \(facts.words(claim))", at: claim.since))
    }
    let metrics = facts.primaryMetrics
    if let last = metrics?.lastArchivedAt {
      evidence.append(
        facts.evidence("last archived \(Format.timestamp(last))", "the primary's metrics"))
    }
    if let ready = metrics?.readyWALFiles {
      evidence.append(facts.evidence("\(ready) .ready files", "the primary's metrics"))
    }
    guard !evidence.isEmpty else { return [] }
    let told: String
    if let last = metrics?.lastArchivedAt {
      let age = Format.age(CloudNativePGRules.age(last, now))
      told = "its metrics say that the last segment went out \(age) ago"
    } else {
      told = "the operator last heard that archiving \(claim?.isTrue == true ? "works" : "fails")"
    }
    return [
      Finding(
        id: "cnpg.archive.second-hand", severity: .info,
        headline: "The primary's archiver is known at second hand only: \(told)",
        evidence: evidence,
        remedy: "Let pgvigil ask the instance: the verb get on pods/proxy (pgvigil manifest rbac), "
          + "or conninfo in its configuration.",
        ceiling: .likely)
    ]
  }
}

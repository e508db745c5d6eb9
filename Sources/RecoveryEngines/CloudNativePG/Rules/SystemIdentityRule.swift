import RecoveryModel

/// Instances that are not copies of one another: a standby that is another database saves nobody.
enum SystemIdentityRule {
  static let rule = CloudNativePGRule("cnpg.system-id") { facts, _ in
    let own = facts.cluster.status?.systemID.flatMap { $0.isEmpty ? nil : $0 }
    let told = facts.statuses.compactMapValues { $0.value?.systemID }
    let condition = facts.cluster.condition("ConsistentSystemID")
    let strangers = told.filter { own != nil && $0.value != own }.keys.sorted()
    let disagree = Set(told.values).count > 1
    let isDenied = condition?.status == "False" && condition?.reason == "Mismatch"
    guard !strangers.isEmpty || disagree || isDenied else { return [] }
    var evidence = told.sorted { $0.key < $1.key }.map {
      facts.evidence("system identifier \($0.value)", "/pg/status of \($0.key)")
    }
    if let own { evidence.append(facts.clusterEvidence("system identifier \(own)")) }
    if isDenied, let condition {
      evidence.append(
        facts.clusterEvidence(
          "ConsistentSystemID is False: \(facts.words(condition))", at: condition.since))
    }
    let who =
      strangers.isEmpty
      ? "The instances hold different databases"
      : strangers.map(facts.shown).joined(separator: ", ") + ": another database than the cluster's"
    return [
      Finding(
        id: "cnpg.system-id", severity: .critical,
        headline: "\(who) (system identifiers differ)", evidence: evidence,
        remedy:
          "Find out which is the true one before anything else; rebuild the others by deleting "
          + "their pod and volume.",
        ceiling: .atRisk)
    ]
  }
}

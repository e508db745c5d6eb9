import Kubernetes
import RecoveryModel

/// Instances that are not copies of one another, or not of what the Cluster's status says: a standby that is another
/// database saves nobody.
enum SystemIdentityRule {
  static let rule = CloudNativePGRule("cnpg.system-id", .identity, "another system") { facts, _ in
    let own = facts.cluster.status?.systemID.flatMap { $0.isEmpty ? nil : $0 }
    let told = facts.statuses.compactMapValues { $0.value?.systemID }
    let condition = facts.cluster.condition("ConsistentSystemID")
    let isDenied = condition?.status == "False" && condition?.reason == "Mismatch"
    let differs = Set(told.values).count > 1
    let isStranger = !told.isEmpty && own != nil && !told.values.contains { $0 == own }
    guard differs || isStranger || isDenied else { return [] }
    var evidence = told.sorted { $0.key < $1.key }.map {
      facts.evidence("system identifier \($0.value)", "/pg/status of \($0.key)")
    }
    if let own { evidence.append(facts.clusterEvidence("system identifier \(own)")) }
    if isDenied, let condition {
      evidence.append(
        facts.clusterEvidence(
          "ConsistentSystemID is False: \(facts.words(condition))", at: condition.since))
    }
    let (headline, remedy) =
      differs
      ? split(told, own: own, facts)
      : isStranger ? together(told, facts) : denied
    return [
      Finding(
        id: "cnpg.system-id", severity: .critical,
        headline: "\(headline) (system identifiers differ)", evidence: evidence, remedy: remedy,
        ceiling: .atRisk)
    ]
  }

  /// The instances differ. Only where the primary has most of them and the Cluster's status on its side are the others
  /// said to be the wrong ones.
  private static func split(
    _ told: [String: String], own: String?, _ facts: CloudNativePGFacts
  ) -> (headline: String, remedy: String) {
    let primary = facts.currentPrimary.flatMap { told[$0] }
    let others = told.filter { $0.value != primary }.keys.sorted()
    guard let primary, others.count * 2 < told.count, own == nil || own == primary else {
      return (
        "The instances hold different databases",
        "Find out which is the true one before anything else; delete nothing until that is known."
      )
    }
    let names = others.map(facts.shown).joined(separator: ", ")
    return (
      "\(names): another database than the primary's",
      "Make sure that the primary is the true one; then rebuild \(names) by deleting "
        + "pod and volume."
    )
  }

  /// The instances agree, and the Cluster's status names another database.
  private static func together(
    _ told: [String: String], _ facts: CloudNativePGFacts
  ) -> (headline: String, remedy: String) {
    let who =
      told.count == 1
      ? told.keys.map(facts.shown).joined() + ", the only instance that answers, is"
      : "All \(told.count) instances that answer are"
    return (
      "\(who) of one database, and the Cluster's status names another",
      "Delete nothing. The status is stale, or the cluster was restored under it: look at the "
        + "operator's log and at what was restored, and take a base backup of what runs."
    )
  }

  private static let denied = (
    headline: "The operator says that the instances hold different databases",
    remedy: "Look at what each instance says; delete nothing until the true one is known."
  )
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Nobody looks after the cluster: its servers go on and archive, and what only the operator does is not done. What is
/// stored can be had back by somebody who brings the operator up first: that is at risk by what the word says.
enum OperatorRule {
  /// Seconds that an operator takes for an update, or for moving to another node.
  private static let moving = 300.0

  static let rule = CloudNativePGRule("cnpg.operator", .cluster, "no operator") { facts, now in
    guard let absence = facts.operatorAbsence, case .value(_, let source, let at) = facts.operators
    else { return [] }
    // One that was scaled down does not come back by itself.
    let stays =
      absence.isStopped
      || absence.since.map { CloudNativePGRules.age($0, now) > moving } ?? false
    return [
      Finding(
        id: "cnpg.operator", severity: stays ? .critical : .warning,
        headline: "\(absence.words): no failover, no base backup, and no recovery until it runs; "
          + "WAL is still archived",
        evidence: [Evidence(what: absence.replicas, source: source, at: at)],
        remedy: absence.remedy, ceiling: stays ? .atRisk : .likely)
    ]
  }
}

import Kubernetes
import RecoveryModel

/// Nobody looks after the cluster: its servers go on, and what only the operator does is not done.
enum OperatorRule {
  static let rule = CloudNativePGRule("cnpg.operator", .cluster, "no operator") { facts, _ in
    guard case .value(let operators, let source, let at) = facts.operators, !operators.isEmpty,
      operators.allSatisfy({ $0.ready == 0 })
    else { return [] }
    let isStopped = operators.allSatisfy { $0.wanted == 0 }
    let shown = operators.map { facts.shown($0.key.namespace) + "/" + facts.shown($0.key.name) }
      .joined(separator: ", ")
    let first = operators[0].key
    let command =
      "kubectl -n \(facts.quoted(first.namespace)) \(isStopped ? "scale" : "describe") deployment "
      + facts.quoted(first.name)
    return [
      Finding(
        id: "cnpg.operator", severity: .warning,
        headline: isStopped
          ? "The operator is scaled to 0: no failover, no base backup, no recovery"
          : "The operator does not run: no failover, no base backup, no recovery",
        evidence: [
          Evidence(
            what: "\(shown): 0 of \(operators.reduce(0) { $0 + $1.wanted }) ready", source: source,
            at: at)
        ],
        remedy: isStopped
          ? "Where that was not meant: \(command) --replicas=1" : command,
        ceiling: .likely)
    ]
  }
}

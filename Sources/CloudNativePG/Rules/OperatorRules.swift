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
        id: "cnpg.operator", severity: .warning,
        headline: "\(absence.words): no failover, no base backup, and no recovery until it runs; "
          + "WAL is still archived",
        evidence: [Evidence(what: absence.replicas, source: source, at: at)],
        remedy: absence.remedy, ceiling: stays ? .atRisk : .likely)
    ]
  }
}

/// No pod of the operator runs.
struct OperatorAbsence: Sendable, Equatable {
  /// Its Deployments are scaled to 0.
  var isStopped: Bool
  /// nil = nobody tells.
  var since: Date?
  /// `cnpg-system/cnpg-controller-manager: 0 of 1 ready`.
  var replicas: String
  var remedy: String

  var words: String {
    isStopped ? "The operator is scaled to 0" : "The operator does not run"
  }
}

extension CloudNativePGFacts {
  /// nil = it runs, or nobody may look.
  var operatorAbsence: OperatorAbsence? {
    guard let operators = operators.value, let first = operators.first?.key,
      operators.allSatisfy({ $0.ready == 0 })
    else { return nil }
    let isStopped = operators.allSatisfy { $0.wanted == 0 }
    let names = operators.map { shown($0.key.namespace) + "/" + shown($0.key.name) }
      .joined(separator: ", ")
    let command =
      "kubectl -n \(quoted(first.namespace)) \(isStopped ? "scale" : "describe") deployment "
      + quoted(first.name)
    return OperatorAbsence(
      isStopped: isStopped, since: operators.compactMap(\.downSince).max(),
      replicas: "\(names): 0 of \(operators.reduce(0) { $0 + $1.wanted }) ready",
      remedy: isStopped ? "Where that was not meant: \(command) --replicas=1" : command)
  }
}

extension ClusterSite {
  /// Has the API server make an object of the operator's. Throws `RecoveryError`; where the operator's webhook is what does
  /// not answer, it names the operator before the server's own words.
  func make(
    _ resource: Resource, in namespace: String, _ object: ObjectTree, dryRun: Bool = false
  ) async throws -> ObjectTree {
    do {
      return try await client.create(resource, in: namespace, object, dryRun: dryRun)
    } catch let error as RecoveryError where OperatorSilence.isMeant(error.message) {
      throw OperatorSilence.named(error, await facts()?.operatorAbsence)
    }
  }
}

/// The operator's webhook judges every object of its kinds: without it the API server takes none.
enum OperatorSilence {
  static func isMeant(_ message: String) -> Bool {
    message.contains("failed calling webhook") && message.contains("cnpg")
  }

  static func named(_ error: RecoveryError, _ absence: OperatorAbsence?) -> RecoveryError {
    let cause =
      absence.map { "\($0.words) (\($0.replicas))" }
      ?? "the operator's webhook does not answer: it does not run, or the API server cannot reach it"
    return RecoveryError(
      error.code, "\(cause); the API server says: \(error.message)",
      remedy: absence?.remedy
        ?? "kubectl get deployments -A -l app.kubernetes.io/name=cloudnative-pg")
  }
}

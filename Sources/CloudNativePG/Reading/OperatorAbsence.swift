import FoundationEssentials
import Kubernetes
import RecoveryModel

/// No pod of the operator runs.
struct OperatorAbsence: Sendable, Equatable {
  /// Its Deployments are scaled to 0.
  var isStopped: Bool
  /// nil = nobody tells.
  var since: Date?
  /// `cnpg-system/cnpg-controller-manager: 0 of 1 ready`.
  var replicas: String
  /// Starts it, or shows why it does not run.
  var command: String

  var remedy: String { isStopped ? "Where that was not meant: \(command)" : command }

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
      command: isStopped ? command + " --replicas=1" : command)
  }
}

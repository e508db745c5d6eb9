import Kubernetes
import RecoveryModel

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

import FoundationEssentials
import RecoveryModel

extension KubernetesContext {
  /// It has told its principals, or that it knows no such kind, and nothing keeps it from doing so now.
  package var isUp: Bool {
    let sets = sets
    guard hasAnswered, !sets.isEmpty else { return false }
    return sets.allSatisfy { set in
      guard case .failed(let error, _) = set.principals.index.state else { return true }
      return error.code == .invalid
    }
  }

  /// Why nothing can be learned of the clusters in a namespace: the API server is gone, or lets nobody in. A right or a
  /// kind that is missing is no outage.
  package func outage(of namespace: String) -> Outage? {
    guard let (error, since) = cut(of: namespace) else { return nil }
    return Outage(
      place: "context \(name)", reason: error.message,
      remedy: error.remedy.isEmpty
        ? "try: kubectl --context \(name) get namespaces" : error.remedy,
      since: since)
  }

  private func cut(of namespace: String) -> (RecoveryError, since: Date?)? {
    guard let set = set(for: namespace) else { return failure.map { ($0.error, nil) } }
    guard case .failed(let error, let since) = set.principals.index.state,
      error.code != .denied, error.code != .invalid
    else { return nil }
    return (error, since)
  }
}

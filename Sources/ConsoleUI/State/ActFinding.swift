import FoundationEssentials
import RecoveryModel

/// A search of a cluster's WAL for what was destroyed: under way, or what it came to.
struct ActFinding: Sendable, Equatable {
  var cluster: String
  var order: ActSearchOrder
  /// nil = it has not told yet.
  var progress: ActSearchProgress?
  var search: ActSearch?
  var failure: RecoveryError?

  var isRunning: Bool { search == nil && failure == nil }
}

extension AppState {
  /// What was searched of the selected cluster.
  var finding: ActFinding? { found.flatMap { $0.cluster == selectedCluster ? $0 : nil } }
}

import FoundationEssentials
import RecoveryModel

/// A scrub that this console runs, and how far it has come.
struct RunningScrub: Sendable, Equatable {
  var cluster: String
  /// nil = it has not told yet.
  var progress: ScrubProgress?
  var isCancelling = false

  var words: String {
    if isCancelling { return "stopping; what was read is kept" }
    return progress?.words ?? "asking what lies there"
  }
}

extension AppState {
  /// The scrub of the selected cluster.
  var scrub: RunningScrub? { scrubbing.flatMap { $0.cluster == selectedCluster ? $0 : nil } }
}

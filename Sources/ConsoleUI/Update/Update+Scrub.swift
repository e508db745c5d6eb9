import RecoveryModel
import TextScreen

/// Reading what lies in the archive.
extension AppState {
  /// A month of these reads all of it once, and leaves the line to others.
  private static let proposedShare = "1/30 at 20MiB/s"

  /// Why no scrub of the selected cluster may be started; nil = one may.
  var scrubObstacle: String? {
    if let readOnly { return "read-only (\(readOnly))" }
    guard cluster != nil else { return "no cluster is chosen" }
    guard let scrubbing else { return nil }
    return "contents of \(scrubbing.cluster) are being read; x on its screen stops that"
  }

  mutating func askForShare() -> [Effect] {
    prompt = Prompt(.share, text: Self.proposedShare)
    return []
  }

  /// `all`, `1/30`, `1/30 at 20MiB/s`.
  mutating func scrub(_ text: String) -> [Effect] {
    guard let cluster = selectedCluster, scrubObstacle == nil else { return [] }
    guard let limits = ScrubLimits(text: text) else {
      notify(
        "\"\(text)\" is no share: all, or as 1/30, or as 1/30 at 20MiB/s", .warning, seconds: 15)
      return []
    }
    scrubbing = RunningScrub(cluster: cluster)
    notify("\(cluster): contents are being read; 5 shows how far, x stops it", .notice)
    return [.scrub(limits, cluster: cluster)]
  }

  mutating func cancelScrub() -> [Effect] {
    guard let cluster = scrub?.cluster else { return [] }
    scrubbing?.isCancelling = true
    return [.cancelScrub(cluster: cluster)]
  }

  mutating func advance(scrub progress: ScrubProgress, of cluster: String) -> [Effect] {
    if scrubbing?.cluster == cluster { scrubbing?.progress = progress }
    return []
  }

  mutating func end(
    scrub result: Result<ScrubOutcome, RecoveryError>, of cluster: String
  ) -> [Effect] {
    guard scrubbing?.cluster == cluster else { return [] }
    scrubbing = nil
    switch result {
    case .success(let outcome):
      notify(
        "\(cluster): \(outcome.words)", outcome.faults.isEmpty ? .good : .critical, seconds: 15)
    case .failure(let error):
      let remedy = error.remedy.isEmpty ? "" : "; \(error.remedy)"
      notify("\(cluster): \(error.message)\(remedy)", .warning, seconds: 15)
    }
    return []
  }
}

import FoundationEssentials
import RecoveryModel

/// Clusters that have told something new which is not judged yet, because more is about to be told.
struct Gathering {
  private(set) var names: Set<String> = []
  /// Ends the wait.
  var limit: Task<Void, Never>?

  mutating func join(_ name: String) { names.insert(name) }

  /// It has been judged by all that is known, or is no more.
  mutating func leave(_ name: String) {
    guard names.remove(name) != nil, names.isEmpty else { return }
    limit?.cancel()
    limit = nil
  }
}

/// The sources of a cluster are asked together and answer within a few milliseconds of each other: judged and drawn
/// one by one, they would cost several times as much and show nothing sooner that anybody could see.
extension FleetService {
  /// Longest time, in seconds, that an answer waits for those of the cluster's other sources.
  static let gatheringTime = 0.02

  /// Judges a cluster as soon as all of its sources have answered, or in a moment.
  func reassessSoon(_ name: String) {
    gathering.join(name)
    guard gathering.limit == nil else { return }
    gathering.limit = Task { [environment] in
      do { try await environment.sleep(Self.gatheringTime) } catch { return }
      self.endGathering()
    }
  }

  /// Judges a cluster and shows it. While a command that asks once waits in `refresh`, nobody looks on: that judges at
  /// its end by all the answers together.
  func reassessAtOnce(_ name: String) {
    guard questions.refreshes == 0 || beat.isRunning || broadcast.isHeard else { return }
    reassess(name)
    publish()
  }

  private func endGathering() {
    gathering.limit = nil
    for name in gathering.names { reassessAndTell(name) }
  }

  /// Judges a cluster. What is the same as before may wait for the next beat: a big fleet always has some answer.
  func reassessAndTell(_ name: String) {
    guard let before = clusters[name]?.assessed else { return gathering.leave(name) }
    reassess(name)
    if isAttended(name) || clusters[name]?.assessed.reads(like: before) == false { publish() }
  }
}

extension ClusterSnapshot {
  /// The verdict and what it rests on are the same; figures and times may differ.
  fileprivate func reads(like other: ClusterSnapshot) -> Bool {
    verdict == other.verdict && findings.map(\.id) == other.findings.map(\.id)
  }
}

import FoundationEssentials
import RecoveryModel

/// When a picture is too old to be believed: after three refreshes it is unknown.
enum Staleness {
  /// Sources that look at repositories are asked less often than servers; a minute is what engines
  /// allow them.
  static let slowPace: Double = 60

  /// Age in seconds of a whole picture that has outlived three refreshes; nil while it is fresh. A
  /// busy host may be late by a few seconds, hence the floor.
  static func age(of cluster: ClusterSnapshot, now: Date) -> Double? {
    let age = now.timeIntervalSince(cluster.takenAt)
    return age > patience(cluster) ? age : nil
  }

  /// The last moment at which a picture may be believed.
  static func end(of cluster: ClusterSnapshot) -> Date {
    cluster.takenAt.addingTimeInterval(patience(cluster))
  }

  private static func patience(_ cluster: ClusterSnapshot) -> Double {
    max(15, 3 * cluster.pace)
  }

  /// Age of a part that has outlived three of its source's turns; nil while it is fresh or has no
  /// time.
  static func age<Value>(
    of part: Observed<Value>, cluster: ClusterSnapshot, slow: Bool, now: Date
  ) -> Double? {
    guard let at = part.at else { return nil }
    let pace = slow ? max(slowPace, cluster.pace) : cluster.pace
    let age = now.timeIntervalSince(at)
    let patience = cluster.report.patience(pace: pace, interval: cluster.interval)
    return age > max(15, patience) ? age : nil
  }
}

extension ClusterSnapshot {
  /// The verdict that may be shown at `now`: an old one is nobody's word any more.
  func verdict(at now: Date) -> Verdict {
    Staleness.age(of: self, now: now) == nil ? verdict : .unknown
  }
}

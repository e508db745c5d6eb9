import FoundationEssentials
import TestSupport

@testable import ConsoleUI
@testable import RecoveryModel

/// Recoveries that somebody runs: one that gets on, one that stands still, one that waits for its next try.
extension FrameScenarios {
  static let watchedRecoveries: [FrameScenario] = [
    FrameScenario("recovering", [.classic, .wall]) { show(fleet, in: &$0) },
    FrameScenario("recovering-wallboard", [.classic, .wall]) { state in
      show(fleet, in: &state)
      press("w", in: &state)
    },
    FrameScenario("recovering-cluster", [.classic, .wall]) { state in
      show(moving, in: &state)
    },
    FrameScenario("recovering-still", [.classic, .wall]) { state in
      show(still, in: &state)
      press("1", in: &state)
      press("1", in: &state)
    },
  ]

  private static let fleet = Fixture.fleet([moving, still, waiting])

  private static func seen(
    _ name: String, _ stage: RecoveryUnderWay.Stage
  ) -> RecoveryUnderWay {
    var recovery = RecoveryUnderWay(
      place: "auth-test/\(name)", stage: stage, since: Fixture.ago(400), observedAt: Fixture.date,
      replayedFrom: stage == .replaying ? LSN(0x8000_0028) : nil,
      replayedTo: stage == .replaying ? LSN(0xB200_0000) : nil)
    recovery.end = LSN(0xD000_0000)
    recovery.tries = RecoveryUnderWay.Tries(failed: 0, most: 7)
    return recovery
  }

  private static func cluster(
    _ name: String, _ recovery: RecoveryUnderWay, looks: [Double] = [0]
  ) -> ClusterSnapshot {
    let place = ClusterPlace(context: "prod-eu", namespace: "auth-test", name: name)
    var cluster = Fixture.cloudNativePGCluster(place, verdict: .unknown, findings: [])
    cluster.projection = Fixture.projection()
    var previous = cluster
    for ago in looks.sorted(by: >) {
      cluster.report.recoveries = [recovery]
      cluster.report.recoveries[0].observedAt = Fixture.ago(ago)
      cluster.findings = []
      cluster.follow(cluster.report.recoveries, after: previous)
      previous = cluster
    }
    return cluster
  }

  static let moving = cluster("auth-new", seen("auth-new", .replaying))

  static let still: ClusterSnapshot = {
    var recovery = seen("auth-slow", .replaying)
    recovery.doing = "restored log file \"0000000100000000000000B2\" from archive"
    recovery.lookAt =
      "kubectl -n auth-test logs auth-slow-1-full-recovery-x --all-containers --tail=20"
    return cluster("auth-slow", recovery, looks: [300, 200, 100, 0])
  }()

  static let waiting: ClusterSnapshot = {
    var recovery = seen("auth-bad", .scheduled)
    recovery.tries = RecoveryUnderWay.Tries(failed: 3, most: 7, next: Fixture.date + 28)
    return cluster("auth-bad", recovery)
  }()
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

extension CloudNativePGFacts {
  /// Phases of a rolling restart: servers go down and come back one after the other, on purpose.
  private static let restartPhases: Set<String> = [
    "Upgrading cluster", "Primary instance is being restarted in-place",
    "Primary instance is being restarted without a switchover", "Online upgrade in progress",
    "Applying configuration", "Cluster upgrade delayed",
  ]

  /// What is being done to the cluster, or how it stands on purpose; several things can be at once.
  package var activities: [ClusterActivity] {
    if let making { return [making] + [hibernation, fencing, replica].compactMap { $0 } }
    let move = primaryMove
    let standing = [hibernation, fencing, replica].compactMap { $0 }
    return (move.map { [$0] } ?? underWay) + standing
  }

  private var phase: String { cluster.status?.phase ?? "" }
  private var notReadySince: Date? {
    cluster.condition("Ready").flatMap { $0.isTrue ? nil : $0.since }
  }

  /// A switchover or a failover: the primary is changing.
  private var primaryMove: ClusterActivity? {
    guard !cluster.isHibernated, let status = cluster.status else { return nil }
    let target = status.targetPrimary ?? ""
    let current = status.currentPrimary ?? ""
    let failingSince = kubernetesDate(status.currentPrimaryFailingSinceTimestamp)
    let since = kubernetesDate(status.targetPrimaryTimestamp)
    if hasTakenOver {
      guard phase == "Failing over" else { return nil }
      return ClusterActivity(
        kind: .failover, sentence: "\(shown(current)) has taken over, the others come to follow it",
        since: kubernetesDate(status.currentPrimaryTimestamp) ?? since)
    }
    if phase == "Failing over" || target == "pending" || failingSince != nil {
      let place =
        target.isEmpty || target == "pending" || target == current
        ? "a new primary is being looked for" : "\(shown(target)) is to take over"
      return ClusterActivity(
        kind: .failover, sentence: "\(shown(current)) has failed, \(place)",
        instances: [current], since: failingSince ?? since ?? notReadySince)
    }
    guard phase == "Switchover in progress" || (target != current && !target.isEmpty),
      !current.isEmpty
    else { return nil }
    return ClusterActivity(
      kind: .switchover,
      sentence: isPromoted
        ? "\(shown(current)) has taken over, the others come to follow it"
        : "\(shown(current)) hands over to \(shown(target))",
      instances: [current, target], since: since ?? notReadySince)
  }

  /// Whoever was to become the primary is it; others may have to follow yet.
  var isPromoted: Bool { currentPrimary != nil && cluster.status?.targetPrimary == currentPrimary }

  /// The change of the primary is over: whoever was to take over has. The operator clears its words of it only later.
  private var hasTakenOver: Bool {
    guard let status = cluster.status, let current = currentPrimary, status.targetPrimary == current
    else { return false }
    if let failing = kubernetesDate(status.currentPrimaryFailingSinceTimestamp) {
      // Of the one before it; and one that answers as the primary has not failed.
      let promoted = kubernetesDate(status.currentPrimaryTimestamp)
      return promoted.map { $0 >= failing } ?? false || statuses[current]?.value?.isPrimary == true
    }
    return phase == "Failing over"
  }

  private var underWay: [ClusterActivity] {
    let reason = Sanitizer.clean(cluster.status?.phaseReason ?? "", limit: 160)
    let why = reason.isEmpty ? "" : ": \(reason)"
    let kind: ClusterActivity.Kind
    let sentence: String
    if Self.restartPhases.contains(phase) {
      kind = .rollingRestart
      sentence = "servers are restarted one after the other (\(phase))\(why)"
    } else if phase == "Upgrading Postgres major version" {
      kind = .upgrade
      sentence = "PostgreSQL is brought to a new major version\(why)"
    } else if let joiningWords {
      kind = .scaling
      let made = cluster.spec.bootstrap?.recovery == nil ? "set-up" : "recovery"
      sentence = "its \(made) is \(joiningWords)"
    } else if phase == "Creating a new replica" {
      kind = .scaling
      sentence = "a new replica is being made\(why)"
    } else {
      return []
    }
    return [ClusterActivity(kind: kind, sentence: sentence, since: notReadySince)]
  }

  /// It is set up, or recovered, for the first time.
  private var making: ClusterActivity? {
    guard let course = bootstrap else { return nil }
    return ClusterActivity(
      kind: course.isRecovery ? .recovery : .setup, sentence: course.sentence(shown: shown),
      since: course.since)
  }

  private var hibernation: ClusterActivity? {
    guard cluster.isHibernated else { return nil }
    return ClusterActivity(
      kind: .hibernation, sentence: "no server runs, the volumes are kept",
      since: cluster.condition("cnpg.io/hibernation")?.since)
  }

  private var fencing: ClusterActivity? {
    let fenced = cluster.fencedInstances
    guard !fenced.isEmpty else { return nil }
    let names = fenced.map(shown).joined(separator: ", ")
    return ClusterActivity(
      kind: .fencing, sentence: "PostgreSQL is kept down on \(fenced == ["*"] ? "all" : names)",
      instances: fenced)
  }

  private var replica: ClusterActivity? {
    guard cluster.isReplicaCluster else { return nil }
    let source = cluster.spec.replica?.source.map { " of \(shown($0))" } ?? ""
    return ClusterActivity(
      kind: .replicaCluster,
      sentence: "it follows another cluster\(source); \(shown(currentPrimary ?? "no instance")) is "
        + "its designated primary and takes no writes",
      instances: currentPrimary.map { [$0] } ?? [])
  }
}

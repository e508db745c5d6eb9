import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel

/// The instances of a cluster, from the operator's list, the pods and what each instance manager answered. Where one of
/// them is missing, the others stand in.
struct InstanceList {
  let facts: CloudNativePGFacts
  private let pods: [String: Pod]

  init(facts: CloudNativePGFacts) {
    self.facts = facts
    pods = Dictionary(
      (facts.pods.value ?? []).filter { $0.metadata.labels?["cnpg.io/podRole"] == "instance" }
        .map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var instances: [Instance] {
    // A hibernated cluster keeps its names and has no server.
    if facts.cluster.isHibernated, pods.isEmpty { return [] }
    let names = Set(facts.cluster.status?.instanceNames ?? []).union(pods.keys)
    return names.map(instance).sorted {
      ($0.role == .primary ? 0 : 1, $0.name) < ($1.role == .primary ? 0 : 1, $1.name)
    }
  }

  private func instance(_ name: String) -> Instance {
    let observed = facts.statuses[name]
    let answer = observed?.value
    let reported = facts.cluster.status?.instancesReportedState?[name]
    let role = role(name, answer, reported)
    let state = state(name, observed)
    // Whoever gives no answer runs by the word of its pod: as of when that was known.
    let isTold = answer != nil || state != .running
    var instance = Instance(
      name: name, role: role, state: state,
      observedAt: (isTold ? observed?.at : nil) ?? podsAt)
    if answer == nil, let server = facts.servers[name]?.instance, server.state == .running {
      return server
    }
    // The operator's note of a standby's timeline stays the old one long after a promotion.
    let noted = role == .primary ? reported?.timeLineID : nil
    instance.timeline = answer?.timeline ?? noted.flatMap { $0 > 0 ? UInt32(exactly: $0) : nil }
    instance.lsn =
      role == .primary ? answer?.currentLSN ?? answer?.replayLSN : answer?.replayLSN
    instance.restartPending = answer?.pendingRestart
    instance.startedAt = kubernetesDate(pods[name]?.status?.startTime)
    instance.systemIdentifier = answer?.systemID ?? facts.cluster.status?.systemID
    if role == .standby {
      addReplication(to: &instance)
      instance.promotion = promotion(of: name)
    }
    if instance.state == .running, let failure = observed?.failure {
      instance.withheld.append(failure)
    }
    if let missing = instance.state.missingRight { instance.withheld.append(missing) }
    return instance
  }

  private var podsAt: Date {
    facts.pods.value == nil ? facts.clusterAt : facts.pods.at ?? facts.clusterAt
  }

  /// By the plugin: it takes no options before its name.
  private func promotion(of name: String) -> String? {
    let isInCluster = facts.context == KubernetesAccess.inClusterContext || facts.context.isEmpty
    return ShellWord.command(
      ["kubectl", "cnpg", "promote", facts.name, name, "-n", facts.namespace]
        + (isInCluster ? [] : ["--context", facts.context]))
  }

  /// The designated primary of a replica cluster counts as one: it is what archives and is backed up.
  private func role(
    _ name: String, _ answer: InstanceManagerStatus?, _ reported: CNPGCluster.ReportedState?
  ) -> InstanceRole {
    let isCurrent = name == facts.currentPrimary
    if let answer {
      if answer.isPrimary { return .primary }
      return isCurrent && facts.cluster.isReplicaCluster ? .primary : .standby
    }
    if isCurrent { return .primary }
    if let isPrimary = reported?.isPrimary { return isPrimary ? .primary : .standby }
    return facts.currentPrimary == nil ? .unknown : .standby
  }

  private func state(
    _ name: String, _ observed: Observed<InstanceManagerStatus>?
  ) -> InstanceState {
    if observed?.value != nil { return .running }
    if facts.cluster.fencedInstances.contains(name) || facts.cluster.fencedInstances == ["*"] {
      return .unreachable(reason: "fenced on purpose (cnpg.io/fencedInstances)")
    }
    let failure = observed?.failure
    // A right that is missing says nothing of the server.
    let said = failure?.code == .denied ? nil : failure?.reason
    guard facts.pods.value != nil else {
      // Without the pods the operator's own list is the best there is.
      let healthy = facts.cluster.status?.instancesStatus?["healthy"] ?? []
      if healthy.contains(name) { return .running }
      if said == nil, let missing = missingRight(failure) { return .unseen(missing) }
      return .unreachable(reason: said ?? "the operator does not list it as healthy")
    }
    guard let pod = pods[name] else { return .unreachable(reason: "it has no pod") }
    if pod.isReady, !pod.isTerminating { return .running }
    let waits = pod.status?.containerStatuses?.contains { $0.state?.waiting != nil } ?? false
    if pod.status?.phase == "Pending", !waits { return .startingUp }
    return .unreachable(reason: pod.trouble ?? said ?? "its pod is not ready")
  }

  /// Of two that are missing the one that tells most of an instance.
  private func missingRight(_ failure: Unavailable?) -> Unavailable? {
    [failure, facts.pods.failure].compactMap { $0 }.first { $0.code == .denied }
  }

  /// Lag and slot, as the primary sees them.
  private func addReplication(to standby: inout Instance) {
    guard let primary = facts.primaryStatus?.value, let current = primary.currentLSN else { return }
    if let sender = primary.replication.first(where: { $0.applicationName == standby.name }) {
      standby.lag = ReplicationLag(
        write: lag(sender.writeLsn, sender.writeLag, current),
        flush: lag(sender.flushLsn, sender.flushLag, current),
        replay: lag(sender.replayLsn, sender.replayLag, current))
      standby.syncState = sender.syncState
      // Its control file, which its own answer is from, keeps the old one until its next restartpoint.
      if sender.state == "streaming", let own = standby.timeline, let timeline = primary.timeline {
        standby.timeline = max(own, timeline)
      }
    }
    let slotName = "_cnpg_" + standby.name.replacing("-", with: "_")
    if let slot = primary.slots.first(where: { $0.slotName == slotName }) {
      standby.slot = ReplicationSlot(
        name: slotName, active: slot.active ?? false, walStatus: slot.walStatus,
        safeWALBytes: slot.safeWalSize,
        retainedBytes: slot.restartLsn.flatMap { LSN(text: $0) }.map(current.bytes(since:)))
    }
  }

  private func lag(_ position: String?, _ time: String?, _ current: LSN) -> Lag {
    Lag(
      bytes: position.flatMap { LSN(text: $0) }.map(current.bytes(since:)),
      seconds: time.flatMap(Self.seconds))
  }

  /// `hh:mm:ss[.ffffff]`, with `N days` or `N day` before it.
  static func seconds(_ text: String) -> Double? {
    let words = text.split(separator: " ")
    guard let clock = words.last else { return nil }
    let days = words.count == 3 ? Double(words[0]) : 0
    let parts = clock.split(separator: ":").map { Double($0) }
    guard let days, parts.count == 3, let hours = parts[0], let minutes = parts[1],
      let seconds = parts[2]
    else { return nil }
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds
  }
}

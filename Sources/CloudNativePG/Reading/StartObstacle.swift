import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Why the pod that is to make a cluster's first server cannot begin, and what would let it.
struct StartObstacle: Sendable, Equatable {
  /// `FailedScheduling: 0/1 nodes are available`.
  var cause: String
  var remedy: String
  var since: Date?

  /// Seconds in which a pod finds its node and its volume.
  static let grace = 12.0

  /// Reasons of a container that waits and will not come up as it is.
  private static let hopeless: Set<String> = [
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
  ]
  /// Phases in which the operator makes nothing.
  private static let standing: Set<String> = [
    "Unable to create required cluster objects", "Invalid cluster definition",
    "Cluster has incomplete or invalid image catalog", "Not enough disk space",
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
  ]

  static func isHopeless(_ waiting: Pod.ContainerStatus.State.Waiting) -> Bool {
    hopeless.contains(waiting.reason ?? "")
  }

  static func isStanding(_ phase: String) -> Bool { standing.contains(phase) }
}

extension CloudNativePGFacts {
  /// nil = it has begun, may still begin, or nobody tells why not.
  func startObstacle(now: Date) -> StartObstacle? {
    guard let course = bootstrap, course.running == nil,
      course.stage == .trying || course.stage == .notBegun
    else { return nil }
    let phase = cluster.status?.phase ?? ""
    if StartObstacle.isStanding(phase) {
      let reason = Sanitizer.clean(cluster.status?.phaseReason ?? "", limit: 300)
      return obstacle(reason.isEmpty ? phase : "\(phase): \(reason)", since: course.since)
    }
    let waiting = startingPod
    if let held = waiting?.held {
      // The first refusal says more than that it is tried again.
      let told = warning(["Failed"]) { $0.name == waiting?.name && $0.kind == "Pod" }
      let said = [held.reason, told?.message ?? held.message].compactMap { $0 }
      return obstacle(
        said.joined(separator: ": "), since: waiting?.metadata.creationTimestamp?.date)
    }
    let since = waiting?.metadata.creationTimestamp?.date ?? job?.metadata.creationTimestamp?.date
    guard let since, now.timeIntervalSince(since) >= StartObstacle.grace else { return nil }
    return stillWaiting(waiting, since)
  }

  private func stillWaiting(_ pod: Pod?, _ since: Date) -> StartObstacle? {
    let made = warning(["FailedCreate"]) { $0.kind == "Job" && $0.name == job?.name }
    if pod == nil, let made { return obstacle(made, since) }
    let claims = Set((claims.value ?? []).filter { $0.status?.phase == "Pending" }.map(\.name))
    let volume = warning(["ProvisioningFailed", "FailedBinding"]) {
      $0.kind == "PersistentVolumeClaim" && claims.contains($0.name ?? "")
    }
    if let volume { return obstacle(volume, since) }
    if let told = warning(
      ["FailedScheduling", "FailedMount", "FailedAttachVolume"],
      about: {
        $0.kind == "Pod" && $0.name == pod?.name
      })
    {
      return obstacle(told, since)
    }
    let placed = pod?.status?.conditions?.first { $0.type == "PodScheduled" }
    if let placed, !placed.isTrue, let said = placed.message ?? placed.reason {
      return obstacle("FailedScheduling: \(said)", since: since)
    }
    return pod == nil ? obstacle("its job has made no pod", since: since) : nil
  }

  private var job: Job? {
    jobs.value?.first { $0.name == bootstrap?.job }
  }

  /// The newest pod of the job, where it waits.
  private var startingPod: Pod? {
    let names = Set(bootstrap?.pods ?? [])
    return (pods.value ?? []).filter { names.contains($0.name) && $0.status?.phase == "Pending" }
      .max {
        ($0.metadata.creationTimestamp?.date ?? .distantPast)
          < ($1.metadata.creationTimestamp?.date ?? .distantPast)
      }
  }

  /// The newest of these reasons, about one of these.
  private func warning(
    _ reasons: Set<String>, about isMeant: (Event.Subject) -> Bool
  ) -> Event? {
    startWarnings.filter {
      // `Error: ImagePullBackOff` repeats the state that it is told beside.
      reasons.contains($0.reason ?? "") && isMeant($0.involvedObject)
        && $0.message?.hasPrefix("Error: ") != true
    }
    .max { ($0.at ?? .distantPast) < ($1.at ?? .distantPast) }
  }

  private func obstacle(_ event: Event, _ since: Date) -> StartObstacle {
    obstacle(
      [event.reason, event.message].compactMap { $0 }.joined(separator: ": "), since: since)
  }

  private func obstacle(_ said: String, since: Date?) -> StartObstacle {
    let cause = Sanitizer.clean(said, limit: 300)
    return StartObstacle(cause: cause, remedy: remedy(cause), since: since)
  }

  private func remedy(_ cause: String) -> String {
    let anew = "delete this Cluster and make it anew"
    let text = cause.lowercased()
    if text.contains("quota") {
      return "Raise the quota of \(shown(namespace)), or free some of it: it goes on by itself."
    }
    if text.contains("storageclass") || text.contains("provisioningfailed")
      || text.contains("failedbinding")
    {
      return "A volume's class cannot be changed: \(anew) with a storageClass that is there "
        + "(kubectl get storageclass), or make that class: it goes on by itself."
    }
    if text.contains("image") || text.contains("pull") {
      return "Name an image that can be pulled (spec.imageName), or give its registry's login "
        + "(imagePullSecrets); then \(anew). Once it can be pulled it goes on by itself."
    }
    if text.contains("failedscheduling") {
      return
        "Make room on a node that it may run on, or \(anew) asking for less: it goes on by itself."
    }
    return kubectl("describe cluster \(quoted(name))") + "; " + kubectl("get events")
  }
}

extension Pod {
  /// A container of it that will not come up as it is.
  fileprivate var held: ContainerStatus.State.Waiting? {
    ((status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? []))
      .compactMap { $0.state?.waiting }.first(where: StartObstacle.isHopeless)
  }
}

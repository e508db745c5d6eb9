import CloudNativePG
import DrillParts
import Kubernetes
import RecoveryModel

/// How a recovery's pod, or its job, ends.
enum RecoveryEnd: Sendable {
  case failed
  /// With the server behind it, where there is one.
  case restored(PlayedServer?)
}

/// One recovery job: its pods, their logs and how it ends.
struct RecoveryPlay: Sendable {
  let player: Player
  let cluster: PlayedCluster
  let objects: RecoveryObjects
  let jobUID: String
  let failure: RecoveryFailure?

  private var namespace: String { cluster.key.namespace }
  private var jobKey: ObjectKey { ObjectKey(namespace: namespace, name: objects.job) }
  private var recovery: JSONValue {
    cluster.tree[path: "spec", "bootstrap", "recovery"] ?? .empty
  }

  /// Pod after pod, until one restores it or the job gives up.
  func runJob() async throws -> RecoveryEnd {
    let script = await player.script
    for attempt in 0..<max(1, script.attempts) {
      await player.patchStatus(
        RecoveryObjects.jobs, jobKey,
        ["active": 1, "failed": .integer(attempt), "startTime": .string(timestampNow())])
      let pod = "\(objects.job)-\(Self.suffix(attempt))"
      try await player.create(
        RecoveryObjects.pods, namespace, objects.jobPodObject(pod, jobUID: jobUID))
      let key = ObjectKey(namespace: namespace, name: pod)
      if await staysWaiting(key) { return .failed }
      await player.patchStatus(RecoveryObjects.pods, key, PodStatus.running("full-recovery"))
      if case .restored(let server) = try await runPod(pod) {
        await player.patchStatus(
          RecoveryObjects.pods, key, PodStatus.terminated("full-recovery", exitCode: 0))
        await endJob(succeeded: true, failures: attempt)
        return .restored(server)
      }
      await player.patchStatus(
        RecoveryObjects.pods, key, PodStatus.terminated("full-recovery", exitCode: 1))
      try await Task.sleep(for: .seconds(script.retrySeconds))
    }
    await endJob(succeeded: false, failures: script.attempts)
    guard failure != .olderOperator else { return .failed }
    await player.patchStatus(
      cluster,
      [
        "phase": "Cluster is unrecoverable and needs manual intervention",
        "phaseReason": .string("Instance creation failed for the following jobs: \(objects.job)"),
      ])
    return .failed
  }

  private static func suffix(_ attempt: Int) -> String {
    "p" + String(attempt) + "x7k"
  }

  /// Pods that never start.
  private func staysWaiting(_ pod: ObjectKey) async -> Bool {
    switch failure {
    case .imagePullError:
      let image = cluster.tree[path: "spec", "imageName"]?.string ?? "postgresql:17"
      await player.patchStatus(
        RecoveryObjects.pods, pod,
        PodStatus.waiting(
          "full-recovery", reason: "ImagePullBackOff",
          message: "Back-off pulling image \"\(image)\": ErrImagePull: not found"))
      return true
    case .podPending:
      await player.patchStatus(
        RecoveryObjects.pods, pod,
        PodStatus.unschedulable(
          "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available"))
      return true
    default: return false
    }
  }

  private func runPod(_ pod: String) async throws -> RecoveryEnd {
    let log = RecoveryLog(pod: objects.job)
    let target = recovery["recoveryTarget"] ?? .empty
    let source = player.source
    let known = source?.backupID
    let wanted = target["backupID"]?.string ?? known ?? "20260821T030004"
    if let known, wanted != known {
      say(
        log.line(
          "Error while restoring a backup", level: "error",
          ["error": "no backup found with ID \(wanted)"]), pod)
      return .failed
    }
    if failure != .noBackupFound, failure != .credentialsRefused {
      for line in log.beginning(backupID: wanted, usesPlugin: objects.usesPlugin) { say(line, pod) }
    }
    try await player.step()
    let early: [RecoveryFailure] = [
      .noBackupFound, .firstWALMissing, .expectedEmptyArchive, .jobFails, .olderOperator,
      .credentialsRefused,
    ]
    if let failure, early.contains(failure) {
      for line in failure.lines(log, server: objects.name) { say(line, pod) }
      return .failed
    }
    for line in log.restored { say(line, pod) }
    try await player.step()
    if let source { return try await runServer(source, target, log, pod) }
    return try await pretendServer(target, log, pod)
  }

  private func runServer(
    _ source: PlayedSource, _ target: JSONValue, _ log: RecoveryLog, _ pod: String
  ) async throws -> RecoveryEnd {
    say(log.waiting(inRecovery: true), pod)
    let outcome = try await source.restore(
      target: target, failure: failure, demandsTLS: await player.script.demandsTLS)
    for line in outcome.log { say(log.record(line.severity, line.message), pod) }
    guard let server = outcome.server else { return .failed }
    guard await player.keep(server, of: cluster) else {
      await server.stop()
      throw CancellationError()
    }
    say(log.waiting(inRecovery: false), pod)
    return .restored(server)
  }

  private func pretendServer(
    _ target: JSONValue, _ log: RecoveryLog, _ pod: String
  ) async throws -> RecoveryEnd {
    let lsn = target["targetLSN"]?.string.map { "WAL location (LSN) \"\($0)\"" }
    for line in log.playedServer(target: lsn ?? "earliest consistent point") {
      say(line, pod)
      try await player.step()
    }
    say(log.waiting(inRecovery: true), pod)
    if let failure, failure != .silentEarlyPromotion {
      for line in failure.lines(log, server: objects.name) { say(line, pod) }
      return .failed
    }
    for line in log.playedPromotion { say(line, pod) }
    say(log.waiting(inRecovery: false), pod)
    return .restored(nil)
  }

  private func say(_ line: String, _ pod: String) {
    player.kubelet?.log(
      line, namespace: namespace, pod: pod, container: "full-recovery", isPrevious: false)
  }

  private func endJob(succeeded: Bool, failures: Int) async {
    // The API server wants the first of each pair before the second.
    let types = succeeded ? ["SuccessCriteriaMet", "Complete"] : ["FailureTarget", "Failed"]
    let reason = succeeded ? "CompletionsReached" : "BackoffLimitExceeded"
    let message =
      succeeded
      ? "Reached expected number of succeeded pods" : "Job has reached the specified backoff limit"
    let conditions = types.map { type -> JSONValue in
      [
        "type": .string(type), "status": "True", "reason": .string(reason),
        "message": .string(message), "lastTransitionTime": .string(timestampNow()),
      ]
    }
    var status: JSONValue = [
      "active": .null, "failed": .integer(failures), "conditions": .array(conditions),
    ]
    if succeeded {
      status["succeeded"] = 1
      status["completionTime"] = .string(timestampNow())
    }
    await player.patchStatus(RecoveryObjects.jobs, jobKey, status)
  }
}

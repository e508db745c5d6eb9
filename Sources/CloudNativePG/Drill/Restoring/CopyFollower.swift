import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What happens around a copy while it is restored.
enum CopyNews: Sendable {
  case cluster(ObjectFollower<CNPGCluster>.Sight)
  case jobs(ObjectFollower<Job>.Sight)
  case pods(ObjectFollower<Pod>.Sight)
  /// A line of a pod's log.
  case line(pod: String, String)
  /// A log was read to its end; its lines came before.
  case logEnded(pod: String, container: String)
  case tick

  init(_ news: PodLogStreams.News) {
    switch news {
    case .line(let pod, let text): self = .line(pod: pod, text)
    case .ended(let pod, let container): self = .logEnded(pod: pod, container: container)
    }
  }
}

/// A Cluster that is being recovered, as it is watched.
struct CopySubject: Sendable {
  var namespace: String
  var name: String
  /// The label that the Cluster itself carries.
  var labels: String
  /// Containers of the job's pods that have something to say.
  var containers: [String]
  /// What of it endangers production; each a sentence.
  var violations: @Sendable (CNPGCluster) -> [String]
}

extension ClusterDrillOrder {
  var subject: CopySubject {
    CopySubject(
      namespace: namespace, name: copy, labels: OwnLabel.drill, containers: containers,
      violations: { DrillSafety.violations(of: $0) })
  }
}

/// Watches a copy's Cluster, its jobs and its pods.
struct CopyFollower: Sendable {
  var client: KubernetesClient
  var subject: CopySubject
  var limits: OperationLimits

  var sources: [@Sendable (AsyncStream<CopyNews>.Continuation) async -> Void] {
    let (client, namespace, seconds) = (client, subject.namespace, limits.tick)
    let (own, labels) = (subject.labels, "\(DrillLabel.cluster)=\(subject.name)")
    return [
      { line in
        // Not by label: the Cluster itself carries none of the operator's.
        await ObjectFollower<CNPGCluster>(client, namespace: namespace, labels: own)
          .run { line.yield(.cluster($0)) }
      },
      { line in
        await ObjectFollower<Job>(client, namespace: namespace, labels: labels)
          .run { line.yield(.jobs($0)) }
      },
      { line in
        await ObjectFollower<Pod>(client, namespace: namespace, labels: labels)
          .run { line.yield(.pods($0)) }
      },
      { line in
        while (try? await Task.sleep(for: .seconds(seconds))) != nil { line.yield(.tick) }
      },
    ]
  }
}

/// Folds the news of a copy into what it means: whether it goes on, is ready, or never will be.
struct CopyWatch: Sendable {
  enum End: Sendable, Equatable {
    case ready(pod: String)
    /// Recovery itself failed; the logs say why.
    case failed(String)
    /// Something stood in the way that says nothing about the backup.
    case hindered(String)
  }

  let subject: CopySubject
  let limits: OperationLimits
  private(set) var end: End?
  private var endedAt = 0.0
  private var now = 0.0
  private var wasSeen = false
  private var phase = ""
  private var pods: [Pod] = []
  private var jobs: [Job] = []
  private var sawJob = false
  private(set) var isJobDone = false
  /// Names of the job's pods that failed; they stay counted when somebody removes them.
  private var failedPods: Set<String> = []
  /// Since when a pod has had the same trouble.
  private var troubles: [String: (reason: String, since: Double)] = [:]
  /// Since when the instance has been ready.
  private var readySince: Double?
  private var steps: [String] = []

  /// Seconds that logs get to reach their end after the copy has come to its own.
  private static let logPatience = 5.0

  init(subject: CopySubject, limits: OperationLimits) {
    self.subject = subject
    self.limits = limits
  }

  mutating func takeSteps() -> [String] {
    defer { steps = [] }
    return steps
  }

  private var jobPods: [Pod] {
    pods.filter { $0.metadata.labels?["cnpg.io/jobRole"] == ClusterDrillOrder.jobRole }
  }

  /// A pod of the job runs, or has run: what was to be provided is there.
  var hasRunningPod: Bool { !loggingPods.isEmpty }

  /// Pods of the job that have, or had, something to say.
  var loggingPods: [String] {
    jobPods.filter { ["Running", "Succeeded", "Failed"].contains($0.status?.phase ?? "") }
      .map(\.name)
  }

  /// All pods of the job so far: their logs have to be read to their ends, of which the watch may not know yet.
  private(set) var seenPods: Set<String> = []

  private var endedLogs: Set<String> = []

  /// The end needs nothing more from the logs, or they have had their time.
  var isFinal: Bool {
    guard let end else { return false }
    if case .hindered = end { return true }
    let areRead = seenPods.allSatisfy { pod in
      subject.containers.allSatisfy { endedLogs.contains("\(pod)/\($0)") }
    }
    return areRead && !seenPods.isEmpty || now - endedAt >= Self.logPatience
  }

  /// `seconds` since the Cluster was made.
  mutating func see(_ news: CopyNews, at seconds: Double) {
    now = seconds
    switch news {
    case .cluster(let sight):
      if let cluster = sight.objects.first(where: { $0.name == subject.name }) {
        wasSeen = true
        look(at: cluster)
      } else if wasSeen, sight.blindness == nil {
        conclude(.hindered("somebody deleted the copy while it was restored"))
      }
      if let blindness = sight.blindness { say("out of sight: \(blindness.message)") }
    case .jobs(let sight):
      if sight.blindness == nil { jobs = sight.objects }
    case .pods(let sight):
      if sight.blindness == nil { pods = sight.objects }
    case .logEnded(let pod, let container): endedLogs.insert("\(pod)/\(container)")
    case .line, .tick: break
    }
    seenPods.formUnion(jobPods.map(\.name))
    lookAtJob()
    lookAtPods()
    lookAtClock()
  }

  // MARK: The Cluster

  /// Phases in which the operator needs a person.
  private static let hindering: Set<String> = [
    "Unable to create required cluster objects", "Invalid cluster definition",
    "Cluster has incomplete or invalid image catalog", "Not enough disk space",
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
    "Waiting for user action",
  ]

  private mutating func look(at cluster: CNPGCluster) {
    let violations = subject.violations(cluster)
    guard violations.isEmpty else {
      // Whatever else it came to: from now on it could write over production's backups.
      end = .hindered(
        "somebody changed the copy while it was restored, so that it could have written to production's "
          + "archive; it is deleted at once: \(violations.joined(separator: "; "))")
      return
    }
    let reason = cluster.status?.phaseReason.map { Sanitizer.clean($0, limit: 300) } ?? ""
    let said = Sanitizer.clean(cluster.status?.phase ?? "", limit: 120)
    if said != phase, !said.isEmpty {
      say(reason.isEmpty ? said : "\(said): \(reason)")
      phase = said
    }
    if said == "Cluster in healthy state", (cluster.status?.readyInstances ?? 0) > 0 {
      conclude(.ready(pod: cluster.status?.currentPrimary ?? subject.name + "-1"))
    } else if said.hasPrefix("Cluster is unrecoverable") {
      conclude(.failed("the operator gave up: \(reason.isEmpty ? said : reason)"))
    } else if Self.hindering.contains(said) {
      conclude(
        .hindered("the operator cannot go on: \(said)\(reason.isEmpty ? "" : " (\(reason))")"))
    }
  }

  // MARK: The job and its pods

  private mutating func lookAtJob() {
    let own = jobs.filter { $0.role == ClusterDrillOrder.jobRole }
    if !own.isEmpty, !sawJob {
      sawJob = true
      say("the operator made the recovery job")
    }
    if own.contains(where: \.isComplete) { isJobDone = true }
    if let failed = own.first(where: \.hasFailed) {
      conclude(.failed("the recovery job \(failed.name) failed"))
    }
  }

  private mutating func lookAtPods() {
    for pod in jobPods where pod.status?.phase == "Failed" {
      if failedPods.insert(pod.name).inserted {
        say("pod \(pod.name) failed\(pod.exitWords.map { " (\($0))" } ?? "")")
      }
    }
    if failedPods.count >= 2 {
      // Each retry keeps the data of the one before: a third would fill the volume and prove no more.
      conclude(.failed("the recovery failed twice"))
    }
    for pod in pods { lookForTrouble(pod) }
    lookAtInstance()
  }

  /// Operators that never say that the cluster is healthy still make its instance ready.
  private mutating func lookAtInstance() {
    // Of several the first one that serves: the others join it when they can.
    let instance = pods.first {
      $0.metadata.labels?["cnpg.io/podRole"] == "instance" && $0.isReady && !$0.isTerminating
    }
    guard let instance else {
      readySince = nil
      return
    }
    let since = readySince ?? now
    readySince = since
    if now - since >= limits.settling { conclude(.ready(pod: instance.name)) }
  }

  private static let imageReasons: Set<String> = [
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
  ]

  private mutating func lookForTrouble(_ pod: Pod) {
    let states = pod.status?.containerStatuses ?? []
    let waiting = states.compactMap { $0.state?.waiting }.first {
      Self.imageReasons.contains($0.reason ?? "") || $0.reason == "CrashLoopBackOff"
    }
    let isUnplaced = pod.status?.phase == "Pending" && waiting == nil
    let reason =
      waiting.map { [$0.reason, $0.message].compactMap { $0 }.joined(separator: ": ") }
      ?? (isUnplaced ? pod.trouble : nil)
    guard let reason else {
      troubles[pod.name] = nil
      return
    }
    let since = troubles[pod.name].map(\.since) ?? now
    troubles[pod.name] = (Sanitizer.clean(reason, limit: 300), since)
    let limit = waiting == nil ? limits.pending : limits.container
    guard now - since >= limit else { return }
    let words = Sanitizer.clean(reason, limit: 300)
    let age = Format.duration(now - since)
    conclude(
      waiting?.reason == "CrashLoopBackOff"
        ? .failed("pod \(pod.name) crashes again and again (\(words))")
        : .hindered("pod \(pod.name) has not started for \(age): \(words)"))
  }

  private mutating func lookAtClock() {
    guard !sawJob, !isJobDone, jobPods.isEmpty, pods.isEmpty, now >= limits.reaction else { return }
    let state = phase.isEmpty ? "no phase at all" : "phase \(phase)"
    conclude(
      .hindered(
        "the operator made no recovery job within \(Format.duration(limits.reaction)) (\(state)): does "
          + "it run, does it watch \(subject.namespace), and is the plugin installed?"))
  }

  /// The first end stands.
  private mutating func conclude(_ end: End) {
    guard self.end == nil else { return }
    self.end = end
    endedAt = now
  }

  private mutating func say(_ words: String) {
    if steps.last != words { steps.append(words) }
  }
}

extension Pod {
  /// How its container ended, as the kubelet says it.
  fileprivate var exitWords: String? {
    let ended = status?.containerStatuses?.compactMap { $0.state?.terminated }.first
    guard let ended else { return status?.message ?? status?.reason }
    let reason = ended.reason.map { "\($0), " } ?? ""
    return Sanitizer.clean("\(reason)exit status \(ended.exitCode ?? -1)", limit: 120)
  }
}

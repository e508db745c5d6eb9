import FoundationEssentials
import Kubernetes
import RecoveryModel

/// How far a cluster is that is made: set up empty, or recovered from somewhere. Read from its job and the job's pods;
/// the operator's phase says nothing of failures until it gives up.
package struct BootstrapCourse: Sendable, Equatable {
  enum Stage: Sendable, Equatable {
    /// The operator has not made a job yet.
    case notBegun
    /// Its job runs: this try.
    case trying
    /// The last try failed and the next is to come.
    case waiting
    /// The job is done; the server starts.
    case starting
    /// No try is left.
    case givenUp
  }

  var stage: Stage
  package var isRecovery: Bool
  /// What it is made from and up to where, in words; nil of an empty one.
  package var origin: String?
  package var target: String?
  /// Tries that failed, and how many there are in all.
  package var failed: Int
  package var tries: Int
  /// Since when it is made.
  package var since: Date?
  package var lastFailure: Date?
  var nextTry: Date?
  package var job: String?
  /// The pods of its tries, oldest first.
  package var pods: [String]
  /// The newest pod that failed, or ran to its end.
  package var telling: String?
  /// The pod of the try that runs.
  var running: String?
  package var container: String?
  /// The operator's own word.
  package var phase: String

  /// Seconds before the second try; each further wait is twice as long (kube-controller-manager).
  private static let firstPause = 10.0
  private static let longestPause = 600.0
  /// What Kubernetes takes where a job does not say.
  private static let usualRetries = 6

  /// The number of the try that runs or comes next.
  package var current: Int {
    min(failed + (stage == .starting || stage == .givenUp ? 0 : 1), tries)
  }

  package static func pause(after failures: Int) -> Double {
    guard failures > 0 else { return 0 }
    return min(firstPause * Double(1 << min(failures - 1, 10)), longestPause)
  }
}

extension BootstrapCourse {
  /// Jobs that make a cluster's first server.
  package static let roles: Set<String> = [
    "initdb", "import", "pgbasebackup", "full-recovery", "snapshot-recovery",
  ]
  package static let unrecoverable = "Cluster is unrecoverable and needs manual intervention"

  /// nil for a cluster whose first server has run.
  init?(_ facts: CloudNativePGFacts) {
    let cluster = facts.cluster
    phase = cluster.status?.phase ?? ""
    let jobs = (facts.jobs.value ?? []).filter { Self.roles.contains($0.role ?? "") }
    let job = jobs.max { $0.metadata.createdAt < $1.metadata.createdAt }
    // The operator deletes the job in the moment it calls the cluster healthy.
    let isMade =
      facts.currentPrimary != nil
      && (phase == "Cluster in healthy state" || facts.firstServes
        || job == nil && phase != "Setting up primary")
    guard !isMade, !cluster.isHibernated, !cluster.isReplicaCluster || job != nil else {
      return nil
    }
    guard facts.currentPrimary == nil || Self.firstPhases.contains(phase) else { return nil }
    isRecovery = cluster.spec.bootstrap?.recovery != nil
    origin = facts.bootstrapOrigin
    target = facts.bootstrapTarget
    self.job = job?.name
    container = job?.role
    let own = (facts.pods.value ?? []).filter { $0.jobRole != nil && $0.jobRole == job?.role }
      .sorted { ($0.metadata.createdAt, $0.name) < ($1.metadata.createdAt, $1.name) }
    pods = own.map(\.name)
    let broken = own.filter { $0.status?.phase == "Failed" }
    failed = max(job?.status?.failed ?? 0, broken.count)
    tries = (job?.spec?.backoffLimit ?? Self.usualRetries) + 1
    since = cluster.metadata.creationTimestamp?.date
    let ended = own.filter { ["Failed", "Succeeded"].contains($0.status?.phase ?? "") }
    telling = (broken.last ?? ended.last)?.name
    running = own.last { $0.status?.phase == "Running" && !$0.isTerminating }?.name
    lastFailure = broken.compactMap(\.finishedAt).max()
    let isOver = job?.hasFailed == true || phase == Self.unrecoverable
    // The job counts its last failure as the end, not as a failed try.
    if isOver { failed = max(failed, min(tries, broken.count), 1) }
    stage = Self.stage(job, isOver: isOver, facts, own)
    if stage == .waiting {
      nextTry = lastFailure?.addingTimeInterval(Self.pause(after: failed))
    }
  }

  private static let firstPhases: Set<String> = [
    "", "Setting up primary", "Waiting for the instances to become active", unrecoverable,
  ]

  private static func stage(
    _ job: Job?, isOver: Bool, _ facts: CloudNativePGFacts, _ pods: [Pod]
  ) -> Stage {
    if isOver { return .givenUp }
    guard let job else {
      if facts.currentPrimary != nil { return .starting }
      return (facts.cluster.status?.phase ?? "").isEmpty ? .notBegun : .trying
    }
    if job.isComplete { return .starting }
    let runs = pods.contains { !["Failed", "Succeeded"].contains($0.status?.phase ?? "") }
    if pods.contains(where: { $0.status?.phase == "Succeeded" }) { return .starting }
    return runs || pods.allSatisfy { $0.status?.phase != "Failed" } ? .trying : .waiting
  }
}

extension ObjectMetadata {
  fileprivate var createdAt: Date { creationTimestamp?.date ?? .distantPast }
}

extension BootstrapCourse {
  /// What is done and how far it is; times are told by whoever knows the present.
  package func sentence(shown: (String) -> String) -> String {
    let what = isRecovery ? "recovered" : "set up"
    let from = origin.map { " from \(shown($0))" } ?? ""
    let to = isRecovery ? ", \(shown(target ?? "to the end of its archive"))" : ""
    let whole = "it is being \(what)\(from)\(to)"
    switch stage {
    case .notBegun: return whole + ": the operator has not begun"
    case .trying where failed == 0: return whole
    case .trying: return whole + ": try \(current) of \(tries)"
    case .waiting: return whole + ": \(failed) of \(tries) tries failed"
    case .starting: return whole + ": its server starts"
    case .givenUp: return "it could not be \(what)\(from): \(failed) tries failed, none is left"
    }
  }
}

extension CloudNativePGFacts {
  /// How far the making of this cluster is; nil once it has been made.
  package var bootstrap: BootstrapCourse? { BootstrapCourse(self) }

  /// Its job is done, and the server that it made takes connections; its operator may be a while in saying so.
  var firstServes: Bool {
    let isDone = (jobs.value ?? []).contains {
      BootstrapCourse.roles.contains($0.role ?? "") && $0.isComplete
    }
    guard isDone, let primary = currentPrimary else { return false }
    return pods.value?.contains { $0.name == primary && $0.isReady && !$0.isTerminating } == true
  }

  /// Instances that still join a first server which serves already; nil = it does not yet, or all have joined.
  var joining: Int? {
    guard firstServes, let wanted = cluster.spec.instances else { return nil }
    let ready = (pods.value ?? []).filter { $0.jobRole == nil && $0.isReady && !$0.isTerminating }
    return wanted > ready.count ? wanted - ready.count : nil
  }

  /// `done and serves; 1 replica still joins`.
  var joiningWords: String? {
    joining.map {
      "done and serves; \($0) replica\($0 == 1 ? " still joins" : "s still join")"
    }
  }

  /// `auth-db (s3://backups/auth-db-backups/, server auth-db)`.
  var bootstrapOrigin: String? {
    let bootstrap = cluster.spec.bootstrap
    if let backup = bootstrap?.recovery?.backup?.name { return "Backup \(backup)" }
    guard let name = bootstrap?.recovery?.source ?? bootstrap?.baseBackup?.source else {
      return bootstrap?.recovery?.volumeSnapshots == nil ? nil : "volume snapshots"
    }
    let external = cluster.spec.externalClusters?.first { $0.name == name }
    if let store = external?.barmanObjectStore {
      let server = store.serverName ?? name
      return [server, store.destinationPath.map { "(\($0))" }].compactMap { $0 }
        .joined(separator: " ")
    }
    if let parameters = external?.plugin?.parameters {
      let server = parameters["serverName"] ?? self.name
      let store = parameters["barmanObjectName"].map { "(ObjectStore \($0))" }
      return [server, store].compactMap { $0 }.joined(separator: " ")
    }
    return name
  }

  /// nil = the end of the archive.
  var bootstrapTarget: String? {
    guard let target = cluster.spec.bootstrap?.recovery?.recoveryTarget else { return nil }
    if let time = target.targetTime { return "to \(time)" }
    if let lsn = target.targetLSN { return "to LSN \(lsn)" }
    if let id = target.targetXID { return "to transaction \(id)" }
    if let name = target.targetName { return "to restore point \(name)" }
    if target.targetImmediate == true { return "as soon as it is consistent" }
    return target.backupID.map { "from backup \($0) to the end of its archive" }
  }
}

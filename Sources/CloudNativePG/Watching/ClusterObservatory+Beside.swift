import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What the logs of a recovery beside this cluster have told.
struct BesideRecovery: Sendable {
  var reading: RecoveryReading?
  var logs = FailureLogs()
}

/// Follows the recoveries that are made from what this cluster has stored: whoever waits for one asks here, and not at
/// the new cluster.
extension ClusterObservatory {
  func addBeside(_ facts: inout CloudNativePGFacts) {
    let own = facts
    facts.beside = own.candidates.compactMap { cluster -> CloudNativePGFacts? in
      // Each cluster of a fleet has all of them: no more is read than may be of this one.
      guard own.isOrigin(of: cluster) != false,
        var other = ClusterReading(context: context, archives: archives, key: cluster.key).facts(),
        own.isOrigin(of: other, context: context.name)
      else { return nil }
      addWarnings(&other)
      other.recoveryOrigin = archives.reach.archiver(of: own.cluster.key, context: context.name)
      other.recoveryReading = besides[cluster.key]?.reading
      other.logReasons = besides[cluster.key]?.logs.reasons ?? LogReasons()
      return other
    }
  }

  func hasLogToRead(_ beside: CloudNativePGFacts) -> Bool {
    beside.followedLog != nil || !openQuestions(of: beside).isEmpty
  }

  func openQuestions(of beside: CloudNativePGFacts) -> [LogQuestion] {
    let questions = LogQuestion.bootstrap(beside).map { [$0] } ?? []
    return (besides[beside.cluster.key]?.logs ?? FailureLogs()).open(questions, now: now())
  }

  /// Reads on in the log of its job, and why its last try failed.
  func readLogs(of beside: CloudNativePGFacts, _ client: KubernetesClient) async {
    let log = PodLog(client: client, namespace: beside.namespace)
    let key = beside.cluster.key
    let answers = await answers(to: openQuestions(of: beside), log)
    for (question, answer) in answers {
      besides[key, default: BesideRecovery()].logs.take(answer, to: question, now: now())
    }
    guard followRefusedUntil.map({ $0 <= now() }) ?? true,
      let (pod, containers) = beside.followedLog
    else { return }
    let reading = await follow(pod, containers, log, after: besides[key]?.reading)
    besides[key, default: BesideRecovery()].reading = reading
  }
}

extension CloudNativePGFacts {
  /// It is recovered from what `self` has stored: by its mark, the Backup or the place that it names.
  func isOrigin(of other: CloudNativePGFacts, context: String) -> Bool {
    if let told = isOrigin(of: other.cluster) { return told }
    guard let place = cluster.archivePlace(objectStore(named:)) else { return false }
    return other.archiveSource(context: context)?.place == place
  }

  /// The same by what its manifest says of itself; nil = that leaves it to the place that it reads.
  func isOrigin(of other: CNPGCluster) -> Bool? {
    guard let recovery = other.spec.bootstrap?.recovery else { return false }
    if let tag = RecoveryTag(other.metadata) { return tag.source == cluster.key }
    guard let backup = recovery.backup?.name else { return nil }
    return other.key.namespace == namespace
      && ownBackups?.contains { $0.name == backup } ?? false
  }
}

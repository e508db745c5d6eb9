import FoundationEssentials
import Kubernetes
import RecoveryModel

extension CloudNativePGFacts {
  /// Why archiving fails and what to do: out of the archiver's log, else out of what the operator was told.
  var archiveFailure: ArchiveFailure {
    let told = cluster.condition("ContinuousArchiving").flatMap {
      claim -> FailureSentence.Candidate? in
      claim.status == "False" ? claim.message.flatMap(FailureSentence.best) : nil
    }
    let reason =
      logReasons.archiver?.sentence
      ?? told.flatMap { $0.isTelling ? FailureSentence.shorten($0.text, limit: 160) : nil }
    return ArchiveFailure(
      reason: reason, source: logReasons.archiver?.source ?? "Cluster \(name)",
      remedy: archiveRemedy(reason))
  }

  /// Since when the operator has seen archiving fail; nil = it has not.
  var archivingFailedSince: Date? {
    cluster.condition("ContinuousArchiving").flatMap { $0.status == "False" ? $0.since : nil }
  }

  private func archiveRemedy(_ reason: String?) -> String {
    if let at = backupDespiteFailure {
      return
        "A base backup reached the store at \(Format.timestamp(at)), so the Secret is right by now: "
        + "reconcile the Cluster, whose instances keep the old credentials until then: "
        + reconcileCommand
    }
    let cause = reason.flatMap { KnownCause.of($0) }
    var parts = [cause?.remedy].compactMap { $0 }
    if reason == nil {
      parts.append("Why stands in the archiver's log: \(archiverLogCommand)")
      if let right = logReasons.rightRemedy(logReasons.archiver) { parts.append(right) }
    }
    if isInTree, reason == nil || cause == .credentials {
      parts.append(
        "When the Secret has been repaired, the Cluster must be reconciled, since its instances keep the "
          + "old credentials until then: \(reconcileCommand)")
    }
    if parts.isEmpty { parts.append("See the archiver's log: \(archiverLogCommand)") }
    return parts.joined(separator: " ")
  }

  var isInTree: Bool {
    if case .inTree = cluster.walArchiver { return true }
    return false
  }

  /// Any change of the Cluster makes the instance managers read its Secrets again.
  var reconcileCommand: String {
    kubectl("annotate cluster \(quoted(name)) --overwrite pgvigil.io/touched=\"$(date +%s)\"")
  }

  /// When a base backup ended well that began after archiving had begun to fail: backups read the Secret each time. A
  /// primary that has archived nothing yet does not tell since when it fails; the operator does.
  private var backupDespiteFailure: Date? {
    guard isInTree, storeSecretFault == nil, let status = primaryStatus?.value,
      let failed = status.lastFailedAt,
      let since = status.lastArchivedAt
        ?? archivingFailedSince
    else { return nil }
    return (ownBackups ?? []).filter {
      $0.phase == .completed && $0.isInTree && ($0.startedAt ?? .distantPast) > since
        && ($0.stoppedAt ?? .distantFuture) < failed
    }.compactMap(\.stoppedAt).max()
  }
}

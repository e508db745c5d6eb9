import FoundationEssentials
import Kubernetes
import RecoveryModel

/// The newest base backup was sent to one server of stores and WAL goes to another, under the same path: one store by two
/// names, or two. Only a look into it would tell.
enum EndpointRule {
  static let rule = CloudNativePGRule("cnpg.backup.endpoint", .backups, "other endpoint") {
    facts, now in
    guard facts.storedBackups == nil,
      let store = facts.cluster.archiveStore(facts.objectStore(named:)),
      let path = store.destinationPath, let newest = newest(facts, otherThan: store.endpointURL)
    else { return [] }
    func place(_ endpoint: String?) -> String? {
      ArchivePlace(destination: path, endpoint: endpoint, server: "").endpoint
    }
    let its = place(newest.status?.endpointURL)
    let current = place(store.endpointURL)
    // Only then is a catalog built: this is asked at every look at the instances.
    guard its != current,
      CloudNativePGReport.catalog(facts).usable.contains(where: { $0.id == newest.name })
    else { return [] }
    let words = [its, current].map { Sanitizer.clean($0 ?? "amazonaws.com", limit: 80) }
    return [
      Finding(
        id: "cnpg.backup.endpoint", severity: .warning,
        headline:
          "\(facts.shown(newest.name)) lies at \(words[0]), WAL goes to \(words[1]): whether "
          + "that is one store by two names, nobody in sight can tell",
        evidence: [
          facts.evidence(newest, "endpointURL \(words[0])"),
          facts.clusterEvidence("archives to \(words[1])"),
        ],
        remedy: facts.afterBackupObstacle(
          "Take a base backup: \(facts.backupCommand). Or let pgvigil read the store.", now: now),
        ceiling: .unknown)
    ]
  }

  /// The newest that completed, where it names another URL; in-tree alone do Backups name one.
  private static func newest(
    _ facts: CloudNativePGFacts, otherThan url: String?
  ) -> CNPGBackup? {
    let own = facts.ownBackups ?? []
    // One without a URL says nothing: operators leave it out though they used one (recorded on 1.30).
    func differs(_ backup: CNPGBackup) -> Bool {
      guard let its = backup.status?.endpointURL, !its.isEmpty else { return false }
      return its != url
    }
    guard own.contains(where: differs) else { return nil }
    let newest = own.filter { $0.phase == .completed }.lastToEnd
    return newest.flatMap { differs($0) ? $0 : nil }
  }
}

/// The Secret that the cluster reaches its store with is not there, has not what is asked of it, or the store refuses what
/// it has. What runs may hold the old credentials for a while; the next restart, promotion, backup or recovery does not, so
/// that bringing it back needs a person.
enum StoreSecretRule {
  static let rule = CloudNativePGRule("cnpg.store-secret", .archive, "no credentials") {
    facts, _ in
    guard let fault = facts.storeSecretFault else { return [] }
    return [
      Finding(
        id: "cnpg.store-secret", severity: .critical,
        headline:
          "The cluster's credentials for its store are of no use: "
          + Sanitizer.clean(fault, limit: 160),
        evidence: [
          facts.evidence(
            fault, facts.objectStore.map { "ObjectStore \($0.name)" } ?? "Cluster \(facts.name)")
        ],
        remedy:
          "Put the right Secret back, from where secrets are kept."
          + (facts.isInTree
            ? " A running server takes it up only when its Cluster is reconciled: "
              + facts.reconcileCommand
            : ""),
        ceiling: .atRisk)
    ]
  }
}

/// A replica cluster archives and backs up what it receives. When it receives nothing, all of that looks idle.
enum ReplicaStillRule {
  private static let long = 900.0

  static let rule = CloudNativePGRule("cnpg.replica.still", .archive, "not following") {
    facts, now in
    guard facts.cluster.isReplicaCluster, let status = facts.primaryStatus?.value,
      !status.isPrimary, !status.isWALReceiverActive,
      let source = facts.cluster.spec.externalClusters?.first(where: {
        $0.name == facts.cluster.spec.replica?.source
      }), source.connectionParameters?.isEmpty == false
    else { return [] }
    let age = status.lastArchivedAt.map { CloudNativePGRules.age($0, now) }
    guard age ?? .infinity > long else { return [] }
    let since = age.map { ", and has archived nothing for \(Format.age($0))" } ?? ""
    let name = facts.shown(source.name ?? "its source")
    return [
      Finding(
        id: "cnpg.replica.still", severity: .critical,
        headline:
          "The replica cluster receives no WAL from \(name)\(since): what was written there "
          + "since is not here",
        evidence: [facts.statusEvidence("isWalReceiverActive is false")],
        remedy: "See why it cannot connect: "
          + facts.kubectl("logs \(facts.quoted(facts.currentPrimary ?? ""))")
          + " | grep -i walreceiver",
        ceiling: .atRisk)
    ]
  }
}

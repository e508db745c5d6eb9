import RecoveryModel

/// Somebody deletes the Cluster, and something still holds it: when it goes, its volumes go with it.
enum DeletionRule {
  static let rule = CloudNativePGRule("cnpg.deletion") { facts, _ in
    guard let said = facts.cluster.metadata.deletionTimestamp else { return [] }
    let since = kubernetesDate(said)
    return [
      Finding(
        id: "cnpg.deletion", severity: .critical,
        headline: "The Cluster is being deleted: its servers and volumes go with it",
        evidence: [
          facts.clusterEvidence(
            "deletionTimestamp \(since.map(Format.timestamp) ?? "set"), held by a finalizer",
            at: since)
        ],
        remedy:
          "A deletion cannot be taken back. Where it was not meant, take what you need from the "
          + "servers while they run, and make sure that the object store is not cleared too.",
        ceiling: .atRisk)
    ]
  }
}

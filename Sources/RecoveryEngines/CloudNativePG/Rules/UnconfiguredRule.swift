import RecoveryModel

/// The cluster has no way to take a base backup, so that the one key that should take it cannot.
enum UnconfiguredRule {
  static let rule = CloudNativePGRule("cnpg.backup.unconfigured") { facts, _ in
    // What is still being made has nothing to back up yet.
    guard !facts.cluster.canBackUp, facts.bootstrap == nil else { return [] }
    return [
      Finding(
        id: "cnpg.backup.unconfigured", severity: .critical,
        headline: "No backup is configured: neither spec.backup nor a plugin",
        evidence: [facts.clusterEvidence("no backup section, no enabled plugin")],
        remedy: "Add an ObjectStore and the Barman Cloud plugin (pgvigil manifest object-store, "
          + "pgvigil manifest cluster-backup), then take a base backup.",
        ceiling: .atRisk)
    ]
  }
}

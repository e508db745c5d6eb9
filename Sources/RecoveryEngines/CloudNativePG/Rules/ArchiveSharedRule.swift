import RecoveryModel

/// Another cluster archives into the same directory of the bucket: each overwrites what the other needs.
enum ArchiveSharedRule {
  static let rule = CloudNativePGRule("cnpg.archive.shared") { facts, _ in
    guard !facts.archiveSharers.isEmpty else { return [] }
    let others = facts.archiveSharers.map { facts.shown("\($0.namespace)/\($0.name)") }
    let named = others.prefix(3).joined(separator: ", ")
    let more = others.count > 3 ? " and \(others.count - 3) more" : ""
    let path = facts.storeConfiguration?.destinationPath ?? "the same path"
    return [
      Finding(
        id: "cnpg.archive.shared", severity: .critical,
        headline:
          "It archives to the same place as \(named)\(more): WAL and backups of one spoil those "
          + "of the other",
        evidence: [
          facts.clusterEvidence("archives to \(path), server \(facts.cluster.serverName)"),
          facts.evidence("archives there too", "Cluster \(others[0])"),
        ],
        remedy:
          "Give one of them a serverName of its own, then take a base backup of it: press b. What "
          + "lies there now is proven by a drill alone.",
        ceiling: .atRisk)
    ]
  }
}

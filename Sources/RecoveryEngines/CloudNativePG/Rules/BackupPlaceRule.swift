import FoundationEssentials
import RecoveryModel

/// The newest base backup lies elsewhere in the store than where WAL goes now, as after a recovery under the same name or
/// a new `serverName`: what was written since then cannot be replayed over it. Only in-tree backups say where they lie.
enum BackupPlaceRule {
  static let rule = CloudNativePGRule("cnpg.backup.place") { facts, _ in
    guard case .inTree(let store) = facts.cluster.walArchiver,
      let newest = newest(facts), let status = newest.status, let server = status.serverName
    else { return [] }
    let (old, now) = (
      place(status.destinationPath ?? store.destinationPath, server),
      place(store.destinationPath, facts.cluster.serverName)
    )
    guard old != now else { return [] }
    return [
      Finding(
        id: "cnpg.backup.place", severity: .critical,
        headline:
          "WAL goes to another place than the newest base backup \(facts.shown(newest.name)): "
          + "what was written since then would be lost",
        evidence: [
          facts.evidence(newest, "completed, in \(old)"),
          facts.clusterEvidence("archives WAL to \(now)"),
        ],
        remedy:
          "Take a base backup now: press b. Where the change was not meant, set serverName and "
          + "destinationPath back.",
        ceiling: .atRisk)
    ]
  }

  private static func newest(_ facts: CloudNativePGFacts) -> CNPGBackup? {
    (facts.ownBackups ?? []).filter { $0.phase == .completed && $0.method == "barmanObjectStore" }
      .max { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }
  }

  /// As Barman puts it together: the path without its last slashes, then the server.
  private static func place(_ path: String?, _ server: String) -> String {
    var path = path ?? ""
    while path.hasSuffix("/") { path.removeLast() }
    return "\(path)/\(server)"
  }
}

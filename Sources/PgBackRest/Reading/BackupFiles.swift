import RecoveryModel

/// Looks for the files of the backups that a restore would read now. `pgbackrest info` reads its own list only: with
/// a backup's directory deleted it goes on calling it good (2.45).
struct BackupFiles: Sendable {
  let tool: PgBackRestTool

  /// What is wrong, by label: the newest finished backup and all it depends on are looked at file by file, since
  /// the rest costs a listing of its own each and is not what would be restored. Throws where it cannot be listed.
  func damage(_ catalog: BackupCatalog) async throws(RecoveryError) -> [String: String] {
    guard let newest = catalog.lastGood else { return [:] }
    let labels = Set([newest.id] + newest.dependsOn)
    var damage: [String: String] = [:]
    for backup in catalog.backups where labels.contains(backup.id) {
      let json = try await tool.ask([
        "--repo=\(tool.repository)", "--output=json", "--recurse", "repo-ls",
        "backup/\(tool.settings.stanza)/\(backup.id)",
      ])
      do { damage[backup.id] = try Self.damage(backup, listing: json) } catch {
        throw tool.undecodable(json, command: "repo-ls")
      }
    }
    return damage
  }

  /// nil = all there, as far as sizes tell.
  static func damage(
    _ backup: Backup, listing json: String
  ) throws(ListingScanner.Malformed) -> String? {
    var manifest = false
    var bytes: Int64 = 0
    try ListingScanner.scan(json) { entry in
      guard entry.isFile else { return }
      if entry.path == "backup.manifest" { manifest = (entry.size ?? 1) > 0 }
      if !entry.path.hasPrefix("backup.manifest") { bytes += entry.size ?? 0 }
    }
    if bytes == 0, !manifest { return "its files are gone from the repository" }
    if !manifest { return "its backup.manifest is gone from the repository" }
    // The catalog's sum is of exactly these files; more of them, as links, does no harm.
    guard let expected = backup.repositoryAddedBytes, bytes < expected else { return nil }
    return "\(Format.bytes(expected - bytes)) of its files are gone from the repository"
  }
}

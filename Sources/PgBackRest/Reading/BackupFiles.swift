import RecoveryModel

/// Looks for the files of the backups that a restore would read now. `pgbackrest info` reads its own list only: with
/// a backup's directory deleted it goes on calling it good (2.45).
struct BackupFiles: Sendable {
  let tool: PgBackRestTool

  /// What `repo-ls` said, by label.
  typealias Listings = [String: Result<String, RecoveryError>]

  /// Lists these backups at the same time.
  func listings(of labels: Set<String>) async -> Listings {
    await withTaskGroup(of: (String, Result<String, RecoveryError>).self) { group in
      for label in labels { group.addTask { (label, await listing(of: label)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  private func listing(of label: String) async -> Result<String, RecoveryError> {
    do throws(RecoveryError) {
      return .success(
        try await tool.ask([
          "--repo=\(tool.repository)", "--output=json", "--recurse", "repo-ls",
          "backup/\(tool.settings.stanza)/\(label)",
        ]))
    } catch {
      return .failure(error)
    }
  }

  /// What is wrong, by label. `early` = what was listed before the catalog was known: good news in it is believed, since
  /// a backup that has finished loses nothing by being older, and all else is asked for again. Throws where it cannot
  /// be listed.
  func damage(
    _ catalog: BackupCatalog, early: Listings
  ) async throws(RecoveryError) -> [String: String] {
    let labels = Self.labels(catalog)
    let open = catalog.backups.filter { backup in
      labels.contains(backup.id) && !Self.isWhole(backup, early[backup.id])
    }
    let listings = await listings(of: Set(open.map(\.id)))
    var damage: [String: String] = [:]
    for backup in open {
      guard let json = try listings[backup.id]?.get() else { continue }
      do { damage[backup.id] = try Self.damage(backup, listing: json) } catch {
        throw tool.undecodable(json, command: "repo-ls")
      }
    }
    return damage
  }

  private static func isWhole(
    _ backup: Backup, _ listing: Result<String, RecoveryError>?
  ) -> Bool {
    guard case .success(let json)? = listing else { return false }
    do { return try damage(backup, listing: json) == nil } catch { return false }
  }

  /// The newest finished backup and all it depends on are looked at file by file, since the rest costs a listing of
  /// its own each and is not what would be restored.
  static func labels(_ catalog: BackupCatalog) -> Set<String> {
    catalog.lastGood.map { Set([$0.id] + $0.dependsOn) } ?? []
  }

  /// Those labels as the names of the backups' directories let one guess them (`FULL` or `FULL_OTHER`), so that nobody
  /// has to wait for the catalog: a wrong guess costs a listing, nothing else.
  static func guess(directories: [String]) -> Set<String> {
    let labels = directories.filter { name in
      name.count >= 16 && name.utf8.first.map { (48...57).contains($0) } == true
        && ["F", "D", "I"].contains(name.last)
    }
    guard let newest = labels.max() else { return [] }
    return Set([newest, newest.split(separator: "_").first.map(String.init) ?? newest])
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

import Glibc
import RecoveryModel
import Transports

extension DrillDirectory {
  private var links: String { data + "/pg_tblspc" }

  /// Lets replay make no tablespace: a CREATE TABLESPACE in the WAL names production's own directory, and a copy on
  /// production's host would write into it. The restore has laid those of the base backup within the copy. Throws
  /// `RecoveryError`.
  func sealTablespaces() throws(RecoveryError) {
    // It would make PostgreSQL link them anew, as production has them.
    unlink(data + "/tablespace_map")
    guard FileText.facts(links) == nil || chmod(links, 0o500) == 0 else {
      throw RecoveryError(
        .refused, "cannot close \(links): \(String(cString: strerror(errno)))",
        remedy: "a copy that could reach production's tablespaces is not started")
    }
  }

  /// So that its owner can remove what is in it.
  func unsealTablespaces() {
    guard let facts = FileText.facts(links), facts.st_mode & S_IFMT == S_IFDIR else { return }
    chmod(links, 0o700)
  }
}

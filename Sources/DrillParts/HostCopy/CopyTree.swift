import Glibc
import RecoveryModel
import Transports

/// The files of a throw-away copy that is unpacked here, and what is made of them so that nothing leads out of it.
package struct CopyTree: Sendable {
  package var directory: DrillDirectory
  package var owner: Account
  /// nil = as we are.
  package var account: Account?

  package init(directory: DrillDirectory, owner: Account, account: Account?) {
    self.directory = directory
    self.owner = owner
    self.account = account
  }

  /// Empty directories for data, tablespaces and fetched WAL. Throws `RecoveryError`.
  package func make() throws(RecoveryError) {
    for path in [directory.data, directory.tablespaces, directory.path + "/wal"] {
      try DrillPlace.make(path, owner: owner)
    }
  }

  /// Where a tablespace's files go (nil = the data directory); made where it is not there. Throws `RecoveryError`.
  package func target(of tablespace: UInt32?) throws(RecoveryError) -> String {
    guard let tablespace else { return directory.data }
    let path = "\(directory.tablespaces)/\(tablespace)"
    if FileText.facts(path) == nil { try DrillPlace.make(path, owner: owner) }
    return path
  }

  /// Removes every symbolic link: in production they lead to places that a copy must not touch, as `pg_wal` on a disk of
  /// its own. Names of those that were there. Throws `RecoveryError`.
  package func dropLinks(_ processes: ProcessRunner) async throws -> [String] {
    let request = ProcessRequest(
      "find", [directory.data, directory.tablespaces, "-type", "l", "-print", "-delete"],
      account: account, deadline: 3600)
    let result = try await processes.run(request)
    guard result.status == 0 else {
      throw RecoveryError(.failed, "find ended with \(result.status): \(result.error.trimmed)")
    }
    return result.output.split(separator: "\n").map {
      Sanitizer.clean(String($0.dropFirst(directory.path.utf8.count + 1)), limit: 120)
    }
  }

  /// Leaves a data directory that recovers by `settings` (lines of `postgresql.auto.conf`), with its tablespaces within the
  /// copy; `script` = what fetches WAL. Throws `RecoveryError`.
  package func finish(
    tablespaces: [UInt32], script: String, settings: [String]
  ) throws(RecoveryError) {
    let data = directory.data
    // A standby would follow its primary.
    for name in ["standby.signal", "recovery.signal", "postmaster.pid"] {
      unlink(data + "/" + name)
    }
    for name in ["pg_wal", "pg_tblspc"] {
      let path = data + "/" + name
      if FileText.facts(path) == nil { try DrillPlace.make(path, owner: owner) }
      guard let facts = FileText.facts(path), facts.st_mode & S_IFMT == S_IFDIR else {
        throw RecoveryError(.failed, "\(path) is no directory")
      }
    }
    for tablespace in Set(tablespaces) {
      let link = "\(data)/pg_tblspc/\(tablespace)"
      // Barman leaves an empty directory in its place.
      rmdir(link)
      guard symlink("\(directory.tablespaces)/\(tablespace)", link) == 0,
        geteuid() != 0 || lchown(link, owner.user, owner.group) == 0
      else { throw Self.failure(link) }
    }
    let file = data + "/postgresql.auto.conf"
    let old = FileText.read(file, following: false) ?? ""
    let kept = old.split(separator: "\n").filter { !StopSettings.isOverruled($0) }.map(String.init)
    unlink(file)
    try write(file, (kept + settings).joined(separator: "\n") + "\n", mode: 0o600)
    try write(data + "/recovery.signal", "", mode: 0o600)
    try write(directory.path + "/fetch", script, mode: 0o600)
    chmod(data, 0o700)
  }

  private func write(_ path: String, _ text: String, mode: mode_t) throws(RecoveryError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    let bytes = Array(text.utf8)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
      geteuid() != 0 || fchown(descriptor, owner.user, owner.group) == 0, close(descriptor) == 0
    else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> RecoveryError {
    RecoveryError(.refused, "cannot write \(path): \(String(cString: strerror(errno)))")
  }
}

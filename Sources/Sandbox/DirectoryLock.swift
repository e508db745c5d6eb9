import Glibc
import RecoveryModel

/// Keeps two `up` from working on one directory. The kernel drops it when its holder dies.
final class DirectoryLock: Sendable {
  private let descriptor: Int32
  private let inode: UInt64

  /// nil when there is no such directory (yet), or it is not ours to open. Throws `RecoveryError.refused`
  /// when another process holds the lock.
  init?(_ path: String) throws {
    let opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0, let entry = FileTree.entry(path) else {
      if opened >= 0 { close(opened) }
      return nil
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      throw RecoveryError(
        .refused, "another process is starting the sandbox in \(path)",
        remedy: "wait for it, or stop it")
    }
    descriptor = opened
    inode = entry.inode
  }

  deinit { close(descriptor) }

  /// Whether the path means another directory by now.
  func isStale(_ path: String) -> Bool { FileTree.entry(path)?.inode != inode }

  /// Nothing to do but to exist until here: the descriptor closes with the last reference.
  func release() {}
}

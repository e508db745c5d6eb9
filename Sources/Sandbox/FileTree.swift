import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// The few file operations that a sandbox needs, safe in directories that an unprivileged account can write:
/// new files only, no symbolic link followed.
enum FileTree {
  enum Kind { case directory, symbolicLink, other }

  struct Entry {
    var kind: Kind
    var user: UInt32
    var group: UInt32
    /// Permission bits only.
    var mode: UInt32
    var inode: UInt64
  }

  /// nil when there is nothing of that name, or it cannot be seen.
  static func entry(_ path: String) -> Entry? {
    var info = stat()
    guard lstat(path, &info) == 0 else { return nil }
    let kind: Kind =
      switch info.st_mode & S_IFMT {
      case S_IFDIR: .directory
      case S_IFLNK: .symbolicLink
      default: .other
      }
    return Entry(
      kind: kind, user: info.st_uid, group: info.st_gid, mode: info.st_mode & 0o7777,
      inode: UInt64(info.st_ino))
  }

  static func exists(_ path: String) -> Bool { entry(path) != nil }

  /// Names in a directory, without `.` and `..`; nil when it cannot be read.
  static func names(_ path: String) -> [String]? {
    LocalFile.entries(path)
  }

  /// nil when there is no such file. Throws `denied` or `failed`.
  static func read(_ path: String, limit: Int = 1 << 20) throws -> [UInt8]? {
    if let bytes = LocalFile.read(path, flags: O_NOFOLLOW | O_NONBLOCK, limit: limit) {
      return bytes
    }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw failure("read", path)
  }

  /// Makes `path` anew (mode 0600) and renames it into place.
  static func write(_ path: String, _ bytes: [UInt8], account: Account) throws {
    let temporary = "\(path).new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("write", path) }
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = failure("write", path)
        close(file)
        unlink(temporary)
        throw error
      }
      offset += count
    }
    let owned = geteuid() != 0 || fchown(file, account.user, account.group) == 0
    guard close(file) == 0, owned, rename(temporary, path) == 0 else {
      throw failure("write", path)
    }
  }

  static func write(_ path: String, _ text: String, account: Account) throws {
    try write(path, Array(text.utf8), account: account)
  }

  /// Makes a directory of mode 0700 that belongs to the account.
  static func makeDirectory(_ path: String, account: Account) throws {
    guard mkdir(path, 0o700) == 0 else { throw failure("create", path) }
    guard geteuid() != 0 || lchown(path, account.user, account.group) == 0 else {
      throw failure("hand over", path)
    }
  }

  /// Bytes free for ordinary accounts on the file system of `path`; nil when that cannot be told.
  static func freeBytes(_ path: String) -> Int64? {
    var info = statvfs()
    guard statvfs(path, &info) == 0 else { return nil }
    return Int64(clamping: UInt64(info.f_bavail) &* UInt64(info.f_frsize))
  }

  static func failure(_ verb: String, _ path: String) -> RecoveryError {
    let code = errno
    let reason = String(cString: strerror(code))
    let kind: RecoveryError.Code = code == EACCES || code == EPERM ? .denied : .failed
    return RecoveryError(kind, "cannot \(verb) \(path): \(reason)")
  }
}

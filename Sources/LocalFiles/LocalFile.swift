import Glibc
import RecoveryModel

/// Looks at files of this host that cost microseconds: no network, no listing of data.
package enum LocalFile {
  /// Changes whenever the file does: modification time, size and inode; nil when it cannot be seen.
  package static func stamp(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)/\(status.st_size)/\(status.st_ino)"
  }

  /// Seconds since 1970 at which the file was last written; nil when it cannot be seen.
  package static func modified(_ path: String) -> Double? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
  }

  /// Where a symbolic link leads; nil when it is none, or may not be read.
  package static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Owner of the file; nil when it cannot be seen.
  package static func owner(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_uid : nil
  }

  /// All bytes of a small file. Throws `RecoveryError` (invalid), also where it is larger than `limit`, as a device
  /// that never ends is.
  package static func bytes(_ path: String, limit: Int = 4 << 20) throws -> [UInt8] {
    guard let bytes = read(path, limit: limit + 1) else {
      throw RecoveryError(.invalid, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    guard bytes.count <= limit else { throw tooLarge(path, limit: limit) }
    return bytes
  }

  /// What is said of a file that is not read to its end.
  package static func tooLarge(_ path: String, limit: Int) -> RecoveryError {
    RecoveryError(.invalid, "cannot read \(path): it is larger than \(limit >> 20) MiB")
  }

  /// The first bytes of a file, at least `limit` where it has so many; nil with `errno` set when it cannot be read.
  /// `flags` are added to those that it is opened with: O_NONBLOCK where a pipe in its place must not be waited for,
  /// O_NOFOLLOW where a link must not be followed.
  package static func read(
    _ path: String, flags: Int32 = 0, limit: Int = 1 << 20
  ) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | flags)
    guard descriptor >= 0 else { return nil }
    let read = FileBytes.prefix(descriptor: descriptor, count: limit)
    close(descriptor)
    switch read {
    case .success(let bytes): return bytes
    case .failure(let failure):
      errno = failure.code
      return nil
    }
  }

  /// The last bytes of a file, `limit` at most; nil when it cannot be read.
  package static func tail(_ path: String, limit: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = pread(descriptor, &buffer, limit, max(0, status.st_size - limit))
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// Whole text of a small file; nil with `errno` set when it cannot be read, EFBIG where it is larger than 1 MiB: half
  /// of a file says something else than all of it. `flags` as for `read`.
  package static func text(_ path: String, flags: Int32 = 0) -> String? {
    let limit = 1 << 20
    guard let bytes = read(path, flags: flags, limit: limit + 1) else { return nil }
    guard bytes.count <= limit else {
      errno = EFBIG
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Names in a directory, sorted, without dot files; nil when it cannot be read.
  package static func names(_ path: String) -> [String]? {
    entries(path)?.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// All names in a directory but `.` and `..`, in no order; nil when it cannot be read.
  package static func entries(_ path: String) -> [String]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Bytes that an ordinary account may still write there, and that all of them may have altogether (what is
  /// kept back for root is in neither); nil when the path cannot be seen. A path that does not exist yet counts
  /// as its nearest existing parent.
  package static func room(_ path: String) -> (free: Int64, capacity: Int64)? {
    var path = path
    while !path.isEmpty {
      var status = statvfs()
      if statvfs(path, &status) == 0 {
        let unit = Int64(status.f_frsize)
        let used = Int64(status.f_blocks) - Int64(status.f_bfree)
        let free = Int64(status.f_bavail)
        return (free * unit, (used + free) * unit)
      }
      guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { return nil }
      path = slash == path.startIndex ? (path == "/" ? "" : "/") : String(path[..<slash])
    }
    return nil
  }

  package static func isReadable(directory path: String) -> Bool { access(path, R_OK | X_OK) == 0 }

  /// False when there is certainly no such process.
  package static func processExists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno != ESRCH }
}

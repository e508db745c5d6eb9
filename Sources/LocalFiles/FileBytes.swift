import Glibc

/// Why a file could not be had.
package struct FileFailure: Error, Sendable, Equatable {
  /// `errno`.
  package var code: Int32
  /// It holds more bytes than anybody reads of its kind; nil = that is not why.
  package var limit: Int?

  package init(code: Int32) { self.code = code }

  package init(limit: Int) {
    code = EFBIG
    self.limit = limit
  }

  package var words: String {
    limit.map { "larger than \($0 >> 20) MiB" } ?? String(cString: strerror(code))
  }
}

/// Whole files, with the system's own reason where that fails. Blocks.
package enum FileBytes {
  /// At most `limit` bytes: a device may never end. `allowsPipes`: whoever named it waits for what comes; elsewhere a
  /// pipe in its place would be waited for without end.
  package static func read(
    _ path: String, limit: Int, allowsPipes: Bool = false
  ) -> Result<[UInt8], FileFailure> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (allowsPipes ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else { return .failure(FileFailure(code: errno)) }
    defer { close(descriptor) }
    var file = stat()
    guard fstat(descriptor, &file) == 0 else { return .failure(FileFailure(code: errno)) }
    guard allowsPipes || file.st_mode & S_IFMT != S_IFIFO else {
      return .failure(FileFailure(code: EINVAL))
    }
    // What says how large it is need not be read to be refused.
    if file.st_mode & S_IFMT == S_IFREG, file.st_size > limit {
      return .failure(FileFailure(limit: limit))
    }
    return read(descriptor: descriptor, limit: limit)
  }

  /// Opens a file of ours for reading and writing and makes it where needed; `flags` are added. Never follows a
  /// link, since root may write into somebody else's directory. What root makes there belongs to the
  /// directory's owner, who has to append to it later.
  package static func openShared(
    _ path: String, flags: Int32, mode: UInt32
  ) -> Result<Int32, FileFailure> {
    let flags = flags | O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let descriptor = open(path, flags, mode)
    guard descriptor >= 0 else { return .failure(FileFailure(code: errno)) }
    var file = stat()
    var directory = stat()
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    if geteuid() == 0, fstat(descriptor, &file) == 0, file.st_uid == 0,
      stat(String(path[..<slash]), &directory) == 0, directory.st_uid != 0
    {
      _ = fchown(descriptor, directory.st_uid, directory.st_gid)
    }
    return .success(descriptor)
  }

  /// From where the descriptor stands to the end, which has to come within `limit` bytes.
  package static func read(descriptor: Int32, limit: Int) -> Result<[UInt8], FileFailure> {
    prefix(descriptor: descriptor, count: limit + 1).flatMap { bytes in
      bytes.count > limit ? .failure(FileFailure(limit: limit)) : .success(bytes)
    }
  }

  /// From where the descriptor stands: at least `count` bytes, where it has so many.
  static func prefix(descriptor: Int32, count: Int) -> Result<[UInt8], FileFailure> {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let read = withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
        let read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if read > 0 { bytes += buffer[..<read] }
        return read
      }
      if read == 0 { break }
      guard read > 0 || errno == EINTR else { return .failure(FileFailure(code: errno)) }
    }
    return .success(bytes)
  }

  /// Permission bits; nil when it cannot be looked at.
  package static func mode(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Makes the directory that will hold `path`, and its parents, 0700.
  package static func makeParent(of path: String) -> FileFailure? {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
    let directory = String(path[..<slash])
    if mkdir(directory, 0o700) == 0 || errno == EEXIST { return nil }
    guard errno == ENOENT else { return FileFailure(code: errno) }
    if let failure = makeParent(of: directory) { return failure }
    return mkdir(directory, 0o700) == 0 || errno == EEXIST ? nil : FileFailure(code: errno)
  }
}

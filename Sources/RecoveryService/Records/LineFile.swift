import Glibc
import LocalFiles
import RecoveryModel

/// A file of lines that several processes append to and none ever rewrites. Every call blocks.
struct LineFile: Sendable, Equatable {
  /// What tells one state of the file from another without reading it.
  struct Stamp: Sendable, Equatable {
    var device: UInt
    var inode: UInt
    var size: Int64
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int
  }

  var path: String
  /// Permission bits of a file that is made here; the umask still counts.
  var mode: UInt32
  /// Longest wait for another writer, in seconds.
  var patience = 5.0

  /// Appends one line whole or not at all, and returns when it is on the disk. A torn last line of a writer
  /// that died is closed first, so that it costs itself alone.
  func append(_ line: [UInt8]) throws(RecoveryError) {
    if let failure = FileBytes.makeParent(of: path) {
      throw refusal("make the directory of", failure)
    }
    let descriptor: Int32
    switch FileBytes.openShared(path, flags: O_APPEND, mode: mode) {
    case .success(let opened): descriptor = opened
    case .failure(let failure): throw refusal("open", failure)
    }
    defer { close(descriptor) }
    try waitForLock(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw refusal("look at", FileFailure(code: errno))
    }
    let end = status.st_size
    var bytes = line
    bytes.append(newline)
    if end > 0 {
      var last: UInt8 = 0
      guard pread(descriptor, &last, 1, end - 1) == 1 else {
        throw refusal("read", FileFailure(code: errno))
      }
      if last != newline { bytes.insert(newline, at: 0) }
    }
    if let failure = write(bytes, to: descriptor) {
      ftruncate(descriptor, end)
      throw refusal("write to", failure)
    }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw refusal("flush", FileFailure(code: errno))
    }
  }

  /// nil = no such file yet.
  func stamp() throws(RecoveryError) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT { return nil }
      throw refusal("look at", FileFailure(code: code))
    }
    return Stamp(
      device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int64(status.st_size),
      modifiedSeconds: status.st_mtim.tv_sec, modifiedNanoseconds: status.st_mtim.tv_nsec)
  }

  /// Of a million drills; what is larger was not written by us.
  private static let maximumBytes = 1 << 30

  /// The lines so far, empty ones left out; `torn` when the last one has no end.
  func lines() throws(RecoveryError) -> (lines: [[UInt8]], torn: Bool) {
    switch FileBytes.read(path, limit: Self.maximumBytes) {
    case .success(let bytes):
      let lines = bytes.split(separator: newline).map(Array.init)
      return (lines, bytes.last.map { $0 != newline } ?? false)
    case .failure(let failure) where failure.code == ENOENT: return ([], false)
    case .failure(let failure): throw refusal("read", failure)
    }
  }

  private var newline: UInt8 { 0x0A }

  private func waitForLock(_ descriptor: Int32) throws(RecoveryError) {
    let step = 0.02
    var waited = 0.0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EWOULDBLOCK || code == EINTR, waited < patience else {
        throw refusal("lock", FileFailure(code: code))
      }
      usleep(UInt32(step * 1_000_000))
      waited += step
    }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) -> FileFailure? {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno != EINTR { return FileFailure(code: errno) }
      written += max(0, count)
    }
    return nil
  }

  private func refusal(_ verb: String, _ failure: FileFailure) -> RecoveryError {
    RecoveryError(
      failure.code == EACCES || failure.code == EPERM ? .denied : .failed,
      "could not \(verb) \(path): \(failure.words)")
  }
}

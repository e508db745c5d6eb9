import Glibc
import RecoveryModel

/// Replaces a whole file at once: a reader sees the old text or the new one, never a part.
enum AtomicFile {
  /// Readable by everybody, since another account collects it. A link is followed; what is no file (a device, a pipe) is
  /// refused, because it would be replaced too. Throws `.denied` with the system's own reason.
  ///
  /// `inPlaceOfStale`: where there is no room beside it the old file gives up its own, for nothing says less wrong than
  /// what does not hold any more.
  static func write(
    _ text: String, to asked: String, inPlaceOfStale: Bool = false
  ) throws(RecoveryError) {
    let path = try target(of: asked)
    do {
      try replace(path, with: text)
    } catch {
      guard inPlaceOfStale, error.code == ENOSPC || error.code == EDQUOT else {
        throw refusal(path, error)
      }
      unlink(path)
      do { try replace(path, with: text) } catch { throw refusal(path, error) }
    }
  }

  /// `errno` of what went wrong.
  private struct Failure: Error {
    var code: Int32 = errno
  }

  private static func replace(_ path: String, with text: String) throws(Failure) {
    // Beside the file, so that it can be renamed, and hidden, so that no collector takes it.
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    var template = Array((path[..<slash] + ".\(path[slash...]).XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Failure() }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let bytes = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let temporary = String(decoding: bytes, as: UTF8.self)
    let written =
      writeAll(text, to: descriptor) && fchmod(descriptor, 0o644) == 0
      && fsync(descriptor) == 0
    var failure = written ? nil : Failure()
    // Some file systems find out here that there is no room.
    if close(descriptor) != 0, failure == nil { failure = Failure() }
    if failure == nil, rename(temporary, path) == 0 { return }
    let reason = failure ?? Failure()
    unlink(temporary)
    throw reason
  }

  /// The file itself, where the path is a link to one.
  private static func target(of path: String) throws(RecoveryError) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      guard lstat(path, &status) != 0 else {
        guard status.st_mode & S_IFMT == S_IFLNK, code == ENOENT else {
          throw refusal(path, Failure(code: code))
        }
        throw RecoveryError(
          .denied,
          "cannot write \(Sanitizer.clean(path)): it is a link to a file that is not there",
          remedy: "remove the link, or make what it points to")
      }
      return path
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RecoveryError(
        .denied, "cannot write \(Sanitizer.clean(path)): it is there, and no regular file",
        remedy: "name a file, or leave --textfile out and send standard output there")
    }
    guard let resolved = realpath(path, nil) else { throw refusal(path, Failure()) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { Glibc.write(descriptor, $0 + offset, buffer.count - offset) } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }

  private static func refusal(_ path: String, _ failure: Failure) -> RecoveryError {
    let reason = String(cString: strerror(failure.code))
    return RecoveryError(.denied, "cannot write \(Sanitizer.clean(path)): \(reason)")
  }
}

import Glibc
import RecoveryModel

/// A file that somebody keeps: made anew, for him alone, and never in the place of another.
package enum NewFile {
  /// Throws `RecoveryError` that says what is in the way.
  package static func write(_ text: String, to path: String) throws(RecoveryError) {
    let shown = Sanitizer.clean(path, limit: 200)
    // A link that somebody laid there is "in the way" too.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw refusal(shown) }
      throw RecoveryError(
        .refused, "\(shown) is there already, and is not overwritten",
        remedy: "name another file, or remove it first")
    }
    let failure = fill(descriptor, Array(text.utf8))
    let isClosed = close(descriptor) == 0
    guard let code = failure ?? (isClosed ? nil : errno) else { return }
    unlink(path)
    errno = code
    throw refusal(shown)
  }

  /// `errno` of what went wrong.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32? {
    // Of the creation mask nothing is taken away that the owner needs, and nothing added.
    guard fchmod(descriptor, 0o600) == 0 else { return errno }
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { Glibc.write(descriptor, $0 + offset, buffer.count - offset) } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      offset += count
    }
    return fsync(descriptor) == 0 || errno == EINVAL ? nil : errno
  }

  private static func refusal(_ shown: String) -> RecoveryError {
    RecoveryError(.denied, "cannot write \(shown): \(String(cString: strerror(errno)))")
  }
}

import Glibc
import LocalFiles
import RecoveryModel
import Synchronization

/// Kubeconfigs as the system has them. A pipe (process substitution, a FIFO) gives what it holds once: it is kept, for
/// us and for the programs that we start.
package final class KubeconfigFiles: Sendable {

  package init() {
  }
  /// Those of this process: what a pipe gave is gone for everybody in it.
  package static let shared = KubeconfigFiles()

  private struct Kept {
    var bytes: [UInt8]
    /// Of a file without a name that holds them; children open it through us.
    var descriptor: Int32?
  }

  private let pipes = Mutex<[String: Kept]>([:])

  /// Seconds that a writer may be silent.
  private static let patience: Int32 = 10
  private static let limit = 4 << 20

  /// Throws `RecoveryError` (invalid).
  package func bytes(_ path: String) throws -> [UInt8] {
    if let kept = pipes.withLock({ $0[path]?.bytes }) { return kept }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
      return try LocalFile.bytes(path, limit: Self.limit)
    }
    return try pipes.withLock { pipes in
      if let kept = pipes[path] { return kept.bytes }
      let bytes = try Self.drain(path)
      pipes[path] = Kept(bytes: bytes, descriptor: Self.nameless(bytes))
      return bytes
    }
  }

  /// The same list of files for a child, which could not read our pipes.
  package func forChild(_ list: String) -> String {
    let kept = pipes.withLock { $0.mapValues(\.descriptor) }
    return list.split(separator: ":", omittingEmptySubsequences: false).map { path in
      guard let descriptor = kept[String(path)] ?? nil else { return String(path) }
      return "/proc/\(getpid())/fd/\(descriptor)"
    }.joined(separator: ":")
  }

  private static func drain(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    let reason = {
      RecoveryError(.invalid, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    guard descriptor >= 0 else { throw reason() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
      var stream = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&stream, 1, patience * 1000) != 0 else {
        throw RecoveryError(.invalid, "nobody wrote into \(path) within \(patience)s")
      }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += chunk[..<count]
      } else if errno != EINTR, errno != EAGAIN {
        throw reason()
      }
    }
    throw LocalFile.tooLarge(path, limit: limit)
  }

  /// In memory where there is a place for that; never under a name that others could open.
  private static func nameless(_ bytes: [UInt8]) -> Int32? {
    for directory in ["/dev/shm", "/tmp"] {
      var template = Array("\(directory)/pgvigil-XXXXXX".utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { continue }
      unlink(template)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      if Glibc.write(descriptor, bytes, bytes.count) == bytes.count { return descriptor }
      close(descriptor)
    }
    return nil
  }
}

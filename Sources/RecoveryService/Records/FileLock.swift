import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel
import Synchronization

/// One operation per cluster at a time, across processes: an flock, which dies with its process.
final class FileLock: OperationLock {
  private let descriptor: Mutex<Int32?>

  private init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

  deinit { unlock() }

  /// Never waits. The file is made when needed and never removed: a removed lock file locks nobody.
  static func take(
    path: String, mode: UInt32, holder: LockHolder
  ) throws(RecoveryError) -> LockAttempt {
    if let failure = FileBytes.makeParent(of: path) {
      throw RecoveryError(.denied, "could not make the directory of \(path): \(failure.words)")
    }
    // Opened close-on-exec: a server that outlives us must not keep the cluster locked.
    let descriptor: Int32
    switch FileBytes.openShared(path, flags: 0, mode: mode) {
    case .success(let opened): descriptor = opened
    case .failure(let failure):
      throw RecoveryError(.denied, "could not open the lock \(path): \(failure.words)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      defer { close(descriptor) }
      guard code == EWOULDBLOCK else {
        throw RecoveryError(.failed, "could not lock \(path): \(FileFailure(code: code).words)")
      }
      let bytes = try? FileBytes.read(descriptor: descriptor, limit: 1 << 20).get()
      return .busy(bytes.flatMap { try? RecordCoding.decode(LockHolder.self, from: $0) })
    }
    // The name is for people: the lock holds without it, on a full disk too.
    if let bytes = try? RecordCoding.encode(holder), ftruncate(descriptor, 0) == 0 {
      _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
    return .held(FileLock(descriptor: descriptor))
  }

  /// Lets others in; a second call does nothing.
  func release() async { unlock() }

  private func unlock() {
    descriptor.withLock { descriptor in
      guard let open = descriptor else { return }
      ftruncate(open, 0)
      close(open)
      descriptor = nil
    }
  }
}

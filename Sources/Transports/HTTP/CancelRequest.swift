import CPostgres
import Synchronization

/// A request to cancel a statement, on its way to a thread of its own.
/// Unchecked: a PGcancel is a private copy of the address, used by one thread at a time.
struct CancelRequest: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Blocks until the server closed the request's connection.
  func send() {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      _ = PQcancel(pointer, buffer.baseAddress, Int32(buffer.count))
    }
    PQfreeCancel(pointer)
  }
}

/// Whether a cancel request of a connection is under way.
final class CancelFlag: Sendable {
  private let underWay = Mutex(false)

  /// True for the one that may start.
  func begin() -> Bool {
    underWay.withLock { flag in
      defer { flag = true }
      return !flag
    }
  }

  func end() { underWay.withLock { $0 = false } }
}

import Dispatch
import Synchronization

/// The program's first thread, lent to what must have it (the console: ncurses and its signals). Everything else
/// runs in tasks, so that a console that sits in `poll` holds none of their threads.
final class MainThread: Sendable {
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let posted = DispatchSemaphore(value: 0)

  /// Runs jobs for as long as the program lives; called once, on that thread.
  func serve() -> Never {
    while true {
      posted.wait()
      let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      job?()
    }
  }

  /// Runs blocking work on that thread and waits for it without holding the caller's.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      jobs.withLock { $0.append { continuation.resume(returning: work()) } }
      posted.signal()
    }
  }
}

import Dispatch

/// Where tests run that block (poll, waitpid, a terminal): one at a time, on a thread of their own.
///
/// The cooperative pool has as many threads as the machine has processors. A test that sits in `poll` on one of
/// them, isolated to nothing, keeps every other test's tasks waiting, and their time limits pass.
@globalActor
package actor BlockingTests {
  package static let shared = BlockingTests()

  private nonisolated let thread = BlockingThread()

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }
}

private final class BlockingThread: SerialExecutor {
  private let queue = DispatchQueue(label: "pgvigil.tests.blocking")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

import Glibc

/// A serial executor over one thread of its own, so that blocking C calls never sit on the cooperative pool.
/// The thread ends when the executor is deallocated.
package final class BlockingExecutor: SerialExecutor {
  private let queue = JobQueue()

  package init() {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // libpq with TLS and GSSAPI fits easily into 1 MiB.
    pthread_attr_setstacksize(&attributes, 1 << 20)
    startThread(attributes: &attributes, body: queue.run)
    pthread_attr_destroy(&attributes)
  }

  deinit { queue.stop() }

  package func enqueue(_ job: consuming ExecutorJob) {
    // The queue keeps this executor alive until the job has run.
    queue.append(UnownedJob(job), executor: self)
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }
}

/// Starts a detached thread that runs `body` once. Used for C calls that have no timeout of their own.
package func startDetachedThread(_ body: @escaping @Sendable () -> Void) {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  pthread_attr_setstacksize(&attributes, 1 << 19)
  startThread(attributes: &attributes, body: body)
  pthread_attr_destroy(&attributes)
}

private func startThread(
  attributes: inout pthread_attr_t, body: @escaping @Sendable () -> Void
) {
  let box = Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { context in
      guard let context else { return nil }
      Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
      return nil
    }, box.toOpaque())
  if status != 0 { box.release() }
}

private final class ThreadBody: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Jobs for one thread, first in, first out. Unchecked: everything mutable is behind the mutex.
private final class JobQueue: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [(job: UnownedJob, executor: BlockingExecutor)] = []
  private var stopping = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(filled, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(filled)
    mutex.deallocate()
    filled.deallocate()
  }

  func append(_ job: UnownedJob, executor: BlockingExecutor) {
    pthread_mutex_lock(mutex)
    jobs.append((job, executor))
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  func stop() {
    pthread_mutex_lock(mutex)
    stopping = true
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  /// The thread's life: runs jobs until `stop`.
  @Sendable func run() {
    while let next = take() {
      next.job.runSynchronously(on: next.executor.asUnownedSerialExecutor())
    }
  }

  private func take() -> (job: UnownedJob, executor: BlockingExecutor)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while jobs.isEmpty && !stopping { pthread_cond_wait(filled, mutex) }
    return jobs.isEmpty ? nil : jobs.removeFirst()
  }
}

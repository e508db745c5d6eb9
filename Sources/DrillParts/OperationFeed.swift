import RecoveryModel
import Synchronization

/// Carries an operation's events to the one who reads them.
///
/// Cancelling the reader cancels the operation, and the read that was waiting then waits for the clean-up
/// and returns the operation's last word (the drill's record), so that nothing is thought gone before it is.
package final class OperationFeed: Sendable {

  package init() {
  }
  private struct State {
    var queue: [OperationEvent] = []
    var ended = false
    var failure: (any Error)?
    var draining = false
    var waiter: CheckedContinuation<OperationEvent?, any Error>?
  }

  private let state = Mutex(State())

  /// Starts `body` at once, registered under `id`; dropping the stream unread cancels it too.
  package static func stream(
    id: String, in register: OperationRegister,
    _ body: @escaping @Sendable (OperationFeed) async throws -> Void
  ) -> AsyncThrowingStream<OperationEvent, any Error> {
    let feed = OperationFeed()
    let work = Task {
      do {
        try await body(feed)
        feed.finish(nil)
      } catch {
        feed.finish(error)
      }
    }
    register.begin(id, work)
    let task = OperationTask(work)
    return AsyncThrowingStream(unfolding: {
      try await withTaskCancellationHandler {
        try await feed.next()
      } onCancel: {
        feed.drain()
        task.cancel()
      }
    })
  }

  package func emit(_ event: OperationEvent) {
    let waiter: CheckedContinuation<OperationEvent?, any Error>? = state.withLock {
      guard !$0.draining, let waiter = $0.waiter else {
        $0.queue.append(event)
        return nil
      }
      $0.waiter = nil
      return waiter
    }
    waiter?.resume(returning: event)
  }

  private func finish(_ error: (any Error)?) {
    let (waiter, last) = state.withLock {
      $0.ended = true
      $0.failure = error
      let waiter = $0.waiter
      $0.waiter = nil
      return (waiter, waiter == nil ? nil : Self.take(from: &$0))
    }
    guard let waiter else { return }
    if let last {
      waiter.resume(returning: last)
    } else if let error {
      waiter.resume(throwing: error)
    } else {
      waiter.resume(returning: nil)
    }
  }

  private func drain() { state.withLock { $0.draining = true } }

  private func next() async throws -> OperationEvent? {
    try await withCheckedThrowingContinuation { continuation in
      let answer: Result<OperationEvent?, any Error>? = state.withLock {
        if !$0.draining || $0.ended, let event = Self.take(from: &$0) { return .success(event) }
        if $0.ended {
          if let failure = $0.failure { return .failure(failure) }
          return .success(nil)
        }
        $0.waiter = continuation
        return nil
      }
      if let answer { continuation.resume(with: answer) }
    }
  }

  /// The next event; a reader that was cancelled gets only the last one.
  private static func take(from state: inout State) -> OperationEvent? {
    guard !state.queue.isEmpty else { return nil }
    guard state.draining else { return state.queue.removeFirst() }
    let last = state.queue.last(where: \.isFinal)
    state.queue = []
    return last
  }
}

/// What the operations of one engine came to, for those who no longer read their streams.
package final class OperationRegister: Sendable {

  package init() {
  }
  private struct State {
    var work: [String: Task<Void, Never>] = [:]
    var records: [String: DrillRecord] = [:]
  }

  private let state = Mutex(State())

  package func begin(_ id: String, _ work: Task<Void, Never>) {
    state.withLock { $0.work[id] = work }
  }

  package func close(_ record: DrillRecord) { state.withLock { $0.records[record.id] = record } }

  /// Waits for the operation's end, clean-up included; its record, given once.
  package func settled(_ id: String) async -> DrillRecord? {
    await state.withLock { $0.work[id] }?.value
    return state.withLock {
      $0.work[id] = nil
      return $0.records.removeValue(forKey: id)
    }
  }
}

/// Cancels its task when nobody holds it any more.
private final class OperationTask: Sendable {
  private let task: Task<Void, Never>

  init(_ task: Task<Void, Never>) { self.task = task }
  deinit { task.cancel() }
  func cancel() { task.cancel() }
}

extension OperationEvent {
  /// The event that ends an operation well or badly.
  package var isFinal: Bool {
    switch kind {
    case .backupFinished, .drillFinished, .cleared, .kept, .removed: true
    default: false
    }
  }
}

import Synchronization

/// Tells whoever listens that there is something to ask; rings that nobody has taken yet are one.
package final class QuestionBell: Sendable {
  private struct Listeners {
    var streams: [Int: AsyncStream<Void>.Continuation] = [:]
    var next = 0
  }

  private let listeners = Mutex(Listeners())

  package init() {}

  package func rings() -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let id = listeners.withLock { listeners in
        listeners.next += 1
        listeners.streams[listeners.next] = continuation
        return listeners.next
      }
      continuation.onTermination = { [weak self] _ in
        self?.listeners.withLock { $0.streams[id] = nil }
      }
    }
  }

  package func announce() {
    for stream in listeners.withLock({ $0.streams.values.map { $0 } }) { stream.yield() }
  }

  /// The same, each ring told as `value`.
  package func rings<Told: Sendable>(as value: Told) -> AsyncStream<Told> {
    let rings = rings()
    return AsyncStream { continuation in
      let task = Task {
        for await _ in rings { continuation.yield(value) }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}

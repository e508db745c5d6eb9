import Synchronization

/// Tells whoever listens that there is something to ask.
package final class QuestionBell: Sendable {
  private struct Listeners {
    var calls: [Int: @Sendable () -> Void] = [:]
    var next = 0
  }

  private let listeners = Mutex(Listeners())

  package init() {}

  /// Calls `ring`, which must not block, with each announcement until what is returned is called.
  package func listen(_ ring: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
    let id = listeners.withLock { listeners in
      listeners.next += 1
      listeners.calls[listeners.next] = ring
      return listeners.next
    }
    return { [weak self] in self?.listeners.withLock { $0.calls[id] = nil } }
  }

  /// Rings that nobody has taken yet are one.
  package func rings() -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let end = listen { continuation.yield() }
      continuation.onTermination = { _ in end() }
    }
  }

  package func announce() {
    for ring in listeners.withLock({ $0.calls.values.map { $0 } }) { ring() }
  }
}

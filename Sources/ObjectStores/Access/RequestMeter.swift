import Synchronization

/// What a look at a store has cost: requests are what people pay for.
package final class RequestMeter: Sendable {
  package struct Count: Sendable, Equatable {
    package var requests = 0
    /// Received bodies.
    package var bytes: Int64 = 0
  }

  private let state = Mutex(Count())

  package init() {}

  package var count: Count { state.withLock { $0 } }

  func add(bytes: Int) {
    state.withLock {
      $0.requests += 1
      $0.bytes += Int64(bytes)
    }
  }
}

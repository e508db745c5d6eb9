import Synchronization

/// Lets so many in at a time, in the order that they came.
package final class RequestGate: Sendable {
  private struct State: Sendable {
    package var free: Int
    package var waiting: [CheckedContinuation<Void, Never>] = []
    package var first = 0
  }
  private let state: Mutex<State>

  package init(limit: Int) { state = Mutex(State(free: limit)) }

  /// Runs `body` when it is its turn.
  package func pass<Result: Sendable>(_ body: @Sendable () async -> Result) async -> Result {
    await enter()
    defer { leave() }
    return await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.first < state.waiting.count else {
        state.free += 1
        return nil
      }
      let next = state.waiting[state.first]
      state.first += 1
      if state.first > 256, state.first * 2 > state.waiting.count {
        state.waiting.removeFirst(state.first)
        state.first = 0
      }
      return next
    }
    next?.resume()
  }
}

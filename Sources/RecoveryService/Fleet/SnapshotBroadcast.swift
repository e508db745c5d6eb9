import RecoveryModel
import Synchronization

/// Hands every new picture to everybody who listens; who is slow gets only the newest.
final class SnapshotBroadcast: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<FleetSnapshot>.Continuation] = [:]
    var newest: FleetSnapshot?
  }

  private let state = Mutex(State())

  /// Somebody listens.
  var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

  /// Begins with the newest picture, if there has been one.
  func subscribe() -> AsyncStream<FleetSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
    }
    // Until nothing newer has come between: an older picture would else overtake it.
    var told: UInt64?
    while let newest = state.withLock({ $0.newest }), newest.generation != told {
      continuation.yield(newest)
      told = newest.generation
    }
    return stream
  }

  /// To be called in the order of generations.
  func publish(_ snapshot: FleetSnapshot) {
    let listeners = state.withLock { state in
      state.newest = snapshot
      return Array(state.listeners.values)
    }
    // Without the lock: waking a reader waits for its task's own, which a reader that is being cancelled holds while it
    // takes itself off the list.
    for listener in listeners { listener.yield(snapshot) }
  }
}

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

  /// Begins with the newest picture, if there has been one.
  func subscribe() -> AsyncStream<FleetSnapshot> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      if let newest = state.newest { continuation.yield(newest) }
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
    }
    return stream
  }

  /// To be called in the order of generations.
  func publish(_ snapshot: FleetSnapshot) {
    state.withLock { state in
      state.newest = snapshot
      for listener in state.listeners.values { listener.yield(snapshot) }
    }
  }
}

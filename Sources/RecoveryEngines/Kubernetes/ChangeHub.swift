import Synchronization

/// Tells whoever listens that something of a cluster changed. Elements are coalesced: one that is not yet read stands
/// for all after it.
final class ChangeHub: Sendable {
  private struct Listeners: Sendable {
    var nextID = 0
    var ofCluster: [ObjectKey: [Int: AsyncStream<Void>.Continuation]] = [:]
    var ofAll: [Int: AsyncStream<Void>.Continuation] = [:]
  }
  private let listeners = Mutex(Listeners())

  /// News of one cluster; ends with its reader.
  func changes(of cluster: ObjectKey) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = listeners.withLock { listeners in
      listeners.nextID += 1
      listeners.ofCluster[cluster, default: [:]][listeners.nextID] = continuation
      return listeners.nextID
    }
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { listeners in
        listeners.ofCluster[cluster]?[id] = nil
        if listeners.ofCluster[cluster]?.isEmpty ?? false { listeners.ofCluster[cluster] = nil }
      }
    }
    return stream
  }

  /// News of which clusters there are, and of the place as a whole; ends with its reader.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = listeners.withLock { listeners in
      listeners.nextID += 1
      listeners.ofAll[listeners.nextID] = continuation
      return listeners.nextID
    }
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { $0.ofAll[id] = nil }
    }
    return stream
  }

  /// nil = all clusters.
  func tell(_ clusters: Set<ObjectKey>?) {
    let continuations = listeners.withLock { listeners in
      guard let clusters else { return listeners.ofCluster.values.flatMap(\.values) }
      return clusters.flatMap { listeners.ofCluster[$0].map { Array($0.values) } ?? [] }
    }
    for continuation in continuations { continuation.yield() }
  }

  func tellFleet() {
    let continuations = listeners.withLock { Array($0.ofAll.values) }
    for continuation in continuations { continuation.yield() }
  }
}

/// Lets so many in at a time, in the order that they came.
final class RequestGate: Sendable {
  private struct State: Sendable {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
    var first = 0
  }
  private let state: Mutex<State>

  init(limit: Int) { state = Mutex(State(free: limit)) }

  /// Runs `body` when it is its turn.
  func pass<Result: Sendable>(_ body: @Sendable () async -> Result) async -> Result {
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

import Synchronization

/// Where those wait who need what is still on its way, until it is there or patience ends: a thousand clusters wait for
/// the same lists, with one clock for all.
package final class Arrival: Sendable {
  private struct State: Sendable {
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextID = 0
    /// Nobody waits any longer.
    var isOver = false
    /// Somebody has gone without what was to arrive.
    var somebodyLeft = false

    mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [:] }
      return Array(waiting.values)
    }
  }
  private let state = Mutex(State())

  package init() {}

  /// Returns when it has arrived, when patience has ended, or when the caller is cancelled. `isThere` is asked once more
  /// when the caller has its place, so that what arrives in between is not missed.
  package func wait(unless isThere: @escaping @Sendable () -> Bool) async {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if !state.isOver { state.waiting[id] = continuation }
          state.somebodyLeft = state.somebodyLeft || state.isOver
          return state.isOver
        }
        if isOver { return continuation.resume() }
        if isThere() { release(id) }
        if Task.isCancelled { leave(id) }
      }
    } onCancel: {
      leave(id)
    }
  }

  /// Patience has ended: who waits goes without, and so does whoever comes later.
  package func giveUp() {
    let waiting = state.withLock { state in
      state.isOver = true
      state.somebodyLeft = state.somebodyLeft || !state.waiting.isEmpty
      return state.takeWaiting()
    }
    for continuation in waiting { continuation.resume() }
  }

  /// It is there. Returns whether somebody has gone without since the last time.
  @discardableResult
  package func arrive() -> Bool {
    let (waiting, somebodyLeft) = state.withLock { state in
      defer { state.somebodyLeft = false }
      return (state.takeWaiting(), state.somebodyLeft)
    }
    for continuation in waiting { continuation.resume() }
    return somebodyLeft
  }

  private func leave(_ id: Int) {
    if release(id) { state.withLock { $0.somebodyLeft = true } }
  }

  /// False when it is no longer among those that wait.
  @discardableResult
  private func release(_ id: Int) -> Bool {
    let continuation = state.withLock { $0.waiting.removeValue(forKey: id) }
    continuation?.resume()
    return continuation != nil
  }
}

import Synchronization

/// Tells whoever listens that something of a cluster changed.
package final class ChangeHub: Sendable {
  private struct Listeners: Sendable {
    var nextID = 0
    var ofCluster: [ObjectKey: [Int: @Sendable () -> Void]] = [:]
    var ofAll: [Int: AsyncStream<Void>.Continuation] = [:]
  }
  private let listeners = Mutex(Listeners())

  /// Calls `news`, which must not block, with each change of one cluster until what is returned is called.
  package func listen(
    to cluster: ObjectKey, _ news: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    let id = listeners.withLock { listeners in
      listeners.nextID += 1
      listeners.ofCluster[cluster, default: [:]][listeners.nextID] = news
      return listeners.nextID
    }
    return { [weak self] in
      self?.listeners.withLock { listeners in
        listeners.ofCluster[cluster]?[id] = nil
        if listeners.ofCluster[cluster]?.isEmpty ?? false { listeners.ofCluster[cluster] = nil }
      }
    }
  }

  /// News of one cluster; ends with its reader. One that is not yet read stands for all after it.
  package func changes(of cluster: ObjectKey) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let end = listen(to: cluster) { continuation.yield() }
    continuation.onTermination = { _ in end() }
    return stream
  }

  /// News of which clusters there are, and of the place as a whole; ends with its reader.
  package func changes() -> AsyncStream<Void> {
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
  package func tell(_ clusters: Set<ObjectKey>?) {
    let told = listeners.withLock { listeners in
      guard let clusters else { return listeners.ofCluster.values.flatMap(\.values) }
      return clusters.flatMap { listeners.ofCluster[$0].map { Array($0.values) } ?? [] }
    }
    for news in told { news() }
  }

  func tellFleet() {
    let continuations = listeners.withLock { Array($0.ofAll.values) }
    for continuation in continuations { continuation.yield() }
  }
}

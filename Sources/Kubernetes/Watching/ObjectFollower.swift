import FoundationEssentials
import RecoveryModel

/// Watches one kind of object for as long as an operation lasts, and hands over the whole picture at each change.
package struct ObjectFollower<Object: KubernetesObject>: Sendable {
  /// What is seen at one moment.
  package struct Sight: Sendable {
    package var objects: [Object]
    /// Why it may be old; nil while in step with the server.
    package var blindness: RecoveryError?

    package init(objects: [Object], blindness: RecoveryError? = nil) {
      self.objects = objects
      self.blindness = blindness
    }
  }

  private let cache: ResourceCache<Object>

  package init(
    _ client: KubernetesClient, namespace: String, labels selector: String? = nil,
    clock: CacheClock = .live
  ) {
    cache = ResourceCache(
      client: client, namespace: namespace, labelSelector: selector, clock: clock)
  }

  /// Until the task is cancelled.
  package func run(_ see: @escaping @Sendable (Sight) async -> Void) async {
    let cache = cache
    await cache.run {
      var sight = Sight(objects: await Array(cache.objects.values))
      switch await cache.state {
      case .starting: return
      case .failed(let error, _): sight.blindness = error
      case .synced: break
      }
      await see(sight)
    }
  }
}

/// News of several sources in one line, for one reader. Ends its sources with itself.
package final class NewsLine<News: Sendable>: Sendable {
  package let news: AsyncStream<News>
  private let continuation: AsyncStream<News>.Continuation
  private let work: Task<Void, Never>

  /// `sources` run at once, beside each other.
  package init(_ sources: [@Sendable (AsyncStream<News>.Continuation) async -> Void]) {
    let (news, continuation) = AsyncStream.makeStream(of: News.self)
    self.news = news
    self.continuation = continuation
    work = Task {
      await withTaskGroup(of: Void.self) { group in
        for source in sources { group.addTask { await source(continuation) } }
      }
    }
  }

  package func tell(_ news: News) { continuation.yield(news) }

  package func end() {
    work.cancel()
    continuation.finish()
  }

  deinit { end() }
}

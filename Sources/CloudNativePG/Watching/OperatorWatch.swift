import FoundationEssentials
import Kubernetes
import RecoveryModel
import Synchronization

/// The operator's own Deployments, watched once for all clusters of a context: each of them is told in the same moment
/// that the operator is gone, for a request every few minutes.
package final class OperatorWatch: ContextCompanion {
  private struct State: Sendable {
    var operators: Observed<[Deployment]> = .pending
    var hasAnswered = false
    /// Somebody waits, and patience has begun to run.
    var isAwaited = false
  }

  private let state = Mutex(State())
  private let arrival = Arrival()
  /// As its manifests and its chart label it; the namespace is that of the manifests.
  private static let label = "app.kubernetes.io/name=cloudnative-pg"
  private static let namespace = "cnpg-system"
  /// Seconds between two looks of an account that may list and not watch.
  private static let pace = 15.0
  /// Of one that may do neither.
  private static let refusal = 300.0

  package init() {}

  /// Pending where nobody may look.
  package var operators: Observed<[Deployment]> { state.withLock { $0.operators } }

  /// They were seen, or may not be.
  private var hasAnswered: Bool { state.withLock { $0.hasAnswered } }

  /// Returns when they were seen, when nobody may look, or when that takes too long.
  /// Nobody has to run it for that: where there is no API server, nobody does.
  func waitForAnswer(_ clock: CacheClock) async {
    guard !hasAnswered else { return }
    let isFirst = state.withLock { state in
      defer { state.isAwaited = true }
      return !state.isAwaited
    }
    if isFirst {
      Task { [arrival] in
        try? await clock.sleep(clock.patience)
        arrival.giveUp()
      }
    }
    await arrival.wait { self.hasAnswered }
  }

  package func run(
    _ client: KubernetesClient, clock: CacheClock, changed: @escaping @Sendable () -> Void
  ) async {
    for place in [nil, Self.namespace] where !Task.isCancelled {
      await follow(place, client, clock, changed)
    }
    while !Task.isCancelled {
      let listed = await list(client)
      let at = clock.now()
      note(listed.map { .value($0, source: Deployment.resource.title, at: at) }, changed)
      try? await clock.sleep(listed == nil ? Self.refusal : Self.pace)
    }
  }

  /// Watches them there until that is refused.
  private func follow(
    _ place: String?, _ client: KubernetesClient, _ clock: CacheClock,
    _ changed: @escaping @Sendable () -> Void
  ) async {
    let cache = ResourceCache<Deployment>(
      client: client, namespace: place, labelSelector: Self.label, clock: clock)
    let (refused, refusal) = AsyncStream.makeStream(of: Void.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await cache.follow { _ in
          switch cache.index.state {
          case .synced(let at):
            let all = cache.index.all.sorted { $0.key < $1.key }
            self.note(.value(all, source: Deployment.resource.title, at: at), changed)
          case .failed(let error, _):
            if error.code == .denied { refusal.yield() } else { self.answered() }
          case .starting: break
          }
        }
      }
      group.addTask { for await _ in refused { return } }
      await group.next()
      group.cancelAll()
    }
  }

  /// nil = they may not be listed.
  private func list(_ client: KubernetesClient) async -> [Deployment]? {
    for place in [nil, Self.namespace] {
      let found = try? await client.list(Deployment.resource, in: place, labels: Self.label)
      if let found { return found.compactMap { $0.decoded(Deployment.self) } }
    }
    return nil
  }

  /// Tells whoever listens where it is another than before; its time alone is no news.
  private func note(
    _ found: Observed<[Deployment]>?, _ changed: @Sendable () -> Void
  ) {
    let isNews = state.withLock { state in
      let before = state.operators.value
      if let found { state.operators = found }
      state.hasAnswered = true
      return found != nil && before != found?.value
    }
    arrival.arrive()
    if isNews { changed() }
  }

  private func answered() {
    state.withLock { $0.hasAnswered = true }
    arrival.arrive()
  }
}

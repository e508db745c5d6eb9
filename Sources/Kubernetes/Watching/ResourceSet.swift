import RecoveryModel
import Synchronization

/// All that is watched in one scope: a namespace, or (nil) all of them.
@dynamicMemberLookup
package final class ResourceSet<Kinds: WatchedKinds>: Sendable {
  package let namespace: String?
  private let kinds: Kinds
  private let dependents: [WatchedKind]
  private let patience: Double

  /// Who waits for the first answers.
  private let arrival = Arrival()
  /// The first answers of every kind have been told.
  private let isComplete = Atomic(false)

  package init(client: KubernetesClient, namespace: String?, clock: CacheClock) {
    self.namespace = namespace
    patience = clock.patience
    kinds = Kinds(client: client, namespace: namespace, clock: clock)
    dependents = kinds.dependents
  }

  /// A cache, by the name that its kinds give it.
  package subscript<Value>(dynamicMember cache: KeyPath<Kinds, Value>) -> Value {
    kinds[keyPath: cache]
  }

  /// Runs until its task is cancelled. `changed` hears whose objects changed, nil = anybody's, and whether there are
  /// other principals now or their list fell out of step.
  package func run(
    changed: @escaping @Sendable (Set<ObjectKey>?, _ isFleetNews: Bool) -> Void
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [patience] in
        try? await Task.sleep(for: .seconds(patience))
        self.arrival.giveUp()
      }
      group.addTask { await self.followPrincipals(changed) }
      for kind in dependents {
        group.addTask {
          await kind.follow { change in
            if let news = self.news(change, kind.principals) { changed(news, false) }
          }
        }
      }
    }
  }

  private func followPrincipals(
    _ changed: @escaping @Sendable (Set<ObjectKey>?, Bool) -> Void
  ) async {
    let revision = Mutex(-1)
    await kinds.principals.follow { change in
      let now = self.kinds.principals.index.revision
      let isNew = revision.withLock { before in
        defer { before = now }
        return before != now
      }
      let news: Set<ObjectKey>? = self.news(change) { $0 } ?? []
      changed(news, isNew || change == .state || change == .listed)
    }
  }

  /// As of each of its watches.
  package func giveUp(_ error: RecoveryError) async {
    await kinds.principals.giveUp(error)
    for kind in dependents { await kind.giveUp(error) }
  }

  /// Every kind was listed once, or could not be.
  package var hasAnswered: Bool {
    kinds.principals.index.hasAnswered && dependents.allSatisfy { $0.hasAnswered() }
  }

  /// Returns when every kind has answered once, or has had the time for it.
  package func waitForAnswers() async {
    guard !hasAnswered else { return }
    await arrival.wait { self.hasAnswered }
  }

  /// Whom a change concerns: outer nil = nobody, as long as not everything is there; inner nil = everybody.
  private func news(
    _ change: CacheChange, _ principals: (Set<ObjectKey>) -> Set<ObjectKey>
  ) -> Set<ObjectKey>?? {
    guard hasAnswered else { return .none }
    let wasComplete = isComplete.exchange(true, ordering: .relaxed)
    let somebodyLeft = arrival.arrive()
    switch change {
    case .owners(let keys):
      let own = principals(keys)
      return .some(own.union(kinds.concerned(by: own)))
    // Who waited for the first lists looks now anyway.
    case .listed, .state: return wasComplete || somebodyLeft ? .some(nil) : .none
    }
  }
}

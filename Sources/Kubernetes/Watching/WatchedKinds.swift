import RecoveryModel

/// The kinds of objects that somebody watches together in one scope; whoever reads them brings them.
package protocol WatchedKinds: Sendable {
  /// What a fleet is made of: where these cannot be listed, nothing can be seen.
  associatedtype Principal: KubernetesObject
  associatedtype Companion: ContextCompanion

  /// `namespace`: nil = all of them.
  init(client: KubernetesClient, namespace: String?, clock: CacheClock)

  var principals: ResourceCache<Principal> { get }
  /// All the others.
  var dependents: [WatchedKind] { get }
  /// Others to whom it matters what is new of these.
  func concerned(by principals: Set<ObjectKey>) -> Set<ObjectKey>
}

/// A cache whatever its kind, and whom a change in it concerns.
package struct WatchedKind: Sendable {
  package let follow:
    @Sendable (_ changed: @escaping @Sendable (CacheChange) async -> Void) async -> Void
  package let giveUp: @Sendable (RecoveryError) async -> Void
  package let hasAnswered: @Sendable () -> Bool
  /// The principals that objects of these owners are of importance to.
  package let principals: @Sendable (_ owners: Set<ObjectKey>) -> Set<ObjectKey>

  package init<Object>(
    _ cache: ResourceCache<Object>,
    principals: @escaping @Sendable (_ owners: Set<ObjectKey>) -> Set<ObjectKey> = { $0 }
  ) {
    follow = { await cache.follow($0) }
    giveUp = { await cache.giveUp($0) }
    hasAnswered = { cache.index.hasAnswered }
    self.principals = principals
  }
}

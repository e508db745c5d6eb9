import FoundationEssentials

/// Lists of a kind by namespace, asked for once for all who want the same one.
package actor ListShelf {
  private struct Listing {
    var items: Task<(any Sendable)?, Never>
    var at: Date
  }

  /// By kind and namespace.
  private var listings: [String: Listing] = [:]

  package init() {}

  /// Those of a kind in a namespace, listed at most `age` seconds ago, and when; nil where `list` answers nil, as for want
  /// of the right. One kind is always asked for as the same type.
  package func items<Item: Sendable>(
    of kind: Resource, in namespace: String, age: Double, now: Date,
    list: @escaping @Sendable () async -> [Item]?
  ) async -> (items: [Item], at: Date)? {
    let key = "\(kind.plural).\(kind.group)/\(namespace)"
    if let listing = listings[key], abs(now.timeIntervalSince(listing.at)) < age {
      return (await listing.items.value as? [Item]).map { ($0, listing.at) }
    }
    let items = Task<(any Sendable)?, Never> { await list() }
    listings[key] = Listing(items: items, at: now)
    return (await items.value as? [Item]).map { ($0, now) }
  }
}

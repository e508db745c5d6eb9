import RecoveryModel

/// Finds clusters by what a person calls them: their full name, or as much of its end as is unique.
struct ClusterNames {
  let known: [ClusterDeclaration]

  /// What a name stands for.
  enum Match: Equatable {
    case one(String)
    /// All the full names that it may stand for.
    case several([String])
    case none
  }

  func match(_ wanted: String) -> Match {
    if known.contains(where: { $0.name == wanted }) { return .one(wanted) }
    let parts = wanted.split(separator: "/", omittingEmptySubsequences: false)
    let found = known.filter { cluster in
      Self.paths(of: cluster).contains { $0.suffix(parts.count).elementsEqual(parts) }
    }.map(\.name)
    switch found.count {
    case 0: return .none
    case 1: return .one(found[0])
    default: return .several(found)
    }
  }

  /// The ways to its name, outermost part first; a cluster that the configuration has named keeps its place's.
  private static func paths(of cluster: ClusterDeclaration) -> [[Substring]] {
    var paths = [cluster.name.split(separator: "/", omittingEmptySubsequences: false)]
    if let place = cluster.place {
      paths.append([place.context[...], place.namespace[...], place.name[...]])
    }
    return paths
  }

  /// The words that a mistyped name is compared with: a person leaves out what need not be said.
  func nearest(to wanted: String) -> String? {
    let depth = wanted.split(separator: "/", omittingEmptySubsequences: false).count
    var full: [String: String] = [:]
    var short: [String] = []
    for cluster in known {
      let end = cluster.name.split(separator: "/").suffix(depth).joined(separator: "/")
      full[end] = full[end] ?? cluster.name
      short.append(end)
    }
    return Suggestion.nearest(to: wanted, among: short).flatMap { full[$0] }
      ?? Suggestion.nearest(to: wanted, among: known.map(\.name))
  }
}

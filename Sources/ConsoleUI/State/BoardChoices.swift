import FoundationEssentials
import RecoveryModel

/// By what the board's rows are sorted; what is unknown counts as the worst.
package enum BoardOrder: String, Sendable, Equatable, CaseIterable {
  case worst, name, rpo, rto, backup, proof

  /// After `by`, as in `sorted by oldest base backup`.
  var words: String {
    switch self {
    case .worst: "verdict"
    case .name: "name"
    case .rpo: "largest RPO"
    case .rto: "longest RTO"
    case .backup: "oldest base backup"
    case .proof: "oldest proof"
    }
  }
}

/// Under what the board gathers its rows.
package enum BoardGrouping: String, Sendable, Equatable, CaseIterable {
  case none, context, namespace

  /// The name of the group that a cluster belongs to. Namespaces of different contexts are different
  /// ones.
  func group(of declaration: ClusterDeclaration) -> String {
    guard let place = declaration.place else { return "on hosts" }
    switch self {
    case .none: return ""
    case .context: return place.context
    case .namespace: return "\(place.context)/\(place.namespace)"
    }
  }
}

/// For how long a cluster has had its verdict, as far as this console has seen.
struct VerdictSpell: Sendable, Equatable {
  var verdict: Verdict
  var since: Date
  /// It had this verdict already when this console first saw it.
  var isLowerBound: Bool

  /// `3h 02m`, `at least 5m`; nil as long as nothing is to be said of its length.
  func words(now: Date) -> String? {
    let seconds = max(0, now.timeIntervalSince(since))
    if isLowerBound, seconds < 60 { return nil }
    return isLowerBound ? "at least \(Format.age(seconds))" : Format.age(seconds)
  }

  /// `3h`, `>5m`, for a column.
  func short(now: Date) -> String {
    guard words(now: now) != nil else { return "" }
    let age = WallboardView.compact(max(0, now.timeIntervalSince(since)))
    return isLowerBound ? ">\(age)" : age
  }
}

/// How many clusters have which verdict.
struct VerdictCounts: Sendable, Equatable {
  private var counts = Array(repeating: 0, count: Verdict.allCases.count)

  /// From the worst to the best.
  static let order: [Verdict] = Verdict.allCases.reversed()

  subscript(verdict: Verdict) -> Int {
    get { counts[verdict.rank] }
    set { counts[verdict.rank] = newValue }
  }

  var total: Int { counts.reduce(0, +) }
  /// nil where there are none at all.
  var worst: Verdict? { Self.order.first { self[$0] > 0 } }
}

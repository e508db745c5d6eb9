import FoundationEssentials
import RecoveryModel

extension Board {
  /// What the user chose of the board.
  struct Choices {
    var order: BoardOrder
    var grouping: BoardGrouping
    var folded: Set<String>
    var list: ListState
  }

  init(_ fleet: FleetSnapshot, choices: Choices, now: Date) {
    let clusters = fleet.clusters
    let keys = clusters.indices.map { SortKey(clusters[$0], order: .worst, now: now) }
    worst = Self.sorted(keys)
    positions.reserveCapacity(clusters.count)
    for (index, key) in zip(clusters.indices, keys) {
      positions[key.name] = index
      counts[key.verdict] += 1
    }
    verdicts = keys.map(\.verdict)
    operating = worst.filter { clusters[$0].operation != nil }
    nextStale = clusters.lazy.map(\.verdictUntil).filter { $0 >= now }.min()
    sort(fleet, choices: choices, now: now)
  }

  /// Another order of the same picture.
  mutating func sort(_ fleet: FleetSnapshot, choices: Choices, now: Date) {
    let clusters = fleet.clusters
    let order =
      choices.order == .worst
      ? worst
      : Self.sorted(
        clusters.indices.map { SortKey(clusters[$0], order: choices.order, now: now) })
    entries = order.map { index in
      Entry(index: index, id: clusters[index].id, verdict: verdicts[index], group: "")
    }
    texts = nil
    list(fleet, choices: choices)
  }

  private static func sorted(_ keys: [SortKey]) -> [Int] {
    keys.indices.sorted { keys[$0] < keys[$1] }
  }

  // MARK: Lines

  /// Another filter, other groups, or others of them folded.
  mutating func list(_ fleet: FleetSnapshot, choices: Choices) {
    let clusters = fleet.clusters
    let filter = choices.list.filter
    if texts == nil, !filter.isEmpty {
      texts = entries.map { TextSearch.letters(Self.text(of: clusters[$0.index], $0)) }
    }
    let admits = TextFilter(filter)
    let shown = entries.indices.filter { filter.isEmpty || admits.admits(texts?[$0] ?? []) }
    admitted = shown.count
    groups = []
    guard choices.grouping != .none else {
      for index in entries.indices { entries[index].group = "" }
      lines = shown.map { .cluster($0) }
      return
    }
    lines = []
    for index in entries.indices {
      entries[index].group = choices.grouping.group(of: clusters[entries[index].index].declaration)
    }
    var members: [String: [Int]] = [:]
    for index in shown { members[entries[index].group, default: []].append(index) }
    groups = members.map { name, indices in
      var counts = VerdictCounts()
      for index in indices { counts[entries[index].verdict] += 1 }
      return Group(name: name, counts: counts, isFolded: choices.folded.contains(name))
    }.sorted { before($0, $1, choices.order) }
    for (index, group) in groups.enumerated() {
      lines.append(.group(index))
      if !group.isFolded {
        lines += (members[group.name] ?? []).map { .cluster($0) }
      }
    }
  }

  /// The group with the worst cluster first, unless names are asked for.
  private func before(_ left: Group, _ right: Group, _ order: BoardOrder) -> Bool {
    let leftRank = order == .name ? 0 : left.counts.worst?.rank ?? 0
    let rightRank = order == .name ? 0 : right.counts.worst?.rank ?? 0
    return leftRank == rightRank ? left.name < right.name : leftRank > rightRank
  }

  /// What the filter looks at: name, context, namespace, verdict and why.
  private static func text(of cluster: ClusterSnapshot, _ entry: Entry) -> String {
    let place = cluster.declaration.place
    let activities = cluster.report.activities.map(\.kind.words).joined(separator: " ")
    return [
      entry.id, place?.context ?? "", place?.namespace ?? "", entry.verdict.rawValue,
      cluster.worstFinding.map { "\($0.shortForm) \($0.headline)" } ?? "", activities,
    ].joined(separator: " ")
  }
}

/// Where a row belongs: by the chosen figure, then by verdict, severity and name.
struct SortKey {
  var name: String
  var verdict: Verdict
  private var figure: Double
  private var severity: Int
  /// Nothing but the name counts.
  private var isByName: Bool

  init(_ cluster: ClusterSnapshot, order: BoardOrder, now: Date) {
    name = cluster.id
    verdict = cluster.verdict(at: now)
    severity =
      cluster.worstFinding.flatMap { Severity.allCases.firstIndex(of: $0.severity) } ?? -1
    figure = Self.figure(cluster, order, now)
    isByName = order == .name
  }

  static func < (left: SortKey, right: SortKey) -> Bool {
    if left.isByName { return left.name < right.name }
    if left.figure != right.figure { return left.figure > right.figure }
    if left.verdict != right.verdict { return left.verdict.rank > right.verdict.rank }
    if left.severity != right.severity { return left.severity > right.severity }
    return left.name < right.name
  }

  /// The larger the worse; infinite where it is not known.
  private static func figure(
    _ cluster: ClusterSnapshot, _ order: BoardOrder, _ now: Date
  ) -> Double {
    switch order {
    case .worst, .name: return 0
    case .rpo: return cluster.loss(at: now).seconds ?? .infinity
    case .rto: return cluster.recoveryTime?.total.expected ?? .infinity
    case .backup:
      let last = cluster.lastGoodBackup?.finishedAt
      return last.map { -$0.timeIntervalSinceReferenceDate } ?? .infinity
    case .proof:
      // As it is shown: one whose last drill failed has no age.
      let last = cluster.drills.lastConclusive.flatMap {
        $0.outcome == .passed ? $0.finishedAt : nil
      }
      return last.map { -$0.timeIntervalSinceReferenceDate } ?? .infinity
    }
  }
}

import FoundationEssentials
import RecoveryModel

/// The fleet as the board lists it: sorted, grouped, filtered and counted once for each picture and
/// each choice, never for a frame.
struct Board: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    /// Of the cluster in `FleetSnapshot.clusters`.
    var index: Int
    var id: String
    /// As it may be shown at the moment the board was made.
    var verdict: Verdict
    var group: String
  }

  struct Group: Sendable, Equatable {
    var name: String
    var counts: VerdictCounts
    var isFolded: Bool
  }

  enum Line: Sendable, Equatable {
    /// Index into `groups`.
    case group(Int)
    /// Index into `entries`.
    case cluster(Int)
  }

  /// Every cluster, in the chosen order.
  var entries: [Entry] = []
  /// Indices into `FleetSnapshot.clusters`, the worst first whatever the chosen order.
  var worst: [Int] = []
  /// Where a cluster stands in `FleetSnapshot.clusters`, by its name.
  var positions: [String: Int] = [:]
  /// As they may be shown at the moment the board was made, by the index of the cluster.
  var verdicts: [Verdict] = []
  /// What a filter looks at, by entry, in small letters; made when the first filter asks for it.
  var texts: [[UInt8]]?
  var groups: [Group] = []
  /// What the cursor can stand on: headings and the clusters that pass the filter.
  var lines: [Line] = []
  /// Of every cluster, whatever the filter.
  var counts = VerdictCounts()
  /// Clusters that pass the filter.
  var admitted = 0
  /// Indices of the clusters on which an operation runs, the worst first.
  var operating: [Int] = []
  /// When the next picture of a cluster becomes too old to be believed; nil = none is left.
  var nextStale: Date?

  /// The line of a cluster; nil when it is filtered out or folded away.
  func line(of id: String) -> Int? {
    lines.firstIndex { line in
      if case .cluster(let entry) = line { entries[entry].id == id } else { false }
    }
  }

  func line(ofGroup name: String) -> Int? {
    lines.firstIndex { line in
      if case .group(let group) = line { groups[group].name == name } else { false }
    }
  }

  /// The cluster of a line; nil for a heading or no line.
  func cluster(at line: Int) -> Entry? {
    guard lines.indices.contains(line), case .cluster(let entry) = lines[line] else { return nil }
    return entries[entry]
  }

  func group(at line: Int) -> Group? {
    guard lines.indices.contains(line), case .group(let group) = lines[line] else { return nil }
    return groups[group]
  }

  /// The line of the first cluster, below its heading.
  var firstCluster: Int? {
    lines.firstIndex { if case .cluster = $0 { true } else { false } }
  }

  /// What a name means: the name itself, or the end of just one, as `pg-main` of `prod/pg-main`.
  func resolve(_ name: String) -> String? {
    if positions[name] != nil { return name }
    let ending = positions.keys.filter { $0.hasSuffix("/" + name) }
    return ending.count == 1 ? ending.first : nil
  }
}

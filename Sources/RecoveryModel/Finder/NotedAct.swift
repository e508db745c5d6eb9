import FoundationEssentials

/// An act that somebody found: when it was committed, where a recovery has to end before it, and what it was.
package struct NotedAct: Sendable, Equatable, Codable {
  /// More would not be told, and a ledger has little room.
  private static let mostRelations = 12

  /// Since 1970: a file's dates have no microseconds.
  private var seconds: Double
  package var at: Date { Date(timeIntervalSince1970: seconds) }
  package var target: LSN
  package var transaction: UInt32
  /// The database's own identifier; nil = not told.
  package var system: String?
  /// The one that the log was of; nil = not told.
  var timeline: UInt32?
  private var act: FoundAct?

  package init(_ act: FoundAct, of system: String?, timeline: UInt32? = nil) {
    (seconds, target) = (act.at.timeIntervalSince1970, act.target)
    transaction = act.transaction
    self.system = system
    self.timeline = timeline
    self.act = act
    let named = act.relations.filter { $0.name != nil } + act.relations.filter { $0.name == nil }
    // Whether all of it was made within what was read is told by any that was not.
    let told = named.filter { $0.madeAt == nil } + named.filter { $0.madeAt != nil }
    guard told.count > Self.mostRelations else { return }
    self.act?.relations = Array(told.prefix(Self.mostRelations))
    self.act?.untold += told.count - Self.mostRelations
  }

  /// nil = whoever kept it did not keep what it was.
  package var found: FoundAct? {
    var found = act
    found?.at = at
    return found
  }

  func isSame(_ other: NotedAct) -> Bool {
    target == other.target && transaction == other.transaction && system == other.system
  }

  func tells(moreThan other: NotedAct) -> Bool {
    act != nil && (other.act == nil || act?.isNamed == true && other.act?.isNamed == false)
  }
}

extension ClusterSnapshot {
  /// A search with what was found before and kept; nil = neither has anything.
  func joined(_ search: ActSearch?) -> ActSearch? {
    guard let search, let kept = keptSearch else { return search ?? keptSearch }
    let more = kept.acts.filter { act in !search.acts.contains { $0.commit == act.commit } }
    guard !more.isEmpty else { return search }
    var joined = report.standing(search)
    joined.acts = (joined.acts + more).sorted { $0.commit < $1.commit }
    // The others may be of another line, and stand on the one that is written.
    joined.lastSegment = nil
    return joined
  }

  /// What was found destroyed and kept since, as one search; without what production has gone back to before. nil = nothing
  /// that somebody could go back before.
  var keptSearch: ActSearch? {
    let now = report.archive.value?.timeline
    let standing = acts.filter { act in
      guard let now, let then = act.timeline else { return true }
      return report.fork(at: LSN(act.target.rawValue + 1), of: then, from: now) == nil
    }
    let found = standing.compactMap(\.found)
    guard let first = found.first, let last = found.last else { return nil }
    var search = ActSearch(ActSearchOrder(from: first.at, to: last.at))
    search.acts = found.sorted { $0.commit < $1.commit }
    return search.offered(marker: declaration.drill.marker?.table) == nil ? nil : search
  }

  /// Anew only where something is another than before: each asks for a way through the archive. What is not told now leaves
  /// it as it was.
  mutating func judgeActs(after previous: ClusterSnapshot?) {
    guard !acts.isEmpty else { return }
    if let previous, window == nil || window == previous.window, acts == previous.acts {
      reachOfActs = previous.reachOfActs
      return
    }
    guard window != nil else { return }
    let chart = RecoveryChart(self, now: takenAt)
    for act in acts {
      let moment = RecoveryMoment(.position(act.target), isExclusive: true)
      reachOfActs[act.target] = chart.outlined(moment).isReachable
    }
  }
}

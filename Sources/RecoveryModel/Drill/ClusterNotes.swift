import FoundationEssentials

/// What stood in the way of the next drill when somebody last asked for all that it would need.
package struct DrillReadiness: Sendable, Equatable, Codable {
  /// Seconds after which nobody knows any more.
  static let lifetime = 3 * 86_400.0

  package var checkedAt: Date
  /// nil = nothing, by all that could be asked.
  package var obstacle: String?
  package var remedy: String
  /// When something was first found in the way.
  package var since: Date?
  /// Whose rights and whose place they were, as `postgres on db1`.
  package var account: String

  package init(checkedAt: Date, obstacle: String?, remedy: String = "", account: String) {
    self.checkedAt = checkedAt
    self.obstacle = obstacle.map { Sanitizer.clean($0, limit: 300) }
    self.remedy = Sanitizer.clean(remedy, limit: 300)
    since = obstacle == nil ? nil : checkedAt
    self.account = account
  }
}

/// What is kept of a cluster from one look to the next, beside its drills; shared by all who share its ledger.
package struct ClusterNotes: Sendable, Equatable, Codable {
  package var readiness: DrillReadiness?
  package var looks = WALLooks()
  /// nil = the primary was last seen to run.
  package private(set) var stop: PrimaryStop?
  /// What somebody found destroyed, oldest first: the WAL tells when, a position alone does not.
  package private(set) var acts: [NotedAct]?

  package init() {}

  /// More would not be gone back before.
  private static let mostActs = 100

  package mutating func note(_ found: [NotedAct]) {
    var all = acts ?? []
    for act in found {
      let known = all.firstIndex(where: act.isSame)
      if let known, act.tells(moreThan: all[known]) { all[known] = act }
      if known == nil { all.append(act) }
    }
    acts = all.isEmpty ? nil : all.sorted { $0.at < $1.at }.suffix(Self.mostActs)
  }

  /// A look that found the primary stopped, as far as nobody saw it run since.
  package mutating func note(_ found: PrimaryStop?) {
    if let found { stop = stop?.merged(found) ?? found }
    if let stop, let seen = looks.all.last?.at, seen > stop.seenAt { self.stop = nil }
  }

  package mutating func note(_ found: DrillReadiness) {
    if let former = readiness, former.checkedAt > found.checkedAt { return }
    let since = readiness?.since
    readiness = found
    if found.obstacle != nil, let since { readiness?.since = min(since, found.checkedAt) }
  }

  /// With what another has kept of the same cluster.
  package mutating func merge(_ other: ClusterNotes, at now: Date) {
    if let its = other.readiness, its.checkedAt >= readiness?.checkedAt ?? .distantPast {
      readiness = its
    }
    looks.merge(other.looks, at: now)
    note(other.stop)
    note(other.acts ?? [])
  }

  /// What is known now: a drill that came to anything since then says more, and so does the next day's answer.
  package func standing(after drills: [DrillRecord], at now: Date) -> DrillReadiness? {
    guard let readiness, now.timeIntervalSince(readiness.checkedAt) < DrillReadiness.lifetime,
      (drills.last?.finishedAt ?? .distantPast) < readiness.checkedAt
    else { return nil }
    return readiness
  }
}

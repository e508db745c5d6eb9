import FoundationEssentials

/// A cluster's moments, for asking about one after the other: what is the same for all of them is worked out once. Pure.
package struct RecoveryChart: Sendable {
  let cluster: ClusterSnapshot
  let now: Date
  /// nil = nobody has listed the archive.
  let audit: ChainAudit?
  let sightings: WALSightings
  /// Of production; nil = not known.
  let line: ServerLine?
  let abandonedLine: ChainAudit.AbandonedLine?
  /// Base backups that a recovery could start from, by their END, oldest first.
  var candidates: [Backup]
  let model: RecoveryTimeModel
  /// When what begins at a position was committed, where somebody has read it in the WAL.
  var written: [LSN: Date] = [:]
  /// Where a recovery to before a transaction has to end, where somebody has found that.
  private var found: [UInt32: LSN] = [:]
  /// When a transaction was committed whose end somebody has read in the archive.
  private var ended: [UInt32: Date] = [:]

  /// `search` is what somebody read of the WAL.
  package init(_ cluster: ClusterSnapshot, now: Date, search: ActSearch? = nil) {
    self.cluster = cluster
    self.now = now
    let isAudited = cluster.window?.basis == .audited
    let own = isAudited ? cluster.report.ownArchive(cluster.lastAnswers) : nil
    let audit = own.map(ChainAudit.init)
    self.audit = audit
    sightings = WALSightings(cluster)
    line = cluster.report.productionLine(cluster.lastAnswers)
    abandonedLine = cluster.abandonedLine
    candidates = Self.candidates(cluster, audit)
    model = RecoveryTimeModel(drills: cluster.drills, prior: cluster.report.recoveryPrior)
    for act in cluster.acts {
      (written[act.target], found[act.transaction]) = (act.at, act.target)
      ended[act.transaction] = act.at
    }
    let standing = search.map(cluster.report.standing)
    for act in standing?.acts ?? [] { written[act.target] = act.at }
  }

  private static func candidates(_ cluster: ClusterSnapshot, _ audit: ChainAudit?) -> [Backup] {
    let restorable = Set(cluster.window?.restorable ?? [])
    let usable = (cluster.report.backups.value?.usable ?? [])
      .filter { restorable.contains($0.id) && $0.finishedAt != nil }
      .sorted { ($0.finishedAt ?? .distantPast) < ($1.finishedAt ?? .distantPast) }
    guard let audit else { return usable }
    // One that was taken on a branch that was left leads to nothing that is wanted back.
    let onward = usable.filter(audit.leadsOn)
    return onward.isEmpty ? usable : onward
  }

  package func outlook(of moment: RecoveryMoment) -> RecoveryOutlook {
    var outlook = outlined(moment)
    outlook.alternatives = alternatives(to: outlook)
    if outlook.effective == .latest {
      outlook.instead = IncidentPage.instead(cluster, self, PrimaryFate(cluster, at: now))
    }
    outlook.remarks += remarks(on: outlook)
    return outlook
  }

  /// Without what could be chosen instead.
  func outlined(_ moment: RecoveryMoment) -> RecoveryOutlook {
    outlined(exactly: beforeFound(moment) ?? moment)
  }

  private func outlined(exactly moment: RecoveryMoment) -> RecoveryOutlook {
    var outlook = RecoveryOutlook(
      cluster: cluster.declaration.name, moment: moment, effective: nil,
      standing: .unknown("nothing is known of it"), loss: .unknown,
      basis: cluster.window.map { _ in audit == nil ? .claimed : .audited }, now: now)
    if case .time(let time) = moment.target { outlook.at = time }
    if moment.isExclusive { outlook.before = moment.position.flatMap { written[$0] } }
    switch aim(moment) {
    case .miss(let standing): outlook.standing = standing
    case .at(let base, let goal):
      outlook.base = base
      if audit != nil {
        follow(goal, from: base, in: &outlook)
      } else {
        believe(goal, from: base, in: &outlook)
      }
      stayBefore(in: &outlook)
      if outlook.effective != moment { outlook.until = nil }
      noteParting(&outlook)
      outlook.loss = loss(of: outlook, goal)
      outlook.laterCommit = laterCommit(outlook)
      if outlook.laterCommit == RecoveryOutlook.LaterCommit.none, outlook.effective != nil {
        outlook.effective = .latest
      }
    }
    return outlook
  }

  /// The position before a transaction that somebody has found; nil = none is meant, or nobody has.
  private func beforeFound(_ moment: RecoveryMoment) -> RecoveryMoment? {
    guard moment.isExclusive, case .transaction(let id) = moment.target else { return nil }
    return found[UInt32(truncatingIfNeeded: id)].map {
      RecoveryMoment(.position($0), isExclusive: true)
    }
  }

  /// It may come out on a line that production has left, or be of a time when production was on one that it has left since.
  private func noteParting(_ outlook: inout RecoveryOutlook) {
    guard let line, let route = outlook.route, let size = segmentSize,
      let effective = outlook.effective
    else { return }
    let timeline = route.end.segment.timeline
    let end = effective.position ?? route.end.segment.end(segmentSize: size)
    let switches = cluster.report.walArchive.value?.switches ?? []
    if let other = ServerLine(timeline, switches: switches),
      let fork = line.parting(from: other, at: end)
    {
      let which =
        line.left[timeline] == nil
        ? "which left production's, \(line.timeline), at \(fork)"
        : "which production left at \(fork)"
      outlook.parting = fork
      outlook.astray =
        "on timeline \(timeline), \(which): what production committed since is not in it"
    } else if case .time(let time) = outlook.moment.target,
      let look = (cluster.looks.all + cluster.clock.sightings).filter({ $0.at <= time })
        .max(by: { $0.at < $1.at }),
      let then = look.timeline, let left = line.left[then], look.lsn > left
    {
      outlook.astray =
        "but production was on timeline \(then) then, which it has left at \(left): what was "
        + "committed there since is not in it"
    }
  }

  /// A transaction that was seen to begin within the archive and is only known to have ended behind it is asked for as it is:
  /// the latest may hold it, and PostgreSQL says when it does not meet its end.
  private func stayBefore(in outlook: inout RecoveryOutlook) {
    guard case .transaction(let id) = outlook.moment.target, outlook.effective == .latest else {
      return
    }
    // Somebody has read its commit in what is archived.
    if let at = ended[UInt32(truncatingIfNeeded: id)] {
      (outlook.effective, outlook.at, outlook.before) = (outlook.moment, at, at)
      outlook.standing = .reachable
      return
    }
    let seen = sightings.sightings(of: id).before
    let routed = outlook.route.flatMap { route in
      segmentSize.map { route.end.segment.end(segmentSize: $0) }
    }
    if let began = seen?.lsn, let end = routed ?? archivedEnd, began >= end { return }
    outlook.effective = outlook.moment
    outlook.at = seen?.at
    outlook.standing = .unknown(
      "whether transaction \(id) has ended in what is archived: PostgreSQL says so when it has not")
  }

  /// By an archive that was looked at.
  private func follow(
    _ goal: ChainAudit.Goal, from base: Backup, in outlook: inout RecoveryOutlook
  ) {
    guard let route = audit?.route(from: base, to: goal) else {
      outlook.standing = .impossible("the archive has not the WAL of backup \(label(base))")
      return
    }
    outlook.route = route
    if let line = abandonedLine, leads(route, into: line) {
      return stop(at: line, goal, from: base, in: &outlook)
    }
    if case .time(let time) = goal, let hole = undatedHole(before: time, from: base) {
      outlook.effective = outlook.moment
      outlook.standing = .unknown(
        "the archive's files are younger than the moment, as a copy's are, and WAL is missing from "
          + (segmentSize.map { hole.first.name(segmentSize: $0) } ?? "a segment")
          + " on: whether that is before the moment nobody can tell")
      return
    }
    if let hole = route.holes.first, goal != .end {
      outlook.standing = .cut(hole)
      return
    }
    let isLatest = goal == .end || route.isClamped
    outlook.standing = route.isClamped ? .beyondEnd : .reachable
    outlook.effective = isLatest ? .latest : outlook.moment
    date(goal, from: base, in: &outlook)
    if isLatest {
      outlook.at = [route.end.archivedAt, base.finishedAt].compactMap { $0 }.max()
    }
    outlook.projection = projection(base, route.load)
  }

  /// A hole behind the base backup, where the files' times cannot tell on which side of it a moment lies: they say that WAL
  /// of before the moment was stored after it.
  private func undatedHole(before time: Date, from base: Backup) -> WALHole? {
    guard let stop = base.stopSegment, let at = audit?.archived(stop)?.archivedAt,
      at > time.addingTimeInterval(RuleContext.clockTolerance)
    else { return nil }
    return audit?.route(from: base, to: .end)?.holes.first
  }

  /// The newest base backup that a recovery of production could start from: one behind where it left the archived line is
  /// of what it left.
  var lastOnTheLine: Backup? {
    guard let left = abandonedLine?.leftAt else { return candidates.last }
    return candidates.last { stop($0).map { $0 <= left } ?? false }
  }

  private func leads(_ route: RecoveryRoute, into line: ChainAudit.AbandonedLine) -> Bool {
    guard let size = segmentSize else { return false }
    guard let left = line.leftAt else { return route.end.segment.timeline == line.parent }
    return route.end.segment.number >= left.rawValue / UInt64(size)
  }

  /// What lies behind is of a history that the server has left: nobody wants it back unasked.
  private func stop(
    at line: ChainAudit.AbandonedLine, _ goal: ChainAudit.Goal, from base: Backup,
    in outlook: inout RecoveryOutlook
  ) {
    if case .position(let lsn) = goal, let left = line.leftAt, lsn <= left {
      outlook.standing = .reachable
      outlook.effective = outlook.moment
      date(goal, from: base, in: &outlook)
      outlook.projection = outlook.route.flatMap { projection(base, $0.load) }
      return
    }
    guard let left = line.leftAt, let base = lastOnTheLine,
      let route = audit?.route(from: base, to: .position(left))
    else {
      outlook.standing = .impossible(
        "the primary has left timeline \(line.parent)\(line.whereLeft), and nothing of its "
          + "timeline \(line.timeline) is archived yet")
      return
    }
    outlook.base = base
    outlook.route = route
    outlook.standing = goal == .end ? .reachable : .beyondEnd
    outlook.effective = RecoveryMoment(.position(left), isExclusive: true)
    outlook.at = line.before?.archivedAt ?? base.finishedAt
    outlook.projection = projection(base, route.load)
  }

  /// By what an engine claims.
  private func believe(
    _ goal: ChainAudit.Goal, from base: Backup, in outlook: inout RecoveryOutlook
  ) {
    let last = cluster.window?.last
    outlook.standing = .claimed
    outlook.effective = outlook.moment
    date(goal, from: base, in: &outlook)
    switch goal {
    case .time(let time) where last.map { time > $0 } ?? false:
      outlook.standing = .beyondEnd
      outlook.effective = .latest
      outlook.at = last
    case .position(let lsn) where archivedEnd.map { lsn >= $0 } ?? false:
      outlook.standing = .beyondEnd
      outlook.effective = .latest
      outlook.at = last
    case .end: outlook.at = last
    case .backupEnd, .position, .time: break
    }
    let isLatest = outlook.effective == .latest
    outlook.projection = claimedProjection(base, isLatest ? .end : goal)
  }

  /// What is lost counts from `at`: of what nobody has read, from when it was not there yet.
  private func date(
    _ goal: ChainAudit.Goal, from base: Backup, in outlook: inout RecoveryOutlook
  ) {
    switch (goal, outlook.moment.target) {
    case (.backupEnd, _): outlook.at = base.finishedAt
    case (.position, .transaction(let id)):
      let seen = sightings.sightings(of: id)
      (outlook.at, outlook.until) = (seen.before?.at, seen.after?.at)
    case (.position(let lsn), _):
      let (seen, route) = (sightings.times(of: lsn), outlook.route)
      outlook.at =
        outlook.before
        ?? [route.flatMap { audit?.settled($0) }, seen.after, base.finishedAt].compactMap { $0 }
        .max()
      outlook.until =
        outlook.before ?? [seen.before, route?.end.archivedAt].compactMap { $0 }.min()
    default: break
    }
  }

  /// Where the last segment ends that the server says it archived.
  var archivedEnd: LSN? {
    guard let status = cluster.report.archive.value, let last = status.lastArchivedSegment,
      last.timeline == status.timeline
    else { return nil }
    return last.end(segmentSize: status.segmentSize)
  }

  package var segmentSize: Int? {
    cluster.report.walArchive.value?.segmentSize ?? cluster.report.archive.value?.segmentSize
  }

  func label(_ backup: Backup) -> String { Sanitizer.clean(backup.id, limit: 60) }
}

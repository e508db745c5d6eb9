import FoundationEssentials

/// What a recovery costs: changes and time.
extension RecoveryChart {
  /// Of restoring that backup and replaying that much; nil where no size is known. The likeliest load stands between two
  /// others where only those are known.
  func projection(
    _ base: Backup, _ load: ReplayLoad, least: ReplayLoad? = nil, most: ReplayLoad? = nil
  ) -> RTOProjection? {
    let report = cluster.report
    guard
      let bytes = base.databaseBytes ?? report.configuration.value?.databaseBytes
        ?? RTOProjection.lastRestoredBytes(cluster.drills)
    else { return nil }
    var projection = model.projection(restoreBytes: bytes, load: load, cluster.drills)
    if let least {
      let low = model.estimate(restoreBytes: bytes, load: least).low
      projection.total.low = min(projection.total.low, low)
    }
    if let most {
      let high = model.estimate(restoreBytes: bytes, load: most).high
      projection.total.high = max(projection.total.high, high)
    }
    return projection
  }

  /// Nobody has listed the WAL: how much it is follows from where it was seen to stand.
  func claimedProjection(_ base: Backup, _ goal: ChainAudit.Goal) -> RTOProjection? {
    guard let from = start(base), let size = segmentSize else { return nil }
    let load = { (end: LSN) in
      ReplayCourse.load(bytes: Double(max(0, end.bytes(since: from))), segmentSize: size)
    }
    switch goal {
    case .end:
      guard let end = cluster.report.archive.value?.currentLSN ?? archivedEnd else { return nil }
      return projection(base, load(end))
    case .position(let lsn): return projection(base, load(lsn))
    case .backupEnd: return stop(base).flatMap { projection(base, load($0)) }
    case .time(let time):
      guard let position = sightings.position(at: time),
        let bounds = sightings.positions(at: time)
      else { return nil }
      return projection(
        base, load(position), least: load(bounds.lowerBound), most: load(bounds.upperBound))
    }
  }

  func loss(of outlook: RecoveryOutlook, _ goal: ChainAudit.Goal) -> MomentLoss {
    guard outlook.effective != nil else { return .unknown }
    let isLatest = outlook.effective == .latest
    var loss = MomentLoss()
    loss.bytes = lostBytes(outlook, goal)
    let isFresh = cluster.staleAge(of: .archive, at: now) == nil
    // One that is seen to be stopped wrote nothing more; of how much it wrote that says nothing.
    loss.mayBeMore =
      (cluster.report.archive.value == nil || !isFresh)
      && (cluster.lastAnswers.stoppedAt == nil || loss.bytes != nil)
    loss.against = cluster.report.isStoreAlone ? newestArchivedAt : nil
    let reference = loss.against ?? cluster.lastAnswers.stoppedAt ?? now
    if let parting = outlook.parting {
      loss.seconds = sightings.times(of: parting).after.map { reference.timeIntervalSince($0) }
      loss.isUpperBound = loss.seconds != nil
      return loss
    }
    if isLatest, loss.against == nil, let known = cluster.unreachedChanges, known.seconds != nil {
      loss.seconds = known.seconds
      loss.isUpperBound = known.isUpperBound
      if let bytes = known.bytes { loss.bytes = bytes...bytes }
      return loss
    }
    guard let at = outlook.at else { return loss }
    loss.seconds = max(0, reference.timeIntervalSince(at))
    // By what an engine tells of; the archive may hold more.
    if isLatest, audit == nil { loss.isUpperBound = true }
    // Of a position it is known since when it may have been written, not when it was, unless somebody has read it.
    if case .position = goal {
      loss.isUpperBound = outlook.before == nil
      // What was committed there is lost, however short a time ago.
      if outlook.before != nil { loss.seconds = max(1, loss.seconds ?? 1) }
    }
    if outlook.before == nil, sightings.isWritten(from: at, to: reference) == false {
      loss.seconds = 0
    }
    return loss
  }

  var newestArchivedAt: Date? {
    audit.flatMap { $0.archive.segments.compactMap(\.archivedAt).max() }
  }

  /// WAL between the moment and the farthest position that anybody has seen.
  private func lostBytes(
    _ outlook: RecoveryOutlook, _ goal: ChainAudit.Goal
  ) -> ClosedRange<Int64>? {
    let archived = audit?.newest.flatMap { newest -> LSN? in
      let end = segmentSize.map { newest.segment.end(segmentSize: $0) }
      return end.flatMap { line?.holds($0, on: newest.segment.timeline) == false ? nil : $0 }
    }
    let farthest = [cluster.report.archive.value?.currentLSN, archived ?? archivedEnd]
      .compactMap { $0 }.max()
    guard let farthest, let reached = reached(outlook, goal) else { return nil }
    let most = farthest.bytes(since: reached.lowerBound)
    // Nothing behind the end of the archive is no figure where nobody saw how far the server came.
    if most == 0, cluster.report.archive.value == nil { return nil }
    return farthest.bytes(since: reached.upperBound)...most
  }

  /// Between which positions a recovery comes out; nil = not known.
  private func reached(
    _ outlook: RecoveryOutlook, _ goal: ChainAudit.Goal
  ) -> ClosedRange<LSN>? {
    if let parting = outlook.parting { return parting...parting }
    if outlook.effective == .latest {
      guard let route = outlook.route, let size = segmentSize else {
        return archivedEnd.map { $0...$0 }
      }
      let end = route.end.segment.end(segmentSize: size)
      return end...end
    }
    switch goal {
    case .end: return nil
    case .position(let lsn):
      guard case .transaction(let id) = outlook.moment.target else { return lsn...lsn }
      return min(sightings.sightings(of: id).before?.lsn ?? lsn, lsn)...lsn
    case .backupEnd: return outlook.base.flatMap(stop).map { $0...$0 }
    case .time(let time):
      let seen = sightings.positions(at: time)
      guard let route = outlook.route, let size = segmentSize else { return seen }
      let segment = route.end.segment
      let held = segment.start(segmentSize: size)...segment.end(segmentSize: size)
      // What was seen within the segment is nearer than the whole of it.
      guard let seen, seen.overlaps(held) else { return held }
      return seen.clamped(to: held)
    }
  }

  /// Asked of times and positions: other targets are met by themselves.
  func laterCommit(_ outlook: RecoveryOutlook) -> RecoveryOutlook.LaterCommit? {
    if case .position(let lsn) = outlook.moment.target { return laterRecord(lsn, outlook) }
    guard case .time(let time) = outlook.moment.target,
      outlook.standing == .reachable || outlook.standing == .claimed
    else { return nil }
    let end = outlook.base.flatMap { chainEnd(of: $0) } ?? archivedEnd
    let inReach = sightings.all.filter { sighting in end.map { sighting.lsn <= $0 } ?? true }
    let later = inReach.filter { $0.at >= time }.compactMap(\.nextTransaction)
    if Set(later).count > 1 { return .seen }
    let drilled = cluster.drills.contains { drill in
      (drill.reachedTime ?? .distantPast) > time
        && drill.reachedLSN.map { lsn in end.map { lsn <= $0 } ?? true } ?? false
    }
    if drilled { return .seen }
    if let end,
      let past = sightings.all.first(where: { $0.lsn >= end && $0.nextTransaction != nil }),
      sightings.isWritten(from: time, to: max(time, past.at)) == false
    {
      return RecoveryOutlook.LaterCommit.none
    }
    if let route = outlook.route { return route.beyond > 0 ? .likely : .unknown }
    return cluster.window?.last.map { time < $0 } == true ? .likely : .unknown
  }

  /// PostgreSQL stops at a position with the first record there or behind it; what follows in a segment that was closed
  /// before it was full is none.
  private func laterRecord(_ lsn: LSN, _ outlook: RecoveryOutlook) -> RecoveryOutlook.LaterCommit? {
    guard outlook.standing == .reachable, let route = outlook.route, route.beyond == 0 else {
      return nil
    }
    let end = outlook.base.flatMap { chainEnd(of: $0) } ?? archivedEnd
    func isInReach(_ seen: LSN) -> Bool { seen > lsn && end.map { seen <= $0 } ?? false }
    let isSeen =
      written[lsn] != nil || sightings.all.contains { isInReach($0.lsn) }
      || cluster.drills.contains { $0.reachedLSN.map(isInReach) ?? false }
    return isSeen ? .seen : .unknown
  }

  private func chainEnd(of base: Backup) -> LSN? {
    guard let size = segmentSize, let end = audit?.route(from: base, to: .end)?.end else {
      return nil
    }
    return end.segment.end(segmentSize: size)
  }
}

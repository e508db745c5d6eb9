import FoundationEssentials

/// To when a cluster could be brought back if it vanished now, and what of it would be gone.
package struct RecoveryReach: Sendable, Equatable {
  package var until: Date
  /// Seconds of changes that would be lost; an upper bound where nobody watched.
  package var lostSeconds: Double
  /// Something cuts the way to the newest archived WAL: a hole, a failed drill, an archiver that is off.
  package var isCut: Bool
  /// It may be less.
  package var isUpperBound: Bool

  package init(until: Date, lostSeconds: Double, isCut: Bool, isUpperBound: Bool = false) {
    self.until = until
    self.lostSeconds = lostSeconds
    self.isCut = isCut
    self.isUpperBound = isUpperBound
  }

  /// `only to 03:16:50, losing 26m`: UTC, with its date where it is not of the last day. `only` where something is in
  /// the way, and no loss where there is none to tell.
  package func words(now: Date) -> String {
    let moment = (isCut ? "only to " : "to ") + Self.moment(until, now: now)
    return lostSeconds < 1
      ? moment : moment + ", losing \(isUpperBound ? "up to " : "")\(Format.atMost(lostSeconds))"
  }

  static func moment(_ date: Date, now: Date) -> String {
    let text = Format.timestamp(date)
    return abs(now.timeIntervalSince(date)) < 86_400
      ? String(text.dropFirst(11).prefix(8)) : text
  }
}

extension RuleContext {
  /// nil where nothing can be restored or nobody can tell to when.
  var reach: RecoveryReach? {
    guard let window, !window.restorable.isEmpty, let last = window.last else {
      guard isHeldByOrigin, let descent = report.descent else { return nil }
      return RecoveryReach(
        until: descent.until, lostSeconds: written(since: descent.since), isCut: true,
        isUpperBound: true)
    }
    var ends: [Date] = []
    if cuttingHole != nil || damagedEnd != nil || report.archive.value?.enabled == false
      || ChainRules.lost(self) != nil
    {
      ends.append(last)
    }
    if let line = abandonedLine {
      // What of the archive the server has too, nobody can tell.
      guard line.leftAt != nil else { return nil }
      ends.append(line.before?.archivedAt ?? window.first ?? last)
    }
    if let drill = lastTellingDrill, let end = provenEnd(of: drill) { ends.append(end) }
    if let end = ends.min() {
      return RecoveryReach(until: end, lostSeconds: written(since: end), isCut: true)
    }
    guard let exposure, let seconds = exposure.seconds else { return nil }
    return RecoveryReach(
      until: writtenUntil.addingTimeInterval(-seconds), lostSeconds: seconds, isCut: false,
      isUpperBound: exposure.isUpperBound)
  }

  /// Until when something can have been written.
  private var writtenUntil: Date { lastAnswers.stoppedAt ?? now }

  /// Seconds in which that was possible since then.
  private func written(since date: Date) -> Double {
    max(0, writtenUntil.timeIntervalSince(date))
  }

  /// What may be lost where no server can be asked: all since the archive got its newest segment.
  func exposure(storedAt: Date?) -> RPOExposure? {
    guard let storedAt, isFresh(.walArchive), !report.isStoreAlone else { return nil }
    return RPOExposure(
      bytes: nil, seconds: written(since: storedAt), segments: nil, isUpperBound: true)
  }

  /// The first hole after the newest restorable backup: where every recovery to the end stops.
  var cuttingHole: WALHole? {
    guard let window, !window.restorable.isEmpty else { return nil }
    let newest = finishedBackups.last { window.restorable.contains($0.id) }
    return realHoles.first { hole in
      guard newest != nil, let end = window.lastSegment else { return true }
      return hole.first.number > end.number || hole.first.timeline > end.timeline
    }
  }

  /// Holes but for what may still arrive: parallel pushes come out of order.
  var realHoles: [WALHole] {
    (window?.holes ?? []).filter { hole in
      guard isFresh(.archive), let status = report.archive.value,
        let last = status.lastArchivedSegment, hole.spoiled == nil
      else { return true }
      return status.failing || hole.first <= last || hole.first.timeline != status.timeline
    }
  }

  /// How far a drill came that failed at a hole in its WAL: past the end of its backup, so that all up to there can be
  /// restored. Nil when it says nothing of the kind.
  func provenEnd(of drill: DrillRecord) -> Date? {
    guard drill.outcome == .failed, drill.cause ?? .recovery == .recovery,
      drill.failedIn == .replaying,
      let backup = report.backups.value?.usable.first(where: { $0.id == drill.backup })
    else { return nil }
    if let reached = drill.reachedLSN, let stop = backup.stopLSN {
      guard reached >= stop else { return nil }
      return drill.reachedTime ?? backup.finishedAt
    }
    // The record does not say how far; the archive does, where somebody looked.
    guard let hole = cuttingHole, window?.restorable.last == backup.id else { return nil }
    return hole.from ?? window?.last
  }
}

import FoundationEssentials

/// How far a recovery is and how long it still takes, from what it did so far and from what drills of this cluster took.
package struct RecoveryForecast: Sendable, Equatable {
  package var recovery: RecoveryUnderWay
  /// Of the stage, 0...1; nil = what there is to do is not known.
  package var fraction: Double?
  /// Bytes done and to be done in this stage.
  package var done: Int64?
  package var total: Int64?
  /// Bytes a second in this stage; nil = too early to tell.
  package var rate: Double?
  /// Bytes a second by which its end moves away: production archives while its archive is replayed to the end.
  package var growth = 0.0
  /// Seconds until it takes connections, from when it was looked at; nil = nothing tells.
  package var remaining: Estimate?

  /// Seconds for which it has stood still; nil = it gets on, or nobody can tell.
  package var still: Double?

  /// Below this share of a stage its own pace says less than the drills' does.
  private static let telling = 0.05
  /// Unless it has gone on for so long; seconds.
  private static let tellingTime = 30.0
  /// From this share of a stage on its own pace counts alone: restores of the sandbox's kept it within a fifth from there.
  private static let alone = 1 / 3.0
  /// Standard deviation of what is left over what its own pace says of it, at half of a replay: what the WAL consists of and
  /// what else a machine does change on the way (19 of the sandbox's; two were off by a third and more).
  private static let wander = 0.2
  /// After so many seconds its own pace says as much as the drills'.
  private static let doubt = 10.0
  /// Seconds until a server or a restore moves its first byte (measured: 0.7 to 1.1).
  private static let startUp = 1.0
  /// Of what an engine costs whatever the size, so much passes before the restore, and after the promotion twice so much
  /// each for the handing over and the start (CloudNativePG 1.30: 4, 11 and 11 of 26 s).
  private static let (before, after) = (0.16, 0.42)
  /// An end that moves with more than this share of its pace is not one that it comes to.
  private static let chase = 0.9
  /// Seconds in which whatever is to do it begins.
  private static let longWait = 120.0
  /// What takes longer than it should takes so much longer still.
  package static let overdue = 0.2

  /// `projection` is of a recovery to now: it stands in for what has not been seen yet.
  package init(
    _ recovery: RecoveryUnderWay, backup: Backup?, archive: WALArchive?, projection: RTOProjection?
  ) {
    self.recovery = recovery
    let elapsed = recovery.since.map { max(0, recovery.observedAt.timeIntervalSince($0)) }
    switch recovery.stage {
    case .restoring:
      done = recovery.restoredBytes
      total = backup?.databaseBytes
    case .replaying:
      if recovery.end == nil { self.recovery.noteEnd(of: archive) }
      let end = self.recovery.end ?? Self.end(of: recovery, backup, archive)
      if let from = recovery.replayedFrom, let to = recovery.replayedTo, let end, end > from {
        total = end.bytes(since: from)
        done = max(0, min(to.bytes(since: from), total ?? 0))
      }
      if recovery.aim == .latest, recovery.end == nil {
        growth = archive?.growth(during: recovery) ?? 0
      }
    default: break
    }
    if let done, let total, total > 0 { fraction = min(1, Double(done) / Double(total)) }
    if let done, done > 0, let elapsed, elapsed >= 1 { rate = Double(done) / elapsed }
    let isOpen = recovery.obstacle == nil && !self.recovery.isBeyondEnd
    remaining = isOpen ? estimate(elapsed: elapsed, projection) : nil
  }

  private func estimate(elapsed: Double?, _ projection: RTOProjection?) -> Estimate? {
    var seconds = projection.map { left(of: planned($0), elapsed ?? 0) }
    // It should have begun long ago: nobody can tell when it will.
    if recovery.stage == .scheduled, let elapsed, elapsed > Self.longWait { return nil }
    if let fraction, let done, let total, let elapsed, let pace = pace(elapsed),
      fraction >= Self.telling || elapsed >= Self.tellingTime
    {
      // It does not come to an end that moves as fast: nobody can tell.
      guard growth < Self.chase * pace else { return nil }
      let own = Double(max(0, total - done)) / (pace - growth)
      if let projection, let drilled = drilled(projection, fraction) {
        seconds = drilled.own * own + (1 - drilled.own) * drilled.left
      } else {
        let weight = min(1, max(fraction / Self.alone, elapsed / (elapsed + Self.doubt)))
        seconds = seconds.map { weight * own + (1 - weight) * $0 } ?? own
      }
    }
    // An operator hands it over and starts it: how long that takes nobody knows without a projection.
    guard var seconds, projection != nil || recovery.tries == nil else { return nil }
    // What comes after this stage is known from drills alone.
    if let projection { seconds += later(projection) }
    if let next = recovery.tries?.next {
      seconds += max(0, next.timeIntervalSince(recovery.observedAt))
    }
    return Self.range(around: seconds, fraction: fraction ?? 0, projection)
  }

  /// Seconds that are left of a replay by what drills replayed, and the weight of its own pace against that: each counts by
  /// how far it errs. nil = no drill has replayed anything.
  private func drilled(
    _ projection: RTOProjection, _ fraction: Double
  ) -> (left: Double, own: Double)? {
    guard recovery.stage == .replaying, let spread = projection.replaySpread else { return nil }
    let wander = Self.wander * Self.wander / (2 * max(fraction, Self.telling))
    let own = spread * spread / (spread * spread + wander)
    return (planned(projection) * (1 - fraction), own)
  }

  /// Bytes a second without the time in which a program starts and nothing moves; nil = too early to tell.
  private func pace(_ elapsed: Double) -> Double? {
    guard let done, done > 0, elapsed >= Self.startUp else { return nil }
    let whole = Double(done) / max(elapsed - Self.startUp, elapsed / 2)
    guard recovery.stage == .replaying, let late = recovery.latePace, late > 0 else { return whole }
    // Neither is right by itself: the mean of the times that they would take.
    return 2 / (1 / whole + 1 / late)
  }

  private func left(of planned: Double, _ elapsed: Double) -> Double {
    max(planned - elapsed, planned > 0 ? elapsed * Self.overdue : 0)
  }

  /// What this stage takes as a whole.
  private func planned(_ projection: RTOProjection) -> Double {
    switch recovery.stage {
    case .scheduled: Self.before * projection.fixed
    case .working: projection.total.expected
    case .restoring: projection.restore
    // From an older base backup there is more to replay than drills had.
    case .replaying: projection.replay * (total.map { projection.share(of: $0) } ?? 1)
    case .promoting: projection.start
    case .handingOver, .starting: Self.after * projection.fixed
    }
  }

  /// What the stages after this one take.
  private func later(_ projection: RTOProjection) -> Double {
    let ends = projection.start + 2 * Self.after * projection.fixed
    switch recovery.stage {
    case .scheduled: return projection.restore + projection.replay + ends
    case .restoring: return projection.replay + ends
    case .replaying: return ends
    case .promoting: return 2 * Self.after * projection.fixed
    case .handingOver: return Self.after * projection.fixed
    case .starting, .working: return 0
    }
  }

  /// As wide as the projection's own, and narrower the more is done.
  private static func range(
    around seconds: Double, fraction: Double, _ projection: RTOProjection?
  ) -> Estimate {
    var (low, high) = (0.6, 1.8)
    if let total = projection?.total, total.expected > 0 {
      low = total.low / total.expected
      high = total.high / total.expected
    }
    let open = 1 - fraction * 0.7
    return Estimate(
      expected: seconds, low: seconds * (1 - (1 - min(low, 1)) * open),
      high: seconds * (1 + (max(high, 1) - 1) * open))
  }

  /// Where replay ends; nil = not known.
  private static func end(
    of recovery: RecoveryUnderWay, _ backup: Backup?, _ archive: WALArchive?
  ) -> LSN? {
    switch recovery.aim {
    case .lsn(let lsn): return lsn
    case .immediate: return backup?.stopLSN
    case .latest, .named:
      return archive.flatMap { end(of: $0.segments.last, $0) }
    case .time(let date):
      guard let archive else { return nil }
      let reached = archive.segments.first { $0.archivedAt.map { $0 >= date } ?? false }
      return end(of: reached ?? archive.segments.last, archive)
    }
  }

  private static func end(of stored: ArchivedSegment?, _ archive: WALArchive) -> LSN? {
    stored?.segment.end(segmentSize: archive.segmentSize)
  }
}

extension RecoveryUnderWay {
  /// Where what is archived ends before its target, it goes no further.
  fileprivate mutating func noteEnd(of archive: WALArchive?) {
    guard let archive, let last = archive.segments.last else { return }
    let end = last.segment.end(segmentSize: archive.segmentSize)
    switch aim {
    case .lsn(let lsn): isBeyondEnd = lsn > end
    case .time(let date): isBeyondEnd = last.archivedAt.map { $0 < date } ?? false
    case .latest, .immediate, .named: break
    }
    if isBeyondEnd { self.end = end }
  }
}

extension RTOProjection {
  /// So many times as much WAL as it was computed for.
  fileprivate func share(of bytes: Int64) -> Double {
    load.walBytes > 0 ? Double(bytes) / Double(load.walBytes) : 1
  }
}

extension WALArchive {
  /// Bytes a second that were archived since a recovery began; 0 where nobody knows when that was.
  fileprivate func growth(during recovery: RecoveryUnderWay) -> Double {
    guard let begun = recovery.begunAt ?? recovery.since else { return 0 }
    let seconds = recovery.observedAt.timeIntervalSince(begun)
    guard seconds > 0 else { return 0 }
    let fresh = segments.reversed().prefix { $0.archivedAt.map { $0 > begun } ?? false }.count
    return Double(fresh * segmentSize) / seconds
  }
}

extension RecoveryForecast {
  /// `62 %, about 14m left`, as much of it as is known; empty = nothing.
  package var brief: String {
    let ahead =
      recovery.obstacle.map { Sanitizer.clean($0.words, limit: 40) }
      ?? still.map { "stands still for \(Format.age($0))" }
      ?? remaining.map { "about \(Format.duration($0.expected)) left" }
    return [fraction.map { Format.percent($0) }, ahead].compactMap { $0 }.joined(separator: ", ")
  }

  /// One sentence: how far it is and how long it takes, which a narrow place still shows, then what it does.
  package var sentence: String {
    let range = still == nil ? remaining : nil
    let head = [
      brief, range.map { "(\(Format.duration($0.low)) to \(Format.duration($0.high)))" } ?? "",
    ].filter { !$0.isEmpty }.joined(separator: " ")
    var parts = [what]
    if let done {
      parts.append(Format.bytes(done) + (total.map { " of \(Format.bytes($0))" } ?? " so far"))
    }
    if let rate { parts.append("\(Format.bytes(Int64(rate)))/s") }
    if growth > 0 { parts.append("the archive grows by \(Format.bytes(Int64(growth)))/s") }
    if let tries { parts.append(tries) }
    if recovery.isBeyondEnd {
      parts.append(
        "its target lies beyond the end of the archive: it fails there, unless more comes")
    }
    return (head.isEmpty || recovery.obstacle != nil ? "" : head + ": ")
      + parts.joined(separator: ", ")
  }

  private var what: String {
    let place = Sanitizer.clean(recovery.place, limit: 120)
    if let obstacle = recovery.obstacle {
      return "\(place) \(Sanitizer.clean("\(obstacle.words): \(obstacle.cause)", limit: 400))"
    }
    switch recovery.stage {
    case .scheduled: return "\(place) waits for its job to begin"
    case .working: return "\(place) is being recovered"
    case .restoring:
      let label = recovery.label.map { "backup \(Sanitizer.clean($0, limit: 60)) " } ?? ""
      return "\(label)is being restored into \(place)"
    case .replaying:
      let at = recovery.replayedTo.map { ", at \($0)" } ?? ""
      return "\(place) replays WAL to \(Sanitizer.clean(recovery.aim.words, limit: 80))\(at)"
    case .promoting: return "\(place) has replayed and promotes"
    case .handingOver: return "\(place) is restored and is being handed over"
    case .starting: return "\(place) is restored and its server starts"
    }
  }

  private var tries: String? {
    guard let tries = recovery.tries, tries.failed > 0 else { return nil }
    let failed = "\(tries.failed) of \(tries.most) tries failed"
    guard let next = tries.next else { return failed }
    let wait = max(0, next.timeIntervalSince(recovery.observedAt))
    return failed + ", the next in \(Format.duration(wait))"
  }
}

extension ClusterSnapshot {
  /// The recoveries of this cluster that are under way in sight, with what is known of their end.
  package var recoveries: [RecoveryForecast] {
    report.recoveries.filter(\.isUnderWay).map { recovery in
      let origin = recovery.origin == nil ? RecoveryOrigin(self) : self.origin
      let backup =
        recovery.label.flatMap { label in origin?.catalog?.backups.first { $0.id == label } }
        ?? (recovery.label == nil ? origin?.newest : nil)
      var forecast = RecoveryForecast(
        recovery, backup: backup, archive: origin?.archive, projection: origin?.projection)
      forecast.still = recoveryWatch.still(recovery.place)
      return forecast
    }
  }
}
